"""Catalogs, schemas, volumes and grants of the fake workspace, seen through the real SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from databricks.sdk.errors import BadRequest, NotFound, ResourceConflict
from databricks.sdk.service.catalog import PermissionsChange, Privilege, VolumeType

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

    from tests.bundle.fake_workspace import FakeWorkspace


@pytest.fixture
def client(workspace: FakeWorkspace) -> WorkspaceClient:
    """A workspace with one schema and its volume."""
    made = workspace.client()
    made.schemas.create("Bronze", "fitness", comment="Rows as received.")
    made.volumes.create("fitness", "bronze", "landing", VolumeType.MANAGED)
    return made


def test_names_are_kept_in_lower_case(client: WorkspaceClient) -> None:
    assert client.schemas.get("fitness.Bronze").full_name == "fitness.bronze"
    assert [schema.name for schema in client.schemas.list("fitness")] == ["bronze"]
    volume = client.volumes.read("fitness.bronze.landing")
    assert (volume.full_name, volume.volume_type) == ("fitness.bronze.landing", VolumeType.MANAGED)
    assert [volume.name for volume in client.volumes.list("fitness", "bronze")] == ["landing"]


def test_a_comment_can_be_changed_and_a_name_cannot(client: WorkspaceClient) -> None:
    client.schemas.update("fitness.bronze", comment="As received.")
    assert client.schemas.get("fitness.bronze").comment == "As received."
    with pytest.raises(BadRequest):
        client.schemas.update("fitness.bronze", new_name="copper")


def test_nothing_is_made_twice_or_nowhere(client: WorkspaceClient) -> None:
    with pytest.raises(ResourceConflict):
        client.schemas.create("bronze", "fitness")
    with pytest.raises(NotFound, match="Catalog 'other'"):
        client.schemas.create("bronze", "other")
    with pytest.raises(NotFound, match=r"Schema 'fitness\.copper'"):
        client.volumes.create("fitness", "copper", "landing", VolumeType.MANAGED)


def test_a_schema_with_volumes_goes_by_force_only(client: WorkspaceClient) -> None:
    with pytest.raises(BadRequest, match="not empty"):
        client.schemas.delete("fitness.bronze")
    client.schemas.delete("fitness.bronze", force=True)
    with pytest.raises(NotFound):
        client.volumes.read("fitness.bronze.landing")


def test_grants_are_replaced_and_inherited(client: WorkspaceClient) -> None:
    grants = client.grants
    grants.update("catalog", "fitness", changes=[PermissionsChange(add=[Privilege.USE_CATALOG], principal="analysts")])
    added = PermissionsChange(add=[Privilege.SELECT, Privilege.USE_SCHEMA], principal="analysts")
    grants.update("schema", "fitness.bronze", changes=[added])
    replaced = PermissionsChange(add=[Privilege.USE_SCHEMA], remove=[Privilege.ALL_PRIVILEGES], principal="analysts")
    grants.update("schema", "fitness.bronze", changes=[replaced])
    direct = grants.get("schema", "fitness.bronze").privilege_assignments or []
    assert [(one.principal, one.privileges) for one in direct] == [("analysts", [Privilege.USE_SCHEMA])]
    effective = grants.get_effective("volume", "fitness.bronze.landing").privilege_assignments or []
    held = [(one.privilege, one.inherited_from_name) for one in effective[0].privileges or ()]
    assert held == [(Privilege.USE_SCHEMA, "fitness.bronze"), (Privilege.USE_CATALOG, "fitness")]


def test_grants_end_with_what_they_were_on(client: WorkspaceClient) -> None:
    change = PermissionsChange(add=[Privilege.READ_VOLUME], principal="analysts")
    client.grants.update("volume", "fitness.bronze.landing", changes=[change])
    client.volumes.delete("fitness.bronze.landing")
    client.volumes.create("fitness", "bronze", "landing", VolumeType.MANAGED)
    assert not client.grants.get("volume", "fitness.bronze.landing").privilege_assignments


def test_a_privilege_must_fit_its_securable(client: WorkspaceClient) -> None:
    change = PermissionsChange(add=[Privilege.CREATE_SCHEMA], principal="analysts")
    with pytest.raises(BadRequest, match="CREATE_SCHEMA is not applicable to a schema"):
        client.grants.update("schema", "fitness.bronze", changes=[change])
