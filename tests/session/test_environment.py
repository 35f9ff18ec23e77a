from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def with_databricks_connect(tmp_path: Path, *command: str) -> subprocess.CompletedProcess[str]:
    metadata = tmp_path / "databricks_connect-19.3.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: databricks-connect\nVersion: 19.3.0\n", "utf-8")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_session_beside_databricks_connect_is_refused_with_the_reason(tmp_path: Path) -> None:
    done = with_databricks_connect(tmp_path, "-c", "import dlt_local.session as s; s.spark_session(app_name='x')")

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "dlt_local.session.errors.EnvironmentClashError: databricks-connect 19.3.0 is installed here"
        " and has overwritten files of pyspark."
        " Make a new environment; requirements-connect.txt belongs in one of its own."
    )


def test_the_test_run_beside_databricks_connect_ends_before_the_first_test(tmp_path: Path) -> None:
    done = with_databricks_connect(tmp_path, "-m", "pytest", "tests/session", "-q")

    assert done.returncode == 4
    assert (
        "databricks-connect 19.3.0 is installed here and has overwritten files of pyspark" in done.stdout + done.stderr
    )
    assert "passed" not in done.stdout
