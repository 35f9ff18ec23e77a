"""Grants on catalogs, schemas and volumes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bundle.fake_workspace.answers import Json, bad_request
from tests.bundle.fake_workspace.routing import Request, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bundle.fake_workspace.unity_catalog import UnityCatalog

_PATH = "/api/2.1/unity-catalog/{scope}/{{kind}}/{{name}}"
_OF_VOLUMES = {"READ_VOLUME", "WRITE_VOLUME"}
_OF_TABLES = {"SELECT", "MODIFY", "EXECUTE", "REFRESH"}
_OF_SCHEMAS = {"USE_SCHEMA", "CREATE_TABLE", "CREATE_VOLUME", "CREATE_FUNCTION", "CREATE_MATERIALIZED_VIEW"}
_ANYWHERE = {"ALL_PRIVILEGES", "MANAGE", "APPLY_TAG"}
# What is granted on a container holds for what lies in it.
_ALLOWED = {
    "volume": _OF_VOLUMES | _ANYWHERE,
    "schema": _OF_SCHEMAS | _OF_TABLES | _OF_VOLUMES | _ANYWHERE,
    "catalog": {"USE_CATALOG", "CREATE_SCHEMA", "BROWSE"} | _OF_SCHEMAS | _OF_TABLES | _OF_VOLUMES | _ANYWHERE,
}
_CONTAINERS = {"volume": ("schema", "catalog"), "schema": ("catalog",), "catalog": ()}


@dataclass
class Grants:
    """Privileges by the id of a securable, so that they end with it, then by principal."""

    unity_catalog: UnityCatalog
    known: dict[int, dict[str, set[str]]] = field(default_factory=dict)

    def routes(self) -> Iterator[Route]:
        yield Route("GET", _PATH.format(scope="permissions"), self._get)
        yield Route("PATCH", _PATH.format(scope="permissions"), self._change)
        yield Route("GET", _PATH.format(scope="effective-permissions"), self._effective)

    def on(self, kind: str, name: str) -> dict[str, set[str]]:
        """What is granted directly on a securable that exists."""
        created = self.unity_catalog.known(kind, name)["created_at"]
        return self.known.setdefault(created, {})

    def grant(self, kind: str, name: str, principal: str, *privileges: str) -> None:
        """What somebody else granted."""
        self.on(kind, name).setdefault(principal, set()).update(privileges)

    def _get(self, request: Request) -> Json:
        return _shown(self.on(request.parts["kind"], request.parts["name"]), request.one("principal", ""))

    def _change(self, request: Request) -> Json:
        kind = request.parts["kind"]
        granted = self.on(kind, request.parts["name"])
        for change in request.body.get("changes", []):
            wrong = {*change.get("add", []), *change.get("remove", [])} - _ALLOWED[kind]
            if wrong:
                raise bad_request(f"Privilege {', '.join(sorted(wrong))} is not applicable to a {kind}")
            held = granted.setdefault(change["principal"], set())
            for privilege in change.get("remove", []):
                held.clear() if privilege == "ALL_PRIVILEGES" else held.discard(privilege)
            held.update(change.get("add", []))
        return _shown(granted, "")

    def _effective(self, request: Request) -> Json:
        kind, name = request.parts["kind"], request.parts["name"]
        everybody: dict[str, list[Json]] = {}
        for place, full_name in ((kind, name), *_containers(kind, name)):
            inherited = (
                {} if place == kind else {"inherited_from_type": place.upper(), "inherited_from_name": full_name}
            )
            for principal, held in self.on(place, full_name).items():
                granted = [{"privilege": privilege, **inherited} for privilege in sorted(held)]
                everybody.setdefault(principal, []).extend(granted)
        wanted = request.one("principal", "")
        assignments = [
            {"principal": principal, "privileges": granted}
            for principal, granted in sorted(everybody.items())
            if granted and wanted in {"", principal}
        ]
        return {"privilege_assignments": assignments} if assignments else {}


def _containers(kind: str, name: str) -> Iterator[tuple[str, str]]:
    for container in _CONTAINERS[kind]:
        name = name.rpartition(".")[0]
        yield container, name


def _shown(granted: dict[str, set[str]], principal: str) -> Json:
    assignments = [
        {"principal": holder, "privileges": sorted(held)}
        for holder, held in sorted(granted.items())
        if held and principal in {"", holder}
    ]
    return {"privilege_assignments": assignments} if assignments else {}
