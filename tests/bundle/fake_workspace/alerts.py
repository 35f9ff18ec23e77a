"""Alerts of the second kind."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bundle.fake_workspace.answers import Json, missing
from tests.bundle.fake_workspace.routing import Request, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bundle.fake_workspace.clock import Clock
    from tests.bundle.fake_workspace.identity import Identity

_PATH = "/api/2.0/alerts"
_NEEDED = ("display_name", "query_text", "warehouse_id", "evaluation", "schedule")


@dataclass
class Alerts:
    """Alerts by id."""

    identity: Identity
    clock: Clock
    known: dict[str, Json] = field(default_factory=dict)

    def routes(self) -> Iterator[Route]:
        yield Route("POST", _PATH, self._create)
        yield Route("GET", _PATH, lambda _: {"alerts": list(self.known.values())})
        yield Route("GET", f"{_PATH}/{{id}}", self._of)
        yield Route("PATCH", f"{_PATH}/{{id}}", self._update)
        yield Route("DELETE", f"{_PATH}/{{id}}", self._delete)

    def _of(self, request: Request) -> Json:
        alert_id = request.parts["id"]
        if alert_id not in self.known:
            raise missing(f"Alert {alert_id} does not exist.")
        return self.known[alert_id]

    def _create(self, request: Request) -> Json:
        request.needed(*_NEEDED)
        alert_id = str(uuid.uuid4())
        computed = {"owner_user_name": self.identity.user_name, "create_time": self.clock.text()}
        self.known[alert_id] = {**request.body, **computed, "id": alert_id, "lifecycle_state": "ACTIVE"}
        return self.known[alert_id]

    def _update(self, request: Request) -> Json:
        alert, mask = self._of(request), request.one("update_mask")
        changed = request.body if mask == "*" else {name: request.body.get(name) for name in mask.split(",")}
        alert |= {**changed, "id": alert["id"]}
        return alert

    def _delete(self, request: Request) -> Json:
        alert = self._of(request)
        if request.one("purge", "false") == "true":
            del self.known[alert["id"]]
        else:
            alert["lifecycle_state"] = "DELETED"
        return {}
