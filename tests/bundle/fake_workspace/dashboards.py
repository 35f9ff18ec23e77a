"""Dashboards: drafts, and what is published of them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bundle.fake_workspace.answers import Json, bad_request, conflict, missing
from tests.bundle.fake_workspace.routing import Request, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bundle.fake_workspace.clock import Clock
    from tests.bundle.fake_workspace.files import Files

_PATH = "/api/2.0/lakeview/dashboards"
_KEPT = ("display_name", "warehouse_id", "serialized_dashboard", "parent_path")


@dataclass
class Dashboards:
    """Dashboards by id, trashed ones included."""

    files: Files
    clock: Clock
    known: dict[str, Json] = field(default_factory=dict)
    published: dict[str, Json] = field(default_factory=dict)
    datasets: dict[str, tuple[str, str]] = field(default_factory=dict)

    def routes(self) -> Iterator[Route]:
        one = f"{_PATH}/{{id}}"
        yield Route("POST", _PATH, self._create)
        yield Route("GET", _PATH, self._list)
        yield Route("GET", one, self._of)
        yield Route("PATCH", one, self._update)
        yield Route("DELETE", one, self._trash)
        yield Route("POST", f"{one}/published", self._publish)
        yield Route("GET", f"{one}/published", self._get_published)
        yield Route("DELETE", f"{one}/published", self._unpublish)

    def active(self, dashboard_id: str) -> bool:
        return self.known.get(dashboard_id, {}).get("lifecycle_state") == "ACTIVE"

    def _of(self, request: Request) -> Json:
        dashboard_id = request.parts["id"]
        if dashboard_id not in self.known:
            raise missing(f"Dashboard {dashboard_id} does not exist.")
        return self.known[dashboard_id]

    def _create(self, request: Request) -> Json:
        (name,) = request.needed("display_name")
        folder = str(request.body.get("parent_path", self.files.home)).removeprefix("/Workspace")
        if not self.files.is_folder(folder):
            raise missing(f"Path ({folder}) doesn't exist.")
        path = f"{folder}/{name}.lvdash.json"
        if any(other["path"] == path and self.active(known) for known, other in self.known.items()):
            raise conflict(f"Node named '{name}.lvdash.json' already exists")
        dashboard_id = uuid.uuid4().hex
        moment = self.clock.text()
        self.known[dashboard_id] = {
            "dashboard_id": dashboard_id,
            "etag": "1",
            "path": path,
            "lifecycle_state": "ACTIVE",
            "create_time": moment,
            "update_time": moment,
            **_fields(request.body),
            "parent_path": folder,
        }
        self._keep_datasets(dashboard_id, request)
        return self.known[dashboard_id]

    def _keep_datasets(self, dashboard_id: str, request: Request) -> None:
        self.datasets[dashboard_id] = (request.one("dataset_catalog", ""), request.one("dataset_schema", ""))

    def _list(self, _: Request) -> Json:
        shown = [dashboard for key, dashboard in sorted(self.known.items()) if self.active(key)]
        return {"dashboards": shown} if shown else {}

    def _update(self, request: Request) -> Json:
        dashboard = self._of(request)
        if request.body.get("etag") not in {None, dashboard["etag"]}:
            raise conflict(f"The dashboard has etag {dashboard['etag']}", "ABORTED")
        dashboard |= _fields(request.body)
        dashboard |= {"etag": f"{int(dashboard['etag']) + 1}", "update_time": self.clock.text()}
        self._keep_datasets(request.parts["id"], request)
        return dashboard

    def _trash(self, request: Request) -> Json:
        self._of(request)["lifecycle_state"] = "TRASHED"
        self.published.pop(request.parts["id"], None)
        return {}

    def _publish(self, request: Request) -> Json:
        dashboard = self._of(request)
        self.published[request.parts["id"]] = {
            "display_name": dashboard["display_name"],
            "embed_credentials": bool(request.body.get("embed_credentials")),
            "warehouse_id": request.body.get("warehouse_id", dashboard.get("warehouse_id")),
            "revision_create_time": self.clock.text(),
        }
        return self.published[request.parts["id"]]

    def _get_published(self, request: Request) -> Json:
        self._of(request)
        if request.parts["id"] not in self.published:
            raise missing(f"Unable to find published dashboard [dashboardId={request.parts['id']}]")
        return self.published[request.parts["id"]]

    def _unpublish(self, request: Request) -> Json:
        self._get_published(request)
        del self.published[request.parts["id"]]
        return {}


def _fields(body: Json) -> Json:
    fields = {name: body[name] for name in _KEPT if name in body}
    try:
        json.loads(fields.get("serialized_dashboard", "{}"))
    except ValueError:
        raise bad_request("serialized_dashboard is no JSON") from None
    return fields
