"""Secrets of the fake workspace, seen through the real SDK."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from databricks.sdk.errors import BadRequest, NotFound, ResourceAlreadyExists
from databricks.sdk.service.workspace import AclPermission

if TYPE_CHECKING:
    from tests.bundle.fake_workspace import FakeWorkspace


def test_secrets_are_put_listed_replaced_and_deleted(workspace: FakeWorkspace) -> None:
    secrets = workspace.client().secrets
    secrets.create_scope("fitness")
    secrets.put_secret("fitness", "kafka-password", string_value="first")
    before = [(secret.key, secret.last_updated_timestamp) for secret in secrets.list_secrets("fitness")]
    secrets.put_secret("fitness", "kafka-password", bytes_value=base64.b64encode(b"second").decode())
    after = [(secret.key, secret.last_updated_timestamp) for secret in secrets.list_secrets("fitness")]
    assert [key for key, _ in after] == ["kafka-password"]
    assert str(before[0][1]) < str(after[0][1])
    assert workspace.secrets.value("fitness", "kafka-password") == "second"
    assert secrets.get_secret("fitness", "kafka-password").value == base64.b64encode(b"second").decode()
    secrets.delete_secret("fitness", "kafka-password")
    assert list(secrets.list_secrets("fitness")) == []


def test_whoever_makes_a_scope_manages_it(workspace: FakeWorkspace) -> None:
    secrets = workspace.client().secrets
    secrets.create_scope("fitness")
    secrets.put_acl("fitness", "coaches", AclPermission.READ)
    assert [(item.principal, item.permission) for item in secrets.list_acls("fitness")] == [
        ("coaches", AclPermission.READ),
        ("lakehouse_engineer", AclPermission.MANAGE),
    ]
    secrets.delete_acl("fitness", "coaches")
    with pytest.raises(NotFound):
        secrets.get_acl("fitness", "coaches")


def test_scopes_are_made_once(workspace: FakeWorkspace) -> None:
    secrets = workspace.client().secrets
    secrets.create_scope("fitness")
    with pytest.raises(ResourceAlreadyExists, match="fitness"):
        secrets.create_scope("fitness")
    secrets.delete_scope("fitness")
    with pytest.raises(NotFound, match="fitness"):
        secrets.put_secret("fitness", "kafka-password", string_value="x")


def test_a_secret_needs_exactly_one_value(workspace: FakeWorkspace) -> None:
    secrets = workspace.client().secrets
    secrets.create_scope("fitness")
    with pytest.raises(BadRequest):
        secrets.put_secret("fitness", "kafka-password")
