"""When the connector's jars are fetched, and what happens where they are not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dlt_local.kafka.connector import fetch_if_mentioned
from dlt_local.project.spec import PipelineSpec
from dlt_local.session.cache import cache_folder
from dlt_local.session.jars import DELTA_JARS, KAFKA_CONNECTOR_JARS, cached_jars

ROOT = Path(__file__).parents[2]
NOBODY_LISTENS = "http://127.0.0.1:9"
JARS = [jar.file_name for jar in KAFKA_CONNECTOR_JARS]


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Maven repository with the connector, beside an empty cache."""
    for jar, cached in zip(KAFKA_CONNECTOR_JARS, cached_jars(KAFKA_CONNECTOR_JARS), strict=True):
        folder = (tmp_path / "mirror").joinpath(*jar.organisation.split("."), jar.artifact, jar.revision)
        folder.mkdir(parents=True)
        shutil.copy(cached, folder)
    monkeypatch.setenv("DLT_LOCAL_JAR_MIRROR", (tmp_path / "mirror").as_uri())
    monkeypatch.setenv("DLT_LOCAL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "jars"


def pipeline_of(folder: Path, code: str) -> PipelineSpec:
    (folder / "sources").mkdir()
    file = folder / "sources" / "flow.py"
    file.write_text(code, encoding="utf-8")
    return PipelineSpec("p", "c", "s", folder / "sources", (file,), {}, file)


@pytest.mark.parametrize(
    ("code", "jars"),
    [
        ("spark.readStream.format('Kafka')", JARS),
        ('dp.create_sink("out", "kafka", {})', JARS),
        ("# Messages that kafka once held.\nspark.readStream.format('json')", []),
    ],
)
def test_sources_that_mention_kafka_get_its_connector(mirror: Path, tmp_path: Path, code: str, jars: list[str]) -> None:
    fetch_if_mentioned(pipeline_of(tmp_path, code))
    assert sorted(file.name for file in mirror.glob("*.jar")) == sorted(jars)


SCRIPT = """
import shutil, sys
from pathlib import Path
from dlt_local.errors import PipelineError
from dlt_local.pytest_plugin import PipelineProject

root, jars = Path(sys.argv[1]), Path(sys.argv[2])


def update(name, query):
    pipeline = PipelineProject(root / name)
    pipeline.source("flow.py", "import dlt\\n\\n@dlt.table\\ndef flow():\\n    " + query)
    try:
        print(pipeline.update().state)
    except PipelineError as error:
        print(str(error).removeprefix(str(pipeline.sources)))


KAFKA = "return spark.readStream.format('kafka').option('kafka.bootstrap.servers', 'x:1').load()"
update("only_the_word", "return spark.sql(\\"SELECT 'kafka' AS scope\\")")
update("unreachable", KAFKA)
for jar in jars.glob("*.jar"):
    shutil.copy(jar, root / "cache" / "jars")
update("too_late", KAFKA)
"""


def test_a_process_without_the_connector_says_what_to_do(tmp_path: Path) -> None:
    cached_jars(DELTA_JARS)
    real = cache_folder("jars")
    (tmp_path / "cache" / "jars").mkdir(parents=True)
    for jar in DELTA_JARS:
        shutil.copy(real / jar.file_name, tmp_path / "cache" / "jars")
    environment = {
        "DLT_LOCAL_CACHE": str(tmp_path / "cache"),
        "DLT_LOCAL_JAR_MIRROR": NOBODY_LISTENS,
        "DLT_LOCAL_CLASS_ARCHIVE": "off",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), str(real)]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)

    only_the_word, unreachable, too_late = done.stdout.splitlines()
    assert only_the_word == "COMPLETED"
    assert unreachable.startswith(f"/flow.py:5: Cannot fetch {JARS[0]}: ")
    assert unreachable.endswith("Connect to the network once, or set DLT_LOCAL_JAR_MIRROR to a Maven repository.")
    assert too_late == (
        "/flow.py:5: Spark runs in this process already, without its Kafka connector, which is now in the cache."
        " Start the process again."
    )
