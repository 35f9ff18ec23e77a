"""Workspace files and files in volumes of the fake workspace, seen through the real SDK and the CLI's own requests."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from databricks.sdk.errors import AlreadyExists, BadRequest, NotFound, ResourceAlreadyExists
from databricks.sdk.service.catalog import VolumeType
from databricks.sdk.service.workspace import ObjectType

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

    from tests.bundle.fake_workspace import FakeWorkspace

FOLDER = "/Workspace/Users/lakehouse_engineer/.bundle/fitness/dev/files"


def upload(client: WorkspaceClient, path: str, content: bytes, *, overwrite: bool = False) -> None:
    """As the CLI does: the whole path is one encoded segment."""
    route = f"/api/2.0/workspace-files/import-file/{quote(path, safe='')}"
    headers = {"Content-Type": "application/octet-stream"}
    client.api_client.do("POST", route, query={"overwrite": str(overwrite).lower()}, data=content, headers=headers)


def test_a_file_needs_its_folder(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    with pytest.raises(NotFound):
        upload(client, f"{FOLDER}/a b.py", b"x")
    client.workspace.mkdirs(FOLDER)
    upload(client, f"{FOLDER}/a b.py", b"x")
    assert workspace.files.below(FOLDER) == {"a b.py": b"x"}
    assert client.workspace.get_status(FOLDER.removeprefix("/Workspace")).object_type is ObjectType.DIRECTORY
    assert [entry.path for entry in client.workspace.list(FOLDER)] == [f"{FOLDER}/a b.py"]
    raw = client.api_client.do("GET", "/api/2.0/workspace/export", query={"path": FOLDER + "/a b.py"})
    assert raw == {"content": "eA=="}


def test_a_file_is_replaced_only_on_demand(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    client.workspace.mkdirs(FOLDER)
    upload(client, f"{FOLDER}/a.py", b'{"looks like": "json"}')
    with pytest.raises(ResourceAlreadyExists):
        upload(client, f"{FOLDER}/a.py", b"2")
    upload(client, f"{FOLDER}/a.py", b"", overwrite=True)
    assert workspace.files.below(FOLDER) == {"a.py": b""}


def test_folders_go_with_what_is_in_them(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    client.workspace.mkdirs(FOLDER)
    upload(client, f"{FOLDER}/a.py", b"1")
    with pytest.raises(BadRequest, match="not empty"):
        client.workspace.delete(FOLDER)
    client.workspace.delete(FOLDER, recursive=True)
    with pytest.raises(NotFound):
        client.workspace.get_status(f"{FOLDER}/a.py")


def test_volumes_hold_files(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    client.schemas.create("bronze", "fitness")
    with pytest.raises(NotFound):
        client.files.upload("/Volumes/fitness/bronze/landing/users/1.csv", io.BytesIO(b"id\n1\n"))
    client.volumes.create("fitness", "bronze", "landing", VolumeType.MANAGED)
    client.files.upload("/Volumes/fitness/bronze/landing/users/1.csv", io.BytesIO(b"id\n1\n"))
    with pytest.raises(AlreadyExists):
        client.files.upload("/Volumes/fitness/bronze/landing/users/1.csv", io.BytesIO(b"other"), overwrite=False)
    assert workspace.unity_catalog.place("/Volumes/fitness/bronze/landing/users/1.csv").read_text() == "id\n1\n"
    listed = client.files.list_directory_contents("/Volumes/fitness/bronze/landing/users")
    assert [(entry.path, entry.file_size) for entry in listed] == [("/Volumes/fitness/bronze/landing/users/1.csv", 5)]
    found = client.files.download("/Volumes/fitness/bronze/landing/users/1.csv").contents
    assert found is not None
    assert found.read() == b"id\n1\n"
    client.files.delete("/Volumes/fitness/bronze/landing/users/1.csv")
    with pytest.raises(NotFound):
        client.files.get_metadata("/Volumes/fitness/bronze/landing/users/1.csv")


def test_a_deployment_locks_its_folder(workspace: FakeWorkspace) -> None:
    """The requests by which the CLI takes and gives back its lock."""
    client, folder = workspace.client(), "/Workspace/Users/lakehouse_engineer/.bundle/fitness/prod/state"
    lock = f"{folder}/deploy.lock"
    with pytest.raises(NotFound):
        upload(client, lock, b'{"ID": "1"}')
    client.workspace.mkdirs(folder)
    upload(client, lock, b'{"ID": "1"}')
    with pytest.raises(ResourceAlreadyExists):
        upload(client, lock, b'{"ID": "2"}')
    status = client.api_client.do(
        "GET", "/api/2.0/workspace/get-status", query={"path": lock, "return_export_info": True}
    )
    assert isinstance(status, dict)
    assert status["object_type"] == "FILE"
    assert client.workspace.download(lock).read() == b'{"ID": "1"}'
    client.workspace.delete(lock)
    upload(client, lock, b'{"ID": "2"}')
