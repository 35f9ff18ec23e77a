"""Updates of the fake workspace that run uploaded files: how they end when something is wrong with them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from databricks.sdk.errors import BadRequest

from tests.bundle.event_pages import events_of_update
from tests.bundle.fake_workspace.scripts import ENDS

if TYPE_CHECKING:
    from tests.bundle.fake_workspace import FakeWorkspace

ROOT = "/Workspace/Shared/gyms"
FAILING = """
import dlt

@dlt.table
def members():
    greeting = dbutils.secrets.get("gyms", "greeting")
    return spark.sql(f"SELECT raise_error('no members for {greeting}') AS id")
"""


@pytest.fixture
def pipeline_id(workspace: FakeWorkspace) -> str:
    """A pipeline of one uploaded file, whose only flow fails."""
    workspace.run_updates()
    client = workspace.client()
    client.secrets.create_scope("gyms")
    client.secrets.put_secret("gyms", "greeting", string_value="welcome-to-the-gym")
    client.workspace.mkdirs(ROOT)
    route = f"/api/2.0/workspace-files/import-file{ROOT}/members.py"
    client.api_client.do("POST", route, query={"overwrite": "true"}, data=FAILING.encode())
    libraries = [{"glob": {"include": f"{ROOT}/**"}}]
    return workspace.pipelines.create("gyms", catalog="fitness", schema="silver", root_path=ROOT, libraries=libraries)


def ended(workspace: FakeWorkspace, pipeline_id: str, update_id: str | None) -> tuple[str, list[dict[str, Any]]]:
    """State of an update at its end, and its events, oldest first."""
    client, until = workspace.client(), time.monotonic() + 300
    while time.monotonic() < until:
        update = client.pipelines.get_update(pipeline_id, str(update_id)).update
        if update and update.state and update.state.value in ENDS:
            return update.state.value, events_of_update(client, pipeline_id, str(update_id))
        time.sleep(0.3)
    raise TimeoutError(update_id)


def test_a_flow_that_fails_fails_its_update(workspace: FakeWorkspace, pipeline_id: str) -> None:
    started = workspace.client().pipelines.start_update(pipeline_id).update_id
    state, events = ended(workspace, pipeline_id, started)
    assert state == "FAILED"
    errors = [event for event in events if event["level"] == "ERROR"]
    assert {event["event_type"] for event in errors} == {"flow_progress", "update_progress"}
    said = [one["message"] for event in errors for one in event.get("error", {}).get("exceptions", [])]
    assert any("no members for" in message for message in said)
    assert "welcome-to-the-gym" not in str(events)


def test_an_update_that_cannot_start_says_why(workspace: FakeWorkspace, pipeline_id: str) -> None:
    workspace.client().workspace.delete(f"{ROOT}/members.py")
    started = workspace.client().pipelines.start_update(pipeline_id).update_id
    state, events = ended(workspace, pipeline_id, started)
    assert state == "FAILED"
    assert "hits nothing" in events[-1]["error"]["exceptions"][0]["message"]


def test_a_stopped_update_is_canceled(workspace: FakeWorkspace, pipeline_id: str) -> None:
    pipelines = workspace.client().pipelines
    started = pipelines.start_update(pipeline_id).update_id
    pipelines.stop(pipeline_id)
    state, events = ended(workspace, pipeline_id, started)
    assert state == "CANCELED"
    told = [event["details"]["update_progress"]["state"] for event in events if "update_progress" in event["details"]]
    assert told[-2:] == ["STOPPING", "CANCELED"]


def test_what_a_local_run_cannot_do_is_refused(workspace: FakeWorkspace, pipeline_id: str) -> None:
    with pytest.raises(BadRequest, match="parameters"):
        workspace.client().pipelines.start_update(pipeline_id, parameters={"a": "1"})
