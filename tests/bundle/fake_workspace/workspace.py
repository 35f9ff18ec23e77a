"""One fake workspace: what is in it, and the answers to requests with its token."""

from __future__ import annotations

import threading
import traceback
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tests.bundle.fake_workspace.alerts import Alerts
from tests.bundle.fake_workspace.answers import Answer, ApiError
from tests.bundle.fake_workspace.clock import Clock
from tests.bundle.fake_workspace.dashboards import Dashboards
from tests.bundle.fake_workspace.faults import Faults
from tests.bundle.fake_workspace.files import Files
from tests.bundle.fake_workspace.grants import Grants
from tests.bundle.fake_workspace.identity import Identity
from tests.bundle.fake_workspace.jobs import Jobs
from tests.bundle.fake_workspace.permissions import Permissions
from tests.bundle.fake_workspace.pipelines import Pipelines
from tests.bundle.fake_workspace.routing import Request, Route, routes_for
from tests.bundle.fake_workspace.secrets import Secrets
from tests.bundle.fake_workspace.statements import Statements
from tests.bundle.fake_workspace.unity_catalog import UnityCatalog
from tests.bundle.fake_workspace.volume_files import VolumeFiles
from tests.bundle.fake_workspace.warehouses import Warehouses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from databricks.sdk import WorkspaceClient

    from tests.bundle.fake_workspace.local_updates import LocalUpdates
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
    unanswered: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.secrets = Secrets(self.identity, self.clock)
        self.warehouses = Warehouses()
        self.pipelines = Pipelines(self.identity, self.clock)
        self.statements = Statements(self.warehouses, self.pipelines)
        self.unity_catalog = UnityCatalog(self.identity, self.clock, self.folder)
        self.grants = Grants(self.unity_catalog)
        self.volume_files = VolumeFiles(self.unity_catalog)
        self.files = Files(self.identity)
        self.jobs = Jobs(self.identity, self.clock, self.pipelines)
        self.dashboards = Dashboards(self.files, self.clock)
        self.alerts = Alerts(self.identity, self.clock)
        self.permissions = Permissions(self.identity, self._objects())
        self._routes = list(self._all_routes())
        self._lock = threading.RLock()
        self._local: LocalUpdates | None = None
        self.server.workspaces[self.token] = self

    def _all_routes(self) -> Iterator[Route]:
        yield from self.identity.routes()
        yield from self.secrets.routes()
        yield from self.warehouses.routes()
        yield from self.pipelines.routes()
        yield from self.statements.routes()
        yield from self.unity_catalog.routes()
        yield from self.grants.routes()
        yield from self.volume_files.routes()
        yield from self.files.routes()
        yield from self.jobs.routes()
        yield from self.dashboards.routes()
        yield from self.alerts.routes()
        yield from self.permissions.routes()

    def _objects(self) -> dict[str, Callable[[str], bool]]:
        """By kind: is there an object of an id?"""
        return {
            "pipelines": lambda key: key in self.pipelines.known,
            "jobs": lambda key: key.isdigit() and int(key) in self.jobs.settings,
            "dashboards": self.dashboards.active,
            "alertsv2": lambda key: key in self.alerts.known,
            "directories": self.files.has_folder,
            "warehouses": self.warehouses.has,
        }

    def run_updates(self) -> LocalUpdates:
        """From now on updates without a script run the uploaded files; gives where their tables are."""
        from tests.bundle.fake_workspace.local_updates import LocalUpdates

        self._local = LocalUpdates(self.files, self.secrets, self.folder)
        self.pipelines.course = self._local
        return self._local

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
        """One answer at a time; what the fake cannot answer is remembered for the end of the test."""
        with self._lock:
            self.requests.append(request)
            self.faults.apply(request)
            for route, parts in routes_for(method, target, self._routes):
                return self._answer_of(route, replace(request, parts=parts))
            self.unanswered.append(f"{method} {target}")
            raise ApiError(501, "NOT_IMPLEMENTED", f"The fake workspace has no route {method} {request.path}")

    def _answer_of(self, route: Route, request: Request) -> Answer:
        try:
            given = route.handler(request)
        except ApiError:
            raise
        except Exception as error:
            # Without an answer the SDK would try again for five minutes.
            self.unanswered.append(f"{request.method} {request.path}: {traceback.format_exc()}")
            raise ApiError(500, "INTERNAL_ERROR", f"The fake workspace broke: {error!r}") from error
        return given if isinstance(given, Answer) else Answer(given)

    def close(self) -> None:
        """Forget the token, and end what still runs."""
        self.server.workspaces.pop(self.token, None)
        for course in self._local.courses if self._local else ():
            course.kill()
