"""The command in this process, and state folders that real writers made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from typer.testing import CliRunner

from dlt_local.cli.app import app
from dlt_local.event_log import EventLog
from dlt_local.stores.state import StateFolder

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

DltLocal = Callable[..., "Result"]


@pytest.fixture
def dlt_local(monkeypatch: pytest.MonkeyPatch) -> DltLocal:
    """Call the command with arguments; times and terminal are those of a pipe."""
    monkeypatch.delenv("DLT_LOCAL_DEBUG", raising=False)

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="dlt-local")

    return call


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state with one table and the events of two updates of one pipeline."""
    folder = tmp_path / "state"
    rows = {"gym": pa.array([2, 1, 1], pa.int64()), "note": pa.array(["b", None, "a,b"]), "bpm": [1.5, 2.0, None]}
    write_deltalake(folder / "tables/fitness/gold/gym_summary", pa.table(rows))
    for update in ("first", "second"):
        log = EventLog(StateFolder(folder), "lakehouse", update, lambda _: None)
        log.write("update_progress", f"Update {update} is RUNNING.", {"state": "RUNNING"})
        log.write("flow_progress", "Flow 'a' has\nCOMPLETED.", {"status": "COMPLETED"}, origin={"flow_name": "a"})
        log.close()
    return folder
