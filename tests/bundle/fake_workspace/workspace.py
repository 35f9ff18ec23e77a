"""One fake workspace: what is in it, and the answers to requests with its token."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tests.bundle.fake_workspace.answers import Answer, ApiError
from tests.bundle.fake_workspace.clock import Clock
from tests.bundle.fake_workspace.faults import Faults
from tests.bundle.fake_workspace.grants import Grants
from tests.bundle.fake_workspace.identity import Identity
from tests.bundle.fake_workspace.pipelines import Pipelines
from tests.bundle.fake_workspace.routing import Request, Route, routes_for
from tests.bundle.fake_workspace.secrets import Secrets
from tests.bundle.fake_workspace.statements import Statements
from tests.bundle.fake_workspace.unity_catalog import UnityCatalog
from tests.bundle.fake_workspace.warehouses import Warehouses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from databricks.sdk import WorkspaceClient

    from tests.bundle.fake_workspace.server import FakeServer


@dataclass
class FakeWorkspace:
    """A workspace in memory behind `host` and `token`; tests look into its parts and plan what goes wrong."""

    server: FakeServer
    folder: Path
    token: str = field(default_factory=lambda: f"dapi{uuid.uuid4().hex}")
    identity: Identity = field(default_factory=Identity)
    faults: Faults = field(default_factory=Faults)
    requests: list[Request] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.secrets = Secrets(self.identity, self.clock)
        self.warehouses = Warehouses()
        self.pipelines = Pipelines(self.identity, self.clock)
        self.statements = Statements(self.warehouses, self.pipelines)
        self.unity_catalog = UnityCatalog(self.identity, self.clock, self.folder)
        self.grants = Grants(self.unity_catalog)
        self._routes = list(self._all_routes())
        self._lock = threading.RLock()
        self.server.workspaces[self.token] = self

    def _all_routes(self) -> Iterator[Route]:
        yield from self.identity.routes()
        yield from self.secrets.routes()
        yield from self.warehouses.routes()
        yield from self.pipelines.routes()
        yield from self.statements.routes()
        yield from self.unity_catalog.routes()
        yield from self.grants.routes()

    @property
    def host(self) -> str:
        return self.server.url

    @property
    def environment(self) -> dict[str, str]:
        """What the SDK and the CLI read."""
        return {"DATABRICKS_HOST": self.host, "DATABRICKS_TOKEN": self.token}

    def client(self, **config: Any) -> WorkspaceClient:
        """The real SDK's client of this workspace; `config` are fields of its `Config`."""
        from databricks.sdk import WorkspaceClient
        from databricks.sdk.core import Config

        return WorkspaceClient(config=Config(host=self.host, token=self.token, auth_type="pat", **config))

    def answer(self, method: str, target: str, request: Request) -> Answer:
        """One answer at a time; a route that nobody wrote is 501 and is remembered for the end of the test."""
        with self._lock:
            self.requests.append(request)
            self.faults.apply(request)
            for route, parts in routes_for(method, target, self._routes):
                given = route.handler(replace(request, parts=parts))
                return given if isinstance(given, Answer) else Answer(given)
            self.unknown.append(f"{method} {target}")
            raise ApiError(501, "NOT_IMPLEMENTED", f"The fake workspace has no route {method} {request.path}")

    def close(self) -> None:
        """Forget the token."""
        self.server.workspaces.pop(self.token, None)
