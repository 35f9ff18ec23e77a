"""Updates on the fake workspace, started and followed by the real SDK, in every state that they can end in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.bundle.fake_workspace import (
    ApiError,
    Happening,
    canceled,
    completed,
    failed,
    flow_progress,
    never_ending,
)
from tests.bundle.fake_workspace.updates import Course, ScriptedCourse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bundle.fake_workspace import FakeWorkspace
    from tests.workspace_ops.conftest import FitnessOps

READINGS = "fitness.silver.heart_rate"
VIOLATION = (
    "[EXPECTATION_VIOLATION.VERBOSITY_ALL] Flow 'heart_rate' failed to meet the expectation. Violated expectations: "
    "'bpm'. Input data: '{\"user\":\"ada@example.org\"}'. Output record: '{\"bpm\":999}'. Missing input data: false"
)
BATCHES = (flow_progress(READINGS, "RUNNING", rows=7), flow_progress(READINGS, "COMPLETED"))


@pytest.fixture
def pipeline_id(workspace: FakeWorkspace) -> str:
    return workspace.pipelines.create("fitness_lakehouse")


def lines(text: str) -> list[str]:
    """Without times and random ids."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "T", text)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    return re.sub(r"Update [0-9a-f]{6} ", "Update I ", text).splitlines()


def test_completed_is_0_and_events_are_printed_as_the_cli_does(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str
) -> None:
    assert pipeline_id
    workspace.pipelines.script("fitness_lakehouse", completed(*BATCHES))
    result = signed_in("trigger", "fitness_lakehouse")
    assert (result.exit_code, result.stderr) == (0, "")
    assert lines(result.stdout) == [
        "Update ID of 'fitness_lakehouse' has been started",
        f"{workspace.host}/#joblist/pipelines/ID/updates/ID",
        'T update_progress INFO "Update I is WAITING_FOR_RESOURCES."',
        'T update_progress INFO "Update I is INITIALIZING."',
        'T update_progress INFO "Update I is SETTING_UP_TABLES."',
        'T update_progress INFO "Update I is RUNNING."',
        "T flow_progress METRICS \"Flow 'heart_rate' is RUNNING.\"",
        "T flow_progress INFO \"Flow 'heart_rate' has COMPLETED.\"",
        'T update_progress INFO "Update I is COMPLETED."',
    ]


def test_failed_is_1_with_the_chain_of_exceptions_and_no_row(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str
) -> None:
    error = [("FlowFailure", "Flow 'heart_rate' has failed"), ("ExpectationViolation", VIOLATION)]
    workspace.pipelines.script("fitness_lakehouse", failed(flow_progress(READINGS, "FAILED", error=error), error=error))
    result = signed_in("trigger", pipeline_id)
    assert result.exit_code == 1
    assert lines(result.stderr) == [
        "FlowFailure: Flow 'heart_rate' has failed",
        (
            "  caused by ExpectationViolation: [EXPECTATION_VIOLATION.VERBOSITY_ALL] Flow 'heart_rate' failed to meet "
            "the expectation. Violated expectations: 'bpm'. Input data: [not shown]. Missing input data: false"
        ),
        "Error: Update ID of 'fitness_lakehouse' FAILED",
    ]
    assert 'bpm":' not in result.output


@dataclass
class GoesOn:
    """A course that fails, after which the workspace starts the next update by itself."""

    workspace: FakeWorkspace
    pipeline_id: str
    cause: str

    def look(self) -> tuple[str, list[Any]]:
        updates = self.workspace.pipelines.named("fitness_lakehouse").updates
        updates.start(self.pipeline_id, "fitness_lakehouse", {"cause": self.cause}, "workspace")
        return "FAILED", [Happening("update_progress", "New columns.", {"state": "FAILED"}, "ERROR")]

    def stop(self) -> None:
        raise NotImplementedError


@pytest.mark.parametrize(("cause", "code"), [("SCHEMA_CHANGE", 0), ("RETRY_ON_FAILURE", 0), ("API_CALL", 1)])
def test_an_update_that_the_workspace_goes_on_with_is_followed(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str, cause: str, code: int
) -> None:
    courses: Iterator[Course] = iter([GoesOn(workspace, pipeline_id, cause), ScriptedCourse(completed(*BATCHES))])
    workspace.pipelines.named("fitness_lakehouse").updates.start_course = lambda _: next(courses)
    result = signed_in("trigger", pipeline_id)
    assert result.exit_code == code
    first, second = [update.update_id for update in workspace.pipelines.named("fitness_lakehouse").updates.started]
    goes_on = f"Update {first} goes on as {second} ({cause})" in result.stdout.splitlines()
    completed_line = f'update_progress INFO "Update {second[:6]} is COMPLETED."'
    assert (goes_on, completed_line in result.stdout) == (code == 0, code == 0)


