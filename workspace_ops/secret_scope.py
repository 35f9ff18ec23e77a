"""Makes a secret scope hold given keys, and grant given permissions; values are only ever written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from databricks.sdk.service.workspace import AclPermission

from workspace_ops.errors import permission_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from databricks.sdk import WorkspaceClient

    from workspace_ops.secret_values import SecretSource


@dataclass(frozen=True, slots=True)
class SecretScope:
    """One scope of the workspace; each method tells what it did, a line each."""

    client: WorkspaceClient
    name: str

    def keys(self) -> dict[str, datetime]:
        """Its keys, and when each was last written."""
        with permission_to(f"list the keys of scope '{self.name}'", needs="READ on the scope"):
            secrets = list(self.client.secrets.list_secrets(self.name))
        return {str(one.key): datetime.fromtimestamp((one.last_updated_timestamp or 0) / 1000, UTC) for one in secrets}

    def ensure(self) -> Iterator[str]:
        """Create it if it is not there."""
        with permission_to("see and create secret scopes", needs="the right to create secret scopes"):
            if self.name not in {scope.name for scope in self.client.secrets.list_scopes()}:
                self.client.secrets.create_scope(self.name)
                yield f"scope {self.name}: created"

    def sync(self, sources: Sequence[SecretSource], rotate: AbstractSet[str]) -> Iterator[str]:
        """Write what is missing or to be rotated; every value is read before the first is written."""
        there = self.keys()
        values = {source.key: source.value() for source in sources if source.key not in there or source.key in rotate}
        for source in sources:
            key = source.key
            if key not in values:
                yield f"{key}: kept, written {there[key]:%Y-%m-%d %H:%M} UTC"
                continue
            with permission_to(f"write secrets of scope '{self.name}'", needs="WRITE on the scope"):
                self.client.secrets.put_secret(self.name, key, string_value=values[key])
            yield f"{key}: {'rotated' if key in there else 'written'}"

    def reconcile(self, wanted: Mapping[str, str]) -> Iterator[str]:
        """Grant exactly these levels; whoever has MANAGE and is not named keeps it, so that nobody is locked out."""
        with permission_to(f"manage permissions of scope '{self.name}'", needs="MANAGE on the scope"):
            granted = {str(acl.principal): acl.permission for acl in self.client.secrets.list_acls(self.name)}
            for principal, level in wanted.items():
                if granted.get(principal) is AclPermission(level):
                    yield f"{level} of {principal}: kept"
                else:
                    self.client.secrets.put_acl(self.name, principal, AclPermission(level))
                    yield f"{level} of {principal}: granted"
            for principal, permission in granted.items():
                if principal not in wanted and permission is not AclPermission.MANAGE:
                    self.client.secrets.delete_acl(self.name, principal)
                    yield f"{permission.value if permission else 'permission'} of {principal}: taken back"
