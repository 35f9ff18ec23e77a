"""Events of the fake workspace, printed by the command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.bundle.fake_workspace import Happening, completed, flow_progress

if TYPE_CHECKING:
    from tests.bundle.fake_workspace import FakeWorkspace
    from tests.workspace_ops.conftest import FitnessOps

RULES = flow_progress("fitness.silver.users", "RUNNING", rows=7, rules=[("named", 7, 3)], dropped=3)
WARNING = Happening("deprecation", "Old words of ada@example.org", {"message": "x"}, level="WARN")


@pytest.fixture
def updates(workspace: FakeWorkspace, signed_in: FitnessOps) -> list[str]:
    """Two updates; the first has counted, the second warned."""
    pipeline_id = workspace.pipelines.create("lakehouse")
    workspace.pipelines.script("lakehouse", completed(RULES), completed(WARNING))
    assert signed_in("trigger", pipeline_id).exit_code == signed_in("trigger", pipeline_id).exit_code == 0
    return [update.update_id for update in workspace.pipelines.named("lakehouse").updates.started]


def types(result_text: str) -> list[str]:
    return [line.split(" ")[1] for line in result_text.splitlines()]


def test_events_are_lines_oldest_first(signed_in: FitnessOps, updates: list[str]) -> None:
    result = signed_in("events", "lakehouse", "--update", updates[1])
    assert (result.exit_code, result.stderr) == (0, "")
    states = ["update_progress"] * 4
    assert types(result.stdout) == ["user_action", "create_update", *states, "deprecation", "update_progress"]
    assert 'deprecation WARN "Old words of [not shown]"' in result.stdout


def test_events_are_chosen_by_update_type_and_level(signed_in: FitnessOps, updates: list[str]) -> None:
    assert types(signed_in("events", "lakehouse", "--type", "create_update").stdout) == ["create_update"] * 2
    assert types(signed_in("events", "lakehouse", "--level", "metrics").stdout) == ["flow_progress"]
    assert signed_in("events", "lakehouse", "--update", "latest", "--level", "METRICS").stdout == ""
    assert types(signed_in("events", "lakehouse", "--update", updates[0], "--level", "METRICS").stdout) == [
        "flow_progress"
    ]


def test_json_keeps_the_details_that_the_sdk_drops(signed_in: FitnessOps, updates: list[str]) -> None:
    assert updates
    result = signed_in("events", "lakehouse", "--format", "json")
    events = json.loads(result.stdout)
    (counted,) = [event for event in events if event["level"] == "METRICS"]
    assert counted["details"]["flow_progress"]["data_quality"]["expectations"][0]["failed_records"] == 3
    (action, *_) = events
    assert action["details"]["user_action"] == {"action": "START", "user_name": "[not shown]"}
    assert "ada@" not in result.output


def test_the_newest_are_kept_when_there_are_too_many(signed_in: FitnessOps, updates: list[str]) -> None:
    assert updates
    result = signed_in("events", "lakehouse", "--limit", 2)
    assert types(result.stdout) == ["deprecation", "update_progress"]
    assert result.stderr == "Warning: These are the newest 2 events; --limit N prints more\n"


def test_more_events_than_a_page(
    workspace: FakeWorkspace, signed_in: FitnessOps, updates: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workspace_ops.events._PAGE", 4)
    assert len(updates) == 2
    every = workspace.pipelines.named("lakehouse").updates.events
    assert len(json.loads(signed_in("events", "lakehouse", "--format", "json").stdout)) == len(every) == 16


@pytest.mark.parametrize(
    ("update", "message"),
    [("u9", "Pipeline 'lakehouse' has no update 'u9'. The last one is {}."), ("latest", "")],
)
def test_an_unknown_update(signed_in: FitnessOps, updates: list[str], update: str, message: str) -> None:
    result = signed_in("events", "lakehouse", "--update", update)
    assert result.stderr == (f"Error: {message.format(updates[1])}\n" if message else "")


def test_a_pipeline_without_updates(workspace: FakeWorkspace, signed_in: FitnessOps) -> None:
    pipeline_id = workspace.pipelines.create("idle")
    result = signed_in("events", "idle", "--update", "latest")
    assert (result.exit_code, result.stderr) == (
        2,
        f"Error: Pipeline 'idle' has had no update. Start one by `fitness-ops trigger {pipeline_id}`.\n",
    )
