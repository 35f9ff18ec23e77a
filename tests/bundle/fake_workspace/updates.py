"""Updates of pipelines: how they are started, looked at, stopped, and what happens in them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from tests.bundle.fake_workspace.clock import timestamp_text
from tests.bundle.fake_workspace.scripts import ENDS, Happening, Script, Step, completed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.bundle.fake_workspace.answers import Json
    from tests.bundle.fake_workspace.clock import Clock


class Course(Protocol):
    """What an update does. `look` goes on and gives the state; each look may find new events, whole but for ids."""

    def look(self) -> tuple[str, list[Happening | Json]]: ...

    def stop(self) -> None: ...


class ScriptedCourse:
    """One step a look."""

    def __init__(self, script: Script) -> None:
        self._steps = list(script.steps)

    def look(self) -> tuple[str, list[Happening | Json]]:
        step = self._steps[0]
        self._steps = self._steps[1:] or [Step(step.state)]
        return step.state, list(step.happenings)

    def stop(self) -> None:
        self._steps = [Step("STOPPING"), Step("CANCELED")]


@dataclass
class Update:
    """One update; `request` is the body that started it."""

    pipeline_id: str
    pipeline_name: str
    request: Json
    creation_time: int
    course: Course
    update_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: str = "QUEUED"

    @property
    def active(self) -> bool:
        return self.state not in ENDS

    def shown(self, spec: Mapping[str, Any]) -> Json:
        """As `get_update` shows it."""
        asked = ("full_refresh", "refresh_selection", "full_refresh_selection", "validate_only", "parameters")
        return {
            "pipeline_id": self.pipeline_id,
            "update_id": self.update_id,
            "cause": self.request.get("cause", "API_CALL"),
            "creation_time": self.creation_time,
            "state": self.state,
            "config": dict(spec),
            "full_refresh": False,
            **{name: self.request[name] for name in asked if name in self.request},
        }

    def in_short(self) -> Json:
        """As a pipeline's `latest_updates` shows it."""
        created = self.creation_time // 1000
        return {"update_id": self.update_id, "state": self.state, "creation_time": f"{created}"}


class EventWriter:
    """Makes whole events of what happens in updates, and keeps them, oldest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.events: list[Json] = []

    def write(self, update: Update, happening: Happening) -> None:
        number = len(self.events) + 1
        event: Json = {
            "id": str(uuid.uuid4()),
            "sequence": {"data_plane_id": {"instance": "execution", "seq_no": number}},
            "origin": {
                "cloud": "AWS",
                "region": "us-west-2",
                "pipeline_id": update.pipeline_id,
                "pipeline_name": update.pipeline_name,
                "pipeline_type": "WORKSPACE",
                "update_id": update.update_id,
                **happening.origin,
            },
            "timestamp": timestamp_text(self._clock.tick()),
            "message": happening.message.replace("{update}", update.update_id[:6]),
            "level": happening.level,
            "maturity_level": "STABLE",
            "details": {happening.event_type: dict(happening.details)},
            "event_type": happening.event_type,
        }
        if happening.error is not None:
            event["error"] = dict(happening.error)
        self.events.append(event)

    def take(self, update: Update, happening: Happening | Json) -> None:
        """Keep an event that is whole already, under the ids of this workspace."""
        if isinstance(happening, Happening):
            self.write(update, happening)
            return
        ids = {"pipeline_id": update.pipeline_id, "update_id": update.update_id, "pipeline_name": update.pipeline_name}
        message = happening["message"].replace(happening["origin"]["update_id"][:6], update.update_id[:6])
        self.events.append({**happening, "message": message, "origin": {**happening["origin"], **ids}})


@dataclass
class Updates:
    """All updates of one pipeline, and its event log. `start_course` says what the next update does."""

    clock: Clock
    start_course: Callable[[Update], Course] = lambda _: ScriptedCourse(completed())
    scripts: list[Script] = field(default_factory=list)
    started: list[Update] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._writer = EventWriter(self.clock)

    @property
    def events(self) -> list[Json]:
        return self._writer.events

    @property
    def active(self) -> Update | None:
        return next((update for update in self.started if update.active), None)

    def start(self, pipeline_id: str, pipeline_name: str, request: Json, user: str) -> Update:
        update = Update(pipeline_id, pipeline_name, request, self.clock.milliseconds(), ScriptedCourse(completed()))
        update.course = ScriptedCourse(self.scripts.pop(0)) if self.scripts else self.start_course(update)
        self.started.append(update)
        cause = request.get("cause", "API_CALL")
        asked = {**request, "cause": cause, "update_id": update.update_id}
        who = {"action": "START", "user_name": user}
        self._writer.write(update, Happening("user_action", f"User {user} started update {{update}}.", who))
        self._writer.write(update, Happening("create_update", f"Update {{update}} started by {cause}.", asked))
        return update

    def look(self, update: Update) -> None:
        """Go on with an active update, and write down what happened."""
        if not update.active:
            return
        state, happenings = update.course.look()
        if state != update.state and not any(_tells(happening) == state for happening in happenings):
            level = "ERROR" if state == "FAILED" else "INFO"
            told = Happening("update_progress", f"Update {{update}} is {state}.", {"state": state}, level)
            self._writer.write(update, told)
        for happening in happenings:
            self._writer.take(update, happening)
        update.state = state


def _tells(happening: Happening | Json) -> str | None:
    """The state of the update that an event tells."""
    if isinstance(happening, Happening):
        return happening.details.get("state") if happening.event_type == "update_progress" else None
    progress = happening["details"].get("update_progress")
    return progress["state"] if progress else None
