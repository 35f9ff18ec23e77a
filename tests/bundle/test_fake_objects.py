"""Dashboards, alerts and permissions of the fake workspace, seen through the real SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from databricks.sdk.errors import BadRequest, NotFound
from databricks.sdk.service.dashboards import Dashboard
from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel
from databricks.sdk.service.sql import AlertV2

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

    from tests.bundle.fake_workspace import FakeWorkspace


def granted(client: WorkspaceClient, kind: str, object_id: str) -> dict[str | None, list[str | None]]:
    listed = client.permissions.get(kind, object_id).access_control_list or []
    return {
        entry.display_name: [
            held.permission_level and held.permission_level.value for held in entry.all_permissions or ()
        ]
        for entry in listed
    }


def test_who_makes_a_pipeline_owns_it(workspace: FakeWorkspace) -> None:
    pipeline_id, client = workspace.pipelines.create("fitness_lakehouse"), workspace.client()
    assert granted(client, "pipelines", pipeline_id) == {"lakehouse_engineer": ["IS_OWNER"]}
    analysts = AccessControlRequest(group_name="analysts", permission_level=PermissionLevel.CAN_VIEW)
    with pytest.raises(BadRequest, match="exactly one owner"):
        client.permissions.set("pipelines", pipeline_id, access_control_list=[analysts])
    client.permissions.update("pipelines", pipeline_id, access_control_list=[analysts])
    assert granted(client, "pipelines", pipeline_id) == {"lakehouse_engineer": ["IS_OWNER"], "analysts": ["CAN_VIEW"]}
    assert workspace.permissions.levels("pipelines", pipeline_id)["analysts"] == "CAN_VIEW"


def test_a_level_must_fit_its_object(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    client.workspace.mkdirs("/Workspace/Shared/gyms")
    folder_id = str(client.workspace.get_status("/Workspace/Shared/gyms").object_id)
    everybody = AccessControlRequest(group_name="users", permission_level=PermissionLevel.CAN_VIEW)
    with pytest.raises(BadRequest, match="CAN_VIEW does not exist for directories"):
        client.permissions.set("directories", folder_id, access_control_list=[everybody])
    with pytest.raises(NotFound):
        client.permissions.get("directories", "12")


def test_a_dashboard_is_published_changed_and_trashed(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    with pytest.raises(NotFound):
        client.lakeview.create(Dashboard(display_name="Gyms", parent_path="/Workspace/Shared/nowhere"))
    drawn = Dashboard(display_name="Gyms", serialized_dashboard="{}", parent_path="/Workspace/Shared")
    made = client.lakeview.create(drawn, dataset_catalog="fitness", dataset_schema="gold")
    dashboard_id = str(made.dashboard_id)
    assert (made.etag, made.path) == ("1", "/Shared/Gyms.lvdash.json")
    with pytest.raises(NotFound):
        client.lakeview.get_published(dashboard_id)
    client.lakeview.publish(dashboard_id, embed_credentials=False, warehouse_id="0")
    assert client.lakeview.get_published(dashboard_id).display_name == "Gyms"
    assert client.lakeview.update(dashboard_id, Dashboard(serialized_dashboard='{"pages": []}')).etag == "2"
    client.lakeview.trash(dashboard_id)
    assert list(client.lakeview.list()) == []
    assert not workspace.dashboards.published


def test_an_alert_needs_its_parts(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    with pytest.raises(BadRequest, match="evaluation"):
        client.api_client.do(
            "POST", "/api/2.0/alerts", body={"display_name": "late", "query_text": "x", "warehouse_id": "0"}
        )


def test_an_alert_is_replaced_and_purged(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    body = {"display_name": "late", "query_text": "SELECT 1", "warehouse_id": "0", "evaluation": {"a": 1}}
    schedule = {"quartz_cron_schedule": "0 0 6 * * ?", "timezone_id": "UTC"}
    made = client.alerts_v2.create_alert(AlertV2.from_dict({**body, "schedule": schedule}))
    made.display_name = "later"
    client.alerts_v2.update_alert(str(made.id), made, "*")
    assert client.alerts_v2.get_alert(str(made.id)).display_name == "later"
    client.alerts_v2.trash_alert(str(made.id), purge=True)
    assert not workspace.alerts.known