def test_canceled_is_1(workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str) -> None:
    workspace.pipelines.script("fitness_lakehouse", canceled(*BATCHES))
    result = signed_in("trigger", pipeline_id)
    assert result.exit_code == 1
    assert lines(result.stdout)[-1] == 'T update_progress INFO "Update I is CANCELED."'
    assert lines(result.stderr) == ["Error: Update ID of 'fitness_lakehouse' was CANCELED"]


def test_a_time_out_is_2_and_leaves_the_update_running(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str
) -> None:
    workspace.pipelines.script("fitness_lakehouse", never_ending(*BATCHES))
    result = signed_in("trigger", pipeline_id, "--timeout", "0.5")
    assert result.exit_code == 2
    assert lines(result.stderr) == [
        "Error: Update ID is still RUNNING after 0.5 s. It goes on; see `fitness-ops events ID --update ID`."
    ]
    active = workspace.pipelines.named("fitness_lakehouse").updates.active
    assert active is not None
    assert active.state == "RUNNING"


def test_a_lost_connection_is_told_and_survived(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str
) -> None:
    workspace.pipelines.script("fitness_lakehouse", completed(*BATCHES))
    path = f"/api/2.0/pipelines/{pipeline_id}/updates/*"
    events = f"/api/2.0/pipelines/{pipeline_id}/events"
    lost = [workspace.faults.drop_connections(1, path=path), workspace.faults.drop_connections(1, path=events)]
    workspace.faults.fail(ApiError(500, "INTERNAL_ERROR", "Sorry"), path, times=1)
    result = signed_in("trigger", pipeline_id)
    assert result.exit_code == 0
    assert [fault.met for fault in lost] == [1, 1]
    told = "Warning: The connection to the workspace is lost; the update goes on. Trying again in 0 s"
    assert lines(result.stderr) == [told] * 3
    assert lines(result.stdout)[-1] == 'T update_progress INFO "Update I is COMPLETED."'
    assert len(lines(result.stdout)) == len(set(lines(result.stdout))) == 9


def test_a_connection_that_does_not_come_back_is_2(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str
) -> None:
    workspace.pipelines.script("fitness_lakehouse", never_ending())
    workspace.faults.drop_connections(1000, path=f"/api/2.0/pipelines/{pipeline_id}/updates/*")
    result = signed_in("trigger", pipeline_id, "--timeout", "1")
    assert result.exit_code == 2
    assert lines(result.stderr)[-1] == (
        "Error: Update ID is out of sight: the connection to the workspace is lost. It goes on; see "
        "`fitness-ops events ID --update ID`."
    )


def test_without_waiting_an_update_is_only_started(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str
) -> None:
    result = signed_in("trigger", pipeline_id, "--no-wait")
    assert (result.exit_code, len(lines(result.stdout))) == (0, 2)
    assert [update.state for update in workspace.pipelines.named("fitness_lakehouse").updates.started] == ["QUEUED"]


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        ([], {}),
        (["--refresh", "a,b", "--refresh", "c"], {"refresh_selection": ["a", "b", "c"]}),
        (
            ["--refresh", "a", "--full-refresh", "b"],
            {"refresh_selection": ["a"], "full_refresh_selection": ["b"]},
        ),
        (["--full-refresh-all", "--development"], {"full_refresh": True, "development": True}),
        (["--validate-only"], {"validate_only": True}),
    ],
)
def test_the_request_says_what_was_asked(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str, arguments: list[str], body: dict[str, object]
) -> None:
    assert signed_in("trigger", pipeline_id, "--no-wait", *arguments).exit_code == 0
    (start,) = [request for request in workspace.requests if request.method == "POST"]
    assert start.body == body


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--no-wait", "--timeout", "5"], "--timeout: not together with --no-wait"),
        (["--validate-only", "--full-refresh-all"], "--validate-only: not together with --full-refresh-all"),
        (["--validate-only", "--refresh", "a"], "--validate-only: not together with --refresh or --full-refresh"),
        (
            ["--full-refresh-all", "--full-refresh", "a"],
            "--full-refresh-all: not together with --refresh or --full-refresh",
        ),
    ],
)
def test_contradictions_are_refused_before_anything_is_asked(
    workspace: FakeWorkspace, signed_in: FitnessOps, arguments: list[str], message: str
) -> None:
    result = signed_in("trigger", "fitness_lakehouse", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert workspace.requests == []


def test_an_update_that_runs_already_is_2(workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str) -> None:
    workspace.pipelines.script("fitness_lakehouse", never_ending())
    assert signed_in("trigger", pipeline_id, "--no-wait").exit_code == 0
    result = signed_in("trigger", pipeline_id)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "Error: An update of 'fitness_lakehouse' is running already. Wait for it, or stop it by "
        "`databricks pipelines stop`.\n"
    )


def test_messages_show_nobody(workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str) -> None:
    workspace.pipelines.script(
        "fitness_lakehouse",
        completed(Happening("update_progress", "Asked for by ada@example.org", {"state": "RUNNING"})),
    )
    result = signed_in("trigger", pipeline_id)
    assert "Asked for by [not shown]" in result.stdout
    assert "ada@" not in result.output
