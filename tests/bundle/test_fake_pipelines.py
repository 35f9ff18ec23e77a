"""Pipelines of the fake workspace, seen through the real SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from databricks.sdk.errors import BadRequest, NotFound, ResourceConflict
from databricks.sdk.service.pipelines import PipelineState, UpdateInfoState

from tests.bundle.event_pages import paged_events
from tests.bundle.fake_workspace import canceled, completed, failed, flow_progress, never_ending

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

    from tests.bundle.fake_workspace import FakeWorkspace

READINGS = "fitness.silver.heart_rate"
BATCHES = (
    flow_progress(READINGS, "RUNNING", rows=7, rules=[("bpm_between_25_and_250", 7, 3)], dropped=3),
    flow_progress(READINGS, "COMPLETED"),
)


def started(client: WorkspaceClient, pipeline_id: str, **request: Any) -> str:
    return str(client.pipelines.start_update(pipeline_id, **request).update_id)


def states(client: WorkspaceClient, pipeline_id: str, update_id: str, looks: int) -> list[str]:
    seen = []
    for _ in range(looks):
        update = client.pipelines.get_update(pipeline_id, update_id).update
        assert update is not None
        assert update.state is not None
        seen.append(update.state.value)
    return seen


def events(client: WorkspaceClient, pipeline_id: str, **query: str) -> list[dict[str, Any]]:
    return list(paged_events(client, pipeline_id, **query))


def test_an_update_goes_one_step_further_at_each_look(workspace: FakeWorkspace) -> None:
    pipeline_id = workspace.pipelines.create("fitness_lakehouse")
    workspace.pipelines.script("fitness_lakehouse", completed(*BATCHES))
    client = workspace.client()
    update_id = started(client, pipeline_id, refresh_selection=["silver.heart_rate"])
    assert states(client, pipeline_id, update_id, 6) == [
        "WAITING_FOR_RESOURCES",
        "INITIALIZING",
        "SETTING_UP_TABLES",
        "RUNNING",
        "COMPLETED",
        "COMPLETED",
    ]
    update = client.pipelines.get_update(pipeline_id, update_id).update
    assert update is not None
    assert update.refresh_selection == ["silver.heart_rate"]
    told = [event["event_type"] for event in events(client, pipeline_id, order_by="timestamp asc")]
    assert told == [
        "user_action", "create_update", "update_progress", "update_progress", "update_progress", "update_progress",
        "flow_progress", "flow_progress", "update_progress",
    ]  # fmt: skip


def test_events_keep_their_details_as_an_object(workspace: FakeWorkspace) -> None:
    pipeline_id = workspace.pipelines.create("fitness_lakehouse")
    workspace.pipelines.script("fitness_lakehouse", completed(*BATCHES))
    client = workspace.client()
    update_id = started(client, pipeline_id)
    states(client, pipeline_id, update_id, 5)
    (counted,) = [event for event in events(client, pipeline_id) if event["level"] == "METRICS"]
    assert counted["details"] == {
        "flow_progress": {
            "status": "RUNNING",
            "metrics": {"num_output_rows": 7},
            "data_quality": {
                "dropped_records": 3,
                "expectations": [
                    {
                        "name": "bpm_between_25_and_250",
                        "dataset": READINGS,
                        "passed_records": 7,
                        "failed_records": 3,
                    }
                ],
            },
        }
    }


def test_events_are_filtered_ordered_and_paged(workspace: FakeWorkspace) -> None:
    pipeline_id = workspace.pipelines.create("fitness_lakehouse")
    workspace.pipelines.script("fitness_lakehouse", completed(), failed(error=[("PipelineError", "no such table")]))
    client = workspace.client()
    first = started(client, pipeline_id)
    states(client, pipeline_id, first, 5)
    second = started(client, pipeline_id)
    states(client, pipeline_id, second, 5)

    (error,) = events(client, pipeline_id, filter="level='ERROR'")
    assert error["error"] == {
        "fatal": True,
        "exceptions": [{"class_name": "PipelineError", "message": "no such table", "stack": []}],
    }
    of_first = events(client, pipeline_id, filter=f"update_id = '{first}'", order_by="timestamp asc")
    assert len(of_first) == 7
    middle = str(of_first[3]["timestamp"])
    later = events(client, pipeline_id, filter=f"update_id = '{first}' AND timestamp > '{middle}'")
    assert [event["id"] for event in later] == [event["id"] for event in reversed(of_first[4:])]


def test_a_page_token_stands_for_the_whole_question(workspace: FakeWorkspace) -> None:
    pipeline_id = workspace.pipelines.create("fitness_lakehouse")
    client = workspace.client()
    states(client, pipeline_id, started(client, pipeline_id), 5)
    path = f"/api/2.0/pipelines/{pipeline_id}/events"
    query: dict[str, object] = {"max_results": 3, "filter": "level = 'INFO'", "order_by": "timestamp asc"}
    pages: list[list[str]] = []
    while query:
        answer = client.api_client.do("GET", path, query=query)
        assert isinstance(answer, dict)
        pages.append([event["timestamp"] for event in answer["events"]])
        token = answer.get("next_page_token")
        query = {"max_results": 3, "page_token": token} if token else {}
    assert [len(page) for page in pages] == [3, 3, 1]
    seen = [moment for page in pages for moment in page]
    assert seen == sorted(seen)
    # The SDK repeats its question beside the token.
    for question in ({"filter": "level = 'INFO'"}, {"order_by": ["timestamp asc"]}):
        with pytest.raises(BadRequest, match="but not both"):
            list(client.pipelines.list_pipeline_events(pipeline_id, max_results=3, **question))
    assert len(list(client.pipelines.list_pipeline_events(pipeline_id, max_results=3))) == 7


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "event_type = 'flow_progress'"},
        {"filter": "level > 'INFO'"},
        {"order_by": "id"},
        {"max_results": "1001"},
        {"page_token": "no token"},
    ],
)
def test_what_the_events_route_does_not_know_is_a_bad_request(workspace: FakeWorkspace, query: dict[str, str]) -> None:
    pipeline_id = workspace.pipelines.create("fitness_lakehouse")
    with pytest.raises(BadRequest):
        events(workspace.client(), pipeline_id, **query)


def test_a_second_update_waits_for_nobody(workspace: FakeWorkspace) -> None:
    pipeline_id = workspace.pipelines.create("live_health_alerts")
    workspace.pipelines.script("live_health_alerts", never_ending())
    client = workspace.client()
    update_id = started(client, pipeline_id)
    assert states(client, pipeline_id, update_id, 9)[-1] == "RUNNING"
    with pytest.raises(ResourceConflict, match=update_id):
        client.pipelines.start_update(pipeline_id)


def test_stopping_ends_an_update_as_canceled(workspace: FakeWorkspace) -> None:
    pipeline_id = workspace.pipelines.create("live_health_alerts")
    workspace.pipelines.script("live_health_alerts", never_ending())
    client = workspace.client()
    update_id = started(client, pipeline_id)
    states(client, pipeline_id, update_id, 5)
    client.pipelines.stop(pipeline_id).result()
    assert states(client, pipeline_id, update_id, 1) == ["CANCELED"]
    assert client.pipelines.get(pipeline_id).state is PipelineState.IDLE


def test_somebody_else_cancels(workspace: FakeWorkspace) -> None:
    pipeline_id = workspace.pipelines.create("fitness_lakehouse")
    workspace.pipelines.script("fitness_lakehouse", canceled())
    client = workspace.client()
    update_id = started(client, pipeline_id)
    assert states(client, pipeline_id, update_id, 6)[-2:] == ["STOPPING", "CANCELED"]


def test_pipelines_are_listed_by_name(workspace: FakeWorkspace) -> None:
    ids = {name: workspace.pipelines.create(name) for name in ("fitness_lakehouse", "fitness-lakehouse", "live")}
    client = workspace.client()
    found = [pipeline.name for pipeline in client.pipelines.list_pipelines(filter="name LIKE 'fitness%'")]
    assert sorted(map(str, found)) == ["fitness-lakehouse", "fitness_lakehouse"]
    assert len(list(client.pipelines.list_pipelines(max_results=1))) == 3
    client.pipelines.delete(ids["live"])
    with pytest.raises(NotFound):
        client.pipelines.get(ids["live"])


def test_latest_updates_stand_beside_the_pipeline(workspace: FakeWorkspace) -> None:
    pipeline_id = workspace.pipelines.create("fitness_lakehouse", catalog="fitness", schema="silver")
    client = workspace.client()
    update_id = started(client, pipeline_id)
    states(client, pipeline_id, update_id, 5)
    pipeline = client.pipelines.get(pipeline_id)
    assert pipeline.latest_updates is not None
    assert [(update.update_id, update.state and update.state.value) for update in pipeline.latest_updates] == [
        (update_id, UpdateInfoState.COMPLETED.value)
    ]
    assert pipeline.spec is not None
    assert (pipeline.spec.catalog, pipeline.spec.schema) == ("fitness", "silver")
