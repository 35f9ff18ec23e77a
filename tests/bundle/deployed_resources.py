"""How each type of resource is made, changed, shared and deleted through the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from databricks.sdk.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from databricks.sdk import WorkspaceClient

_CATALOG = "/api/2.1/unity-catalog"
_SHARED = ("permissions", "grants")


@dataclass(frozen=True, slots=True)
class Group:
    """Resources with a path of their own: `path/id` is read, changed by `change`, and deleted.

    `kind` is the name of the type where permissions are, `securable` where grants are; `change_all` and `end` are
    queries of a change and of a deletion.
    """

    path: str
    identity: str
    change: str
    kind: str = ""
    securable: str = ""
    not_changed: tuple[str, ...] = ()
    change_all: str = ""
    end: str = ""

    def create(self, client: WorkspaceClient, fields: Mapping[str, Any]) -> str:
        return str(_do(client, "POST", self.path, _body(fields))[self.identity])

    def exists(self, client: WorkspaceClient, resource_id: str) -> bool:
        try:
            found = _do(client, "GET", f"{self.path}/{resource_id}")
        except NotFound:
            return False
        return bool(found.get("lifecycle_state", "ACTIVE") == "ACTIVE")

    def update(self, client: WorkspaceClient, resource_id: str, fields: Mapping[str, Any]) -> None:
        body = {name: value for name, value in _body(fields).items() if name not in self.not_changed}
        _do(client, self.change, f"{self.path}/{resource_id}{self.change_all}", body)

    def delete(self, client: WorkspaceClient, resource_id: str) -> None:
        _do(client, "DELETE", f"{self.path}/{resource_id}{self.end}")

    def share(self, client: WorkspaceClient, resource_id: str, fields: Mapping[str, Any]) -> None:
        """Permissions, or grants, as configured; those that were there before go."""
        if fields.get("permissions"):
            path = f"/api/2.0/permissions/{self.kind}/{resource_id}"
            _do(client, "PUT", path, {"access_control_list": [_access(entry) for entry in fields["permissions"]]})
        if fields.get("grants"):
            changes = [
                {"principal": grant["principal"], "add": grant["privileges"], "remove": ["ALL_PRIVILEGES"]}
                for grant in fields["grants"]
            ]
            _do(client, "PATCH", f"{_CATALOG}/permissions/{self.securable}/{resource_id}", {"changes": changes})


class Jobs(Group):
    """The API of jobs names what it does in its paths."""

    def create(self, client: WorkspaceClient, fields: Mapping[str, Any]) -> str:
        return str(_do(client, "POST", f"{self.path}/create", _body(fields))["job_id"])

    def exists(self, client: WorkspaceClient, resource_id: str) -> bool:
        try:
            client.jobs.get(int(resource_id))
        except NotFound:
            return False
        return True

    def update(self, client: WorkspaceClient, resource_id: str, fields: Mapping[str, Any]) -> None:
        _do(client, "POST", f"{self.path}/reset", {"job_id": int(resource_id), "new_settings": _body(fields)})

    def delete(self, client: WorkspaceClient, resource_id: str) -> None:
        client.jobs.delete(int(resource_id))


class Dashboards(Group):
    """A dashboard is drawn, then published."""

    def create(self, client: WorkspaceClient, fields: Mapping[str, Any]) -> str:
        dashboard_id = str(_do(client, "POST", self.path, *_drawn(fields))["dashboard_id"])
        self._publish(client, dashboard_id, fields)
        return dashboard_id

    def update(self, client: WorkspaceClient, resource_id: str, fields: Mapping[str, Any]) -> None:
        _do(client, "PATCH", f"{self.path}/{resource_id}", *_drawn(fields))
        self._publish(client, resource_id, fields)

    def _publish(self, client: WorkspaceClient, dashboard_id: str, fields: Mapping[str, Any]) -> None:
        embedded, warehouse = fields.get("embed_credentials", False), fields["warehouse_id"]
        client.lakeview.publish(dashboard_id, embed_credentials=embedded, warehouse_id=warehouse)


class SecretScopes(Group):
    """Scopes have names only, and access lists of their own."""

    def create(self, client: WorkspaceClient, fields: Mapping[str, Any]) -> str:
        client.secrets.create_scope(fields["name"])
        return str(fields["name"])

    def exists(self, client: WorkspaceClient, resource_id: str) -> bool:
        return resource_id in [scope.name for scope in client.secrets.list_scopes()]

    def update(self, client: WorkspaceClient, resource_id: str, fields: Mapping[str, Any]) -> None:
        """Only who may use a scope can change."""

    def delete(self, client: WorkspaceClient, resource_id: str) -> None:
        client.secrets.delete_scope(resource_id)

    def share(self, client: WorkspaceClient, resource_id: str, fields: Mapping[str, Any]) -> None:
        wanted = {_principal(entry): entry["level"] for entry in fields.get("permissions", [])}
        for item in client.secrets.list_acls(resource_id):
            if wanted and item.principal not in wanted:
                client.secrets.delete_acl(resource_id, str(item.principal))
        for principal, level in wanted.items():
            body = {"scope": resource_id, "principal": principal, "permission": level}
            _do(client, "POST", f"{self.path}/acls/put", body)


# In the order of their dependencies.
GROUPS: dict[str, Group] = {
    "schemas": Group(
        f"{_CATALOG}/schemas", "full_name", "PATCH", securable="schema", not_changed=("name", "catalog_name")
    ),
    "volumes": Group(
        f"{_CATALOG}/volumes",
        "full_name",
        "PATCH",
        securable="volume",
        not_changed=("name", "catalog_name", "schema_name", "volume_type"),
    ),
    "secret_scopes": SecretScopes("/api/2.0/secrets", "name", ""),
    "pipelines": Group("/api/2.0/pipelines", "pipeline_id", "PUT", kind="pipelines"),
    "dashboards": Dashboards("/api/2.0/lakeview/dashboards", "dashboard_id", "PATCH", kind="dashboards"),
    "alerts": Group("/api/2.0/alerts", "id", "PATCH", kind="alertsv2", change_all="?update_mask=*", end="?purge=true"),
    "jobs": Jobs("/api/2.2/jobs", "job_id", "POST", kind="jobs"),
}


def _do(
    client: WorkspaceClient,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Bodies go as they are configured, as the CLI sends them: the SDK's classes would drop unknown fields."""
    path, _, flags = path.partition("?")
    asked = dict(query or {}) | dict([flags.split("=")] if flags else [])
    answer = client.api_client.do(method, path, query=asked, body=dict(body) if body is not None else None)
    assert isinstance(answer, dict)
    return answer


def _body(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in _SHARED}


def _drawn(fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Body and query of a dashboard."""
    query = {name: fields[name] for name in ("dataset_catalog", "dataset_schema") if name in fields}
    left_out = {*query, "embed_credentials"}
    return {name: value for name, value in _body(fields).items() if name not in left_out}, query


def _access(entry: Mapping[str, str]) -> dict[str, str]:
    return {("permission_level" if name == "level" else name): value for name, value in entry.items()}


def _principal(entry: Mapping[str, str]) -> str:
    (principal,) = (value for name, value in entry.items() if name != "level")
    return principal
