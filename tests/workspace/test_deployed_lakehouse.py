from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.pipelines import PipelineStateInfo

    Deployed = Callable[[str], PipelineStateInfo]

pytestmark = pytest.mark.workspace

RESOURCES = Path(__file__).parents[2] / "resources"
VALIDATION = "lakehouse_validation"
PIPELINES = sorted(file.name.partition(".")[0] for file in RESOURCES.glob("*.pipeline.yml"))


@pytest.mark.parametrize("name", PIPELINES)
def test_each_pipeline_of_the_bundle_is_deployed(deployed: Deployed, name: str) -> None:
    assert deployed(name).pipeline_id


def test_the_last_update_of_the_validation_is_completed(workspace: WorkspaceClient, deployed: Deployed) -> None:
    assert last_update(workspace, deployed)["state"] == "COMPLETED"


def test_the_event_log_of_that_update_counts_every_rule(workspace: WorkspaceClient, deployed: Deployed) -> None:
    update = last_update(workspace, deployed)["update_id"]
    events = f"/api/2.0/pipelines/{deployed(VALIDATION).pipeline_id}/events"
    rules = list(counted_rules(workspace, events, update))
    assert rules, "no event of the update counts a rule"
    assert not [rule for rule in rules if not {"name", "dataset", "passed_records", "failed_records"} <= set(rule)]


def last_update(workspace: WorkspaceClient, deployed: Deployed) -> dict[str, Any]:
    updates = workspace.pipelines.list_updates(str(deployed(VALIDATION).pipeline_id), max_results=1).updates or []
    assert updates, f"{VALIDATION} was never run: databricks bundle run {VALIDATION}"
    return updates[0].as_dict()


def counted_rules(workspace: WorkspaceClient, path: str, update: str) -> Iterator[dict[str, Any]]:
    """Read raw: the SDK's own class of an event lacks its details."""
    query: dict[str, Any] = {"filter": f"update_id = '{update}'", "max_results": 100}
    while True:
        page = workspace.api_client.do("GET", path, query=query)
        assert isinstance(page, dict)
        for event in page.get("events", []):
            progress = event.get("details", {}).get("flow_progress", {})
            yield from progress.get("data_quality", {}).get("expectations", [])
        token = page.get("next_page_token")
        if not token:
            return
        query = {"page_token": token, "max_results": 100}
