"""SQL warehouses: fixed ones that a test names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bundle.fake_workspace.answers import Json, missing
from tests.bundle.fake_workspace.routing import Request, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTER = "Serverless Starter Warehouse"
STARTER_ID = "0123456789abcdef"


@dataclass
class Warehouses:
    """State by name. The one that every workspace has is there, with the id that the golden files show."""

    states: dict[str, str] = field(default_factory=lambda: {STARTER: "RUNNING"})

    def routes(self) -> Iterator[Route]:
        yield Route("GET", "/api/2.0/sql/warehouses", self._list)
        yield Route("GET", "/api/2.0/sql/warehouses/{id}", self._get)
        yield Route("POST", "/api/2.0/sql/warehouses/{id}/start", self._start)

    def id_of(self, name: str) -> str:
        return STARTER_ID if name == STARTER else name.encode().hex().ljust(16, "0")[:16]

    def has(self, warehouse_id: str) -> bool:
        return warehouse_id in map(self.id_of, self.states)

    def name_of(self, warehouse_id: str) -> str:
        """The name; an unknown id is a 404."""
        for name in self.states:
            if self.id_of(name) == warehouse_id:
                return name
        raise missing(f"SQL warehouse {warehouse_id} does not exist.")

    def _shown(self, name: str) -> Json:
        return {"id": self.id_of(name), "name": name, "state": self.states[name], "warehouse_type": "PRO"}

    def _list(self, _: Request) -> Json:
        return {"warehouses": [self._shown(name) for name in sorted(self.states)]}

    def _get(self, request: Request) -> Json:
        return self._shown(self.name_of(request.parts["id"]))

    def _start(self, request: Request) -> Json:
        self.states[self.name_of(request.parts["id"])] = "RUNNING"
        return {}
