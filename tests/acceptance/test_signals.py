"""SIGINT and SIGTERM end an update in order: CANCELED, no process left, and the next update goes on."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from tests.acceptance.command import completed, dlt_local, started
from tests.acceptance.state import State

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

SOURCE = """
from pathlib import Path
import dlt

@dlt.table
def quick():
    return spark.range(3)

@dlt.table
def endless():
    if Path({marker!r}).exists():
        return spark.range(1)
    return spark.range(1).selectExpr("java_method('java.lang.Thread', 'sleep', 600000L) IS NULL AS x", "id")

@dlt.table
def after():
    return spark.read.table("endless")
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_update_ends_in_order(tmp_path: Path, sent: signal.Signals) -> None:
    marker = tmp_path / "go on"
    source = tmp_path / "pipeline.py"
    source.write_text(SOURCE.format(marker=str(marker)))
    state = State(tmp_path / "state")
    with started("run", source, "--state", state.folder) as running:
        lines = iter(running.stdout or ())
        assert next(line for line in lines if "quick' has COMPLETED" in line)
        running.send_signal(sent)
        rest = "".join(lines)
        assert running.wait() == 1
    assert "is STOPPING" in rest
    assert "is CANCELED" in rest
    assert "Traceback" not in rest
    log = pa.table(DeltaTable(state.folder / "pipelines/pipeline/event_log").scan()).to_pylist()
    by_time = sorted(log, key=lambda row: row["sequence"]["data_plane_id"]["seq_no"])
    assert '"state": "CANCELED"' in by_time[-1]["details"]
    assert '"cancellation_cause": "USER_ACTION"' in by_time[-1]["details"]
    stopped = {row["origin"]["flow_name"] for row in log if '"status": "STOPPED"' in row["details"]}
    assert stopped == {"endless", "after"}
    marker.touch()
    completed("run", source, "--state", state.folder)
    shown = dlt_local("show", "after", "--state", state.folder, "--format", "csv")
    assert shown.stdout.splitlines() == ["id", "0"]
