"""The common subset gives the same rows on open-source `spark-pipelines`, over two updates.

It needs Spark Connect's packages, in an environment of its own:

    python -m venv .venv-spark-pipelines
    .venv-spark-pipelines/bin/pip install "pyspark[pipelines]==4.2.0"
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from dlt_local.pytest_plugin import Rows
from dlt_local.session.jars import DELTA_JARS, cached_jars

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "tests" / "demo_styles" / "open_source"
PYTHON = Path(os.environ.get("SPARK_PIPELINES_PYTHON", ROOT / ".venv-spark-pipelines" / "bin" / "python"))
TABLES = ("visits", "member_visits", "members", "busy_days")

FIRST: dict[str, list[dict[str, Any]]] = {
    "front/1.json": [
        {"visit": 1, "member": "Ann", "minutes": 60, "day": "2026-01-01"},
        {"visit": 2, "member": None, "minutes": 30, "day": "2026-01-01"},
    ],
    "back/1.json": [{"visit": 3, "member": "Ben", "minutes": 45.5, "day": "2026-01-01"}],
}
SECOND: dict[str, list[dict[str, Any]]] = {
    "front/2.json": [{"visit": 4, "member": "Ann", "minutes": 90, "day": "2026-01-02"}],
    "back/2.json": [
        {"visit": 5, "member": "Ben", "minutes": -1, "day": "2026-01-02"},
        {"visit": 6, "member": "Eve", "day": "2026-01-02"},
    ],
}


class OpenSource:
    """The same files below Spark's own runner, with Delta tables in a warehouse that outlasts its process."""

    def __init__(self, root: Path, landing: Path) -> None:
        self._root = root
        self._project = root / "project"
        shutil.copytree(PROJECT, self._project)
        spec = (PROJECT / "spark-pipeline.yml").read_text("utf-8")
        spec = spec.replace("set by whoever runs it", str(landing)).replace(": storage", f": file://{root}/storage")
        (self._project / "spark-pipeline.yml").write_text(spec, encoding="utf-8")
        (root / "conf").mkdir()
        lines = (f"{key} {value}\n" for key, value in self._settings().items())
        (root / "conf" / "spark-defaults.conf").write_text("".join(lines), encoding="utf-8")

    def update(self) -> None:
        home = subprocess.run(
            [PYTHON, "-c", "import os, pyspark; print(os.path.dirname(pyspark.__file__))"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        environment = {
            **os.environ,
            "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ['PATH']}",
            "PYSPARK_PYTHON": str(PYTHON),
            "PYSPARK_DRIVER_PYTHON": str(PYTHON),
            "SPARK_HOME": home,
            "SPARK_CONF_DIR": str(self._root / "conf"),
        }
        # The gateway of this process is not theirs.
        environment.pop("PYSPARK_GATEWAY_PORT", None)
        environment.pop("PYSPARK_GATEWAY_SECRET", None)
        command = [str(PYTHON.parent / "spark-pipelines"), "run", "--spec", str(self._project / "spark-pipeline.yml")]
        done = subprocess.run(
            command, cwd=self._project, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]

    def table(self, name: str) -> Rows:
        return Rows(pa.table(DeltaTable(self._root / "warehouse" / name).scan()).to_pylist(), name)

    def _settings(self) -> dict[str, object]:
        metastore = f"jdbc:derby:;databaseName={self._root}/metastore_db;create=true"
        return {
            "spark.driver.extraClassPath": ":".join(str(jar) for jar in cached_jars(DELTA_JARS)),
            "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
            "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
            "spark.sql.sources.default": "delta",
            "spark.sql.catalogImplementation": "hive",
            "spark.sql.warehouse.dir": self._root / "warehouse",
            "spark.hadoop.javax.jdo.option.ConnectionURL": metastore,
            "spark.driver.extraJavaOptions": f"-Dderby.system.home={self._root}",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.shuffle.partitions": 2,
            "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1",
        }


@pytest.mark.slow
@pytest.mark.skipif(
    not (PYTHON.parent / "spark-pipelines").exists(),
    reason="needs an environment with pyspark[pipelines]; the module says how to make it",
)
@pytest.mark.pipeline(PROJECT)
def test_the_common_subset_gives_equal_rows(pipeline: PipelineProject, tmp_path: Path) -> None:
    theirs = OpenSource(tmp_path, pipeline.landing)
    for files in (FIRST, SECOND):
        for name, rows in files.items():
            pipeline.land(name, rows)
        assert pipeline.update().state == "COMPLETED"
        theirs.update()
        for name in TABLES:
            assert pipeline.table(name) == theirs.table(name)
    assert pipeline.table("members", columns=["member", "visits", "minutes"]) == [
        {"member": "Ann", "visits": 2, "minutes": 150.0},
        {"member": "Ben", "visits": 1, "minutes": 45.5},
    ]
