"""Pipelines, their updates and their event logs."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bundle.fake_workspace.answers import Json, bad_request, conflict, missing
from tests.bundle.fake_workspace.events import page_of_events
from tests.bundle.fake_workspace.routing import Request, Route
from tests.bundle.fake_workspace.scripts import completed
from tests.bundle.fake_workspace.updates import ScriptedCourse, Updates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bundle.fake_workspace.clock import Clock
    from tests.bundle.fake_workspace.identity import Identity
    from tests.bundle.fake_workspace.scripts import Script
    from tests.bundle.fake_workspace.updates import Course, Update

_PATH = "/api/2.0/pipelines"
_SELECTIONS = ("refresh_selection", "full_refresh_selection")
_PAGE = 25


@dataclass
class Pipeline:
    """One pipeline: what was sent, and what its updates did."""

    pipeline_id: str
    spec: Json
    updates: Updates

    @property
    def name(self) -> str:
        return str(self.spec.get("name", ""))

    def in_short(self) -> Json:
        latest = [update.in_short() for update in reversed(self.updates.started)]
        state = "RUNNING" if self.updates.active else "IDLE"
        answer: Json = {"pipeline_id": self.pipeline_id, "name": self.name, "state": state}
        return {**answer, "latest_updates": latest[:5]} if latest else answer


@dataclass
class Pipelines:
    """All pipelines of a workspace. `course` says what updates do for which a test has written no script.

    Workspaces may give fewer events than were asked for; this one does, so that everybody reads on.
    """

    identity: Identity
    clock: Clock
    known: dict[str, Pipeline] = field(default_factory=dict)
    events_in_a_page: int = 10
    course: Callable[[Pipeline, Update], Course] = lambda _, __: ScriptedCourse(completed())

    def routes(self) -> Iterator[Route]:
        one = f"{_PATH}/{{pipeline_id}}"
        yield Route("POST", _PATH, self._create)
        yield Route("GET", _PATH, self._list)
        yield Route("GET", one, self._get)
        yield Route("PUT", one, self._edit)
        yield Route("DELETE", one, self._delete)
        yield Route("POST", f"{one}/updates", self._start)
        yield Route("GET", f"{one}/updates", self._list_updates)
        yield Route("GET", f"{one}/updates/{{update_id}}", self._get_update)
        yield Route("POST", f"{one}/stop", self._stop)
        yield Route("GET", f"{one}/events", self._events)

    def create(self, name: str, **fields: object) -> str:
        """A pipeline that is there already, as a test says; its id."""
        return self._add({"name": name, **fields}).pipeline_id

    def named(self, name: str) -> Pipeline:
        (found,) = (pipeline for pipeline in self.known.values() if pipeline.name == name)
        return found

    def script(self, name: str, *scripts: Script) -> None:
        """What the next updates of a pipeline do, in order."""
        self.named(name).updates.scripts.extend(scripts)

    def start(self, pipeline_id: str, body: Json) -> Update:
        """A new update, as REST and the pipeline tasks of jobs start it."""
        pipeline = self._known(pipeline_id)
        active = pipeline.updates.active
        if active:
            raise conflict(f"An active update {active.update_id} already exists.", "CONFLICT")
        if body.get("full_refresh") and any(body.get(name) for name in _SELECTIONS):
            raise bad_request("full_refresh cannot be combined with a selection of tables")
        return pipeline.updates.start(pipeline_id, pipeline.name, body, self.identity.user_name)

    def _add(self, spec: Json) -> Pipeline:
        if "." in str(spec.get("schema", spec.get("target", ""))):
            raise bad_request("The target schema must be a single name")
        pipeline = Pipeline(str(uuid.uuid4()), spec, Updates(self.clock))
        pipeline.updates.start_course = lambda update: self.course(pipeline, update)
        self.known[pipeline.pipeline_id] = pipeline
        return pipeline

    def _known(self, pipeline_id: str) -> Pipeline:
        if pipeline_id not in self.known:
            raise missing(f"The specified pipeline {pipeline_id} was not found.")
        return self.known[pipeline_id]

    def _of(self, request: Request) -> Pipeline:
        return self._known(request.parts["pipeline_id"])

    def _create(self, request: Request) -> Json:
        (name,) = request.needed("name")
        if not request.body.get("allow_duplicate_names") and any(name == other.name for other in self.known.values()):
            raise conflict(f"The pipeline name '{name}' is already used by another pipeline.", "RESOURCE_CONFLICT")
        return {"pipeline_id": self._add(dict(request.body)).pipeline_id}

    def _list(self, request: Request) -> Json:
        size = int(request.one("max_results", str(_PAGE)))
        if size > 100:
            raise bad_request("max_results must not be greater than 100")
        fits = _name_filter(request.one("filter", ""))
        ordered = [self.known[pipeline_id] for pipeline_id in sorted(self.known)]
        chosen = [pipeline for pipeline in ordered if fits.fullmatch(pipeline.name)]
        start = int(request.one("page_token", "0") or 0)
        user = {"creator_user_name": self.identity.user_name, "run_as_user_name": self.identity.user_name}
        shown = [{**pipeline.in_short(), **user} for pipeline in chosen[start : start + size]]
        answer: Json = {"statuses": shown} if shown else {}
        return {**answer, "next_page_token": f"{start + size}"} if start + size < len(chosen) else answer

    def _get(self, request: Request) -> Json:
        pipeline = self._of(request)
        active = pipeline.updates.active
        if active and active.state == "STOPPING":
            pipeline.updates.look(active)
        spec = {**pipeline.spec, "id": pipeline.pipeline_id}
        user = {"creator_user_name": self.identity.user_name, "run_as_user_name": self.identity.user_name}
        return {
            **pipeline.in_short(),
            **user,
            "spec": spec,
            "run_as": spec.get("run_as", {"user_name": user["run_as_user_name"]}),
        }

    def _edit(self, request: Request) -> Json:
        self._of(request).spec = {name: value for name, value in request.body.items() if name != "id"}
        return {}

    def _delete(self, request: Request) -> Json:
        del self.known[self._of(request).pipeline_id]
        return {}

    def _start(self, request: Request) -> Json:
        return {"update_id": self.start(self._of(request).pipeline_id, request.body).update_id}

    def _list_updates(self, request: Request) -> Json:
        pipeline = self._of(request)
        shown = [update.shown(pipeline.spec) for update in reversed(pipeline.updates.started)]
        return {"updates": shown[: int(request.one("max_results", f"{_PAGE}"))]} if shown else {}

    def _get_update(self, request: Request) -> Json:
        pipeline, wanted = self._of(request), request.parts["update_id"]
        update = next((update for update in pipeline.updates.started if update.update_id == wanted), None)
        if update is None:
            raise missing(f"The specified update {wanted} was not found.")
        pipeline.updates.look(update)
        return {"update": update.shown(pipeline.spec)}

    def _stop(self, request: Request) -> Json:
        updates = self._of(request).updates
        if updates.active:
            updates.active.course.stop()
            updates.look(updates.active)
        return {}

    def _events(self, request: Request) -> Json:
        return page_of_events(self._of(request).updates.events, request, self.events_in_a_page)


def _name_filter(text: str) -> re.Pattern[str]:
    """`name LIKE '%part%'`; LIKE's `_` stands for one character."""
    if not text:
        return re.compile(".*", re.DOTALL)
    found = re.fullmatch(r"name LIKE '((?:[^']|'')*)'", text, re.IGNORECASE)
    if found is None:
        raise bad_request(f"Unsupported filter: {text}")
    parts = re.findall(r"\\.|.", found[1].replace("''", "'"), re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(part) or re.escape(part[-1]) for part in parts), re.DOTALL)
