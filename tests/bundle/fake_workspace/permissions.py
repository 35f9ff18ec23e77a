"""Permissions on workspace objects: who may see, run and manage them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bundle.fake_workspace.answers import Json, bad_request, missing
from tests.bundle.fake_workspace.routing import Request, Route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bundle.fake_workspace.identity import Identity

_PATH = "/api/2.0/permissions/{kind}/{id}"
_PRINCIPALS = ("user_name", "group_name", "service_principal_name")
_OF_DOCUMENTS = frozenset({"CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE"})
_LEVELS = {
    "jobs": frozenset({"CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER"}),
    "pipelines": frozenset({"CAN_VIEW", "CAN_RUN", "CAN_MANAGE", "IS_OWNER"}),
    "warehouses": frozenset({"CAN_VIEW", "CAN_MONITOR", "CAN_USE", "CAN_MANAGE", "IS_OWNER"}),
    "dashboards": _OF_DOCUMENTS,
    "alertsv2": _OF_DOCUMENTS,
    "directories": _OF_DOCUMENTS,
}
_OWNED = frozenset({"jobs", "pipelines"})


@dataclass
class Permissions:
    """Access by kind and id; `exists` says, by kind, which ids there are."""

    identity: Identity
    exists: dict[str, Callable[[str], bool]]
    known: dict[tuple[str, str], list[Json]] = field(default_factory=dict)

    def routes(self) -> Iterator[Route]:
        yield Route("GET", _PATH, self._get)
        yield Route("PUT", _PATH, self._set)
        yield Route("PATCH", _PATH, self._add)

    def levels(self, kind: str, object_id: str) -> dict[str, str]:
        """The level of each principal."""
        listed = self._access(kind, object_id)
        return {_principal(entry)[1]: str(entry["permission_level"]) for entry in listed}

    def _access(self, kind: str, object_id: str) -> list[Json]:
        if kind not in _LEVELS:
            raise bad_request(f"Unknown object type {kind}")
        if not self.exists[kind](object_id):
            raise missing(f"{kind} {object_id} does not exist.")
        mine = {
            "user_name": self.identity.user_name,
            "permission_level": "IS_OWNER" if kind in _OWNED else "CAN_MANAGE",
        }
        return self.known.setdefault((kind, object_id), [mine])

    def _get(self, request: Request) -> Json:
        kind, object_id = request.parts["kind"], request.parts["id"]
        listed = [_shown(entry) for entry in self._access(kind, object_id)]
        return {"object_id": f"/{kind}/{object_id}", "object_type": kind.rstrip("s"), "access_control_list": listed}

    def _set(self, request: Request) -> Json:
        kind, object_id = request.parts["kind"], request.parts["id"]
        self._access(kind, object_id)
        self.known[(kind, object_id)] = _checked(kind, request.body.get("access_control_list", []))
        return self._get(request)

    def _add(self, request: Request) -> Json:
        kind, object_id = request.parts["kind"], request.parts["id"]
        changed = request.body.get("access_control_list", [])
        principals = {_principal(entry) for entry in changed}
        kept = [entry for entry in self._access(kind, object_id) if _principal(entry) not in principals]
        self.known[(kind, object_id)] = _checked(kind, [*kept, *changed])
        return self._get(request)


def _checked(kind: str, entries: list[Json]) -> list[Json]:
    for entry in entries:
        _principal(entry)
        if entry.get("permission_level") not in _LEVELS[kind]:
            raise bad_request(f"Permission {entry.get('permission_level')} does not exist for {kind}")
    owners = [entry for entry in entries if entry["permission_level"] == "IS_OWNER"]
    if kind in _OWNED and len(owners) != 1:
        raise bad_request(f"{kind} must have exactly one owner, not {len(owners)}")
    return [dict(entry) for entry in entries]


def _principal(entry: Json) -> tuple[str, str]:
    given = [(name, str(entry[name])) for name in _PRINCIPALS if entry.get(name)]
    if len(given) != 1:
        raise bad_request(f"Exactly one of {', '.join(_PRINCIPALS)} must be given")
    return given[0]


def _shown(entry: Json) -> Json:
    name, principal = _principal(entry)
    held = {"permission_level": entry["permission_level"], "inherited": False}
    return {name: principal, "display_name": principal, "all_permissions": [held]}
