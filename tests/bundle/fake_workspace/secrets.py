"""Secret scopes, their keys and who may read them. Values go in and come out of `get` only."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bundle.fake_workspace.answers import Json, bad_request, conflict, missing
from tests.bundle.fake_workspace.routing import Request, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bundle.fake_workspace.clock import Clock
    from tests.bundle.fake_workspace.identity import Identity

_PERMISSIONS = {"READ", "WRITE", "MANAGE"}


@dataclass
class Scope:
    """One scope: base64 values and time of change by key, permission by principal."""

    values: dict[str, tuple[str, int]] = field(default_factory=dict)
    acls: dict[str, str] = field(default_factory=dict)


@dataclass
class Secrets:
    """All scopes of a workspace."""

    identity: Identity
    clock: Clock
    scopes: dict[str, Scope] = field(default_factory=dict)

    def value(self, scope: str, key: str) -> str:
        """What a test put, as text."""
        return base64.b64decode(self.scopes[scope].values[key][0]).decode()

    def routes(self) -> Iterator[Route]:
        root = "/api/2.0/secrets"
        yield Route("POST", f"{root}/scopes/create", self._create_scope)
        yield Route("GET", f"{root}/scopes/list", self._list_scopes)
        yield Route("POST", f"{root}/scopes/delete", self._delete_scope)
        yield Route("POST", f"{root}/put", self._put)
        yield Route("GET", f"{root}/get", self._get)
        yield Route("GET", f"{root}/list", self._list)
        yield Route("POST", f"{root}/delete", self._delete)
        yield Route("POST", f"{root}/acls/put", self._put_acl)
        yield Route("GET", f"{root}/acls/list", self._list_acls)
        yield Route("GET", f"{root}/acls/get", self._get_acl)
        yield Route("POST", f"{root}/acls/delete", self._delete_acl)

    def _scope(self, name: str) -> Scope:
        if name not in self.scopes:
            raise missing(f"Scope {name} does not exist!")
        return self.scopes[name]

    def _create_scope(self, request: Request) -> Json:
        (name,) = request.needed("scope")
        if name in self.scopes:
            raise conflict(f"Scope {name} already exists!")
        if request.body.get("initial_manage_principal") not in {None, "users"}:
            raise bad_request("initial_manage_principal must be 'users'")
        manager = request.body.get("initial_manage_principal", self.identity.user_name)
        self.scopes[name] = Scope(acls={manager: "MANAGE"})
        return {}

    def _list_scopes(self, _: Request) -> Json:
        return {"scopes": [{"name": name, "backend_type": "DATABRICKS"} for name in sorted(self.scopes)]}

    def _delete_scope(self, request: Request) -> Json:
        (name,) = request.needed("scope")
        self._scope(name)
        del self.scopes[name]
        return {}

    def _put(self, request: Request) -> Json:
        scope, key = request.needed("scope", "key")
        text, encoded = request.body.get("string_value"), request.body.get("bytes_value")
        if (text is None) == (encoded is None):
            raise bad_request("Exactly one of string_value and bytes_value must be given")
        value = str(encoded) if text is None else base64.b64encode(text.encode()).decode()
        self._scope(scope).values[key] = (value, self.clock.milliseconds())
        return {}

    def _get(self, request: Request) -> Json:
        scope, key = request.one("scope"), request.one("key")
        values = self._scope(scope).values
        if key not in values:
            raise missing(f"Failed to get secret {key} for scope {scope}.")
        return {"key": key, "value": values[key][0]}

    def _list(self, request: Request) -> Json:
        values = self._scope(request.one("scope")).values
        listed = [{"key": key, "last_updated_timestamp": values[key][1]} for key in sorted(values)]
        return {"secrets": listed} if listed else {}

    def _delete(self, request: Request) -> Json:
        scope, key = request.needed("scope", "key")
        if self._scope(scope).values.pop(key, None) is None:
            raise missing(f"Secret {key} does not exist in scope {scope}.")
        return {}

    def _put_acl(self, request: Request) -> Json:
        scope, principal, permission = request.needed("scope", "principal", "permission")
        if permission not in _PERMISSIONS:
            raise bad_request(f"Unknown permission {permission}")
        self._scope(scope).acls[principal] = permission
        return {}

    def _list_acls(self, request: Request) -> Json:
        acls = self._scope(request.one("scope")).acls
        return {"items": [{"principal": name, "permission": acls[name]} for name in sorted(acls)]}

    def _get_acl(self, request: Request) -> Json:
        scope, principal = request.one("scope"), request.one("principal")
        acls = self._scope(scope).acls
        if principal not in acls:
            raise missing(f"No ACL of {principal} for scope {scope}.")
        return {"principal": principal, "permission": acls[principal]}

    def _delete_acl(self, request: Request) -> Json:
        scope, principal = request.needed("scope", "principal")
        if self._scope(scope).acls.pop(principal, None) is None:
            raise missing(f"No ACL of {principal} for scope {scope}.")
        return {}
