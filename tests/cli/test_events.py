from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from dlt_local.event_log import EventLog
from dlt_local.stores.state import StateFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    DltLocal = Callable[..., Result]

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def test_events_are_lines_as_run_prints_them(dlt_local: DltLocal, state: Path) -> None:
    result = dlt_local("events", "--state", state)
    assert (result.exit_code, result.stderr) == (0, "")
    assert [re.sub(TIME, "T", line) for line in result.stdout.splitlines()] == [
        'T update_progress INFO "Update first is RUNNING."',
        "T flow_progress INFO \"Flow 'a' has COMPLETED.\"",
        'T update_progress INFO "Update second is RUNNING."',
        "T flow_progress INFO \"Flow 'a' has COMPLETED.\"",
    ]


def test_json_keeps_the_event_whole(dlt_local: DltLocal, state: Path) -> None:
    result = dlt_local("events", "--state", state, "--format", "json", "--update", "second", "--type", "flow_progress")
    (event,) = json.loads(result.stdout)
    assert event["details"] == {"flow_progress": {"status": "COMPLETED"}}
    assert (event["origin"]["update_id"], event["origin"]["flow_name"]) == ("second", "a")
    assert (event["event_type"], event["level"]) == ("flow_progress", "INFO")
    assert re.fullmatch(TIME, event["timestamp"])


def test_latest_is_the_last_update(dlt_local: DltLocal, state: Path) -> None:
    result = dlt_local("events", "--state", state, "--update", "latest", "--type", "update_progress")
    assert re.sub(TIME, "T", result.stdout) == 'T update_progress INFO "Update second is RUNNING."\n'


def test_a_type_that_did_not_happen_gives_nothing(dlt_local: DltLocal, state: Path) -> None:
    result = dlt_local("events", "--state", state, "--type", "deprecation", "--format", "json")
    assert (result.exit_code, result.stdout) == (0, "[]\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--type", "flow_progres"], "No event type 'flow_progres'. Did you mean 'flow_progress'?"),
        (["--update", "third"], "No update 'third' in the event log. The last one is second."),
        (["--pipeline", "lakehose"], "No pipeline 'lakehose' in {state}. Did you mean 'lakehouse'?"),
    ],
)
def test_unknown_names_are_one_line(dlt_local: DltLocal, state: Path, arguments: list[str], message: str) -> None:
    result = dlt_local("events", "--state", state, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"Error: {message.format(state=state)}\n"


def test_of_several_pipelines_one_must_be_named(dlt_local: DltLocal, state: Path) -> None:
    log = EventLog(StateFolder(state), "other", "u", lambda _: None)
    log.write("user_action", "hello", {})
    log.close()
    result = dlt_local("events", "--state", state)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"Error: {state} holds the pipelines lakehouse, other. Choose one by --pipeline NAME.\n"
    assert dlt_local("events", "--state", state, "--pipeline", "other").stdout.endswith(' user_action INFO "hello"\n')


def test_a_state_without_events_says_what_to_do(dlt_local: DltLocal, tmp_path: Path) -> None:
    for folder, what in ((tmp_path, "No event log in"), (tmp_path / "none", "State folder")):
        result = dlt_local("events", "--state", folder)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"Error: {what} {folder}")
