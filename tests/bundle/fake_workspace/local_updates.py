"""Updates that really run: the uploaded files, by `dlt_local`, in a process of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlt_local.dbutils.secrets import variable_name
from dlt_local.event_log import read_events
from tests.bundle.fake_workspace.answers import bad_request
from tests.bundle.fake_workspace.clock import timestamp_text
from tests.bundle.fake_workspace.scripts import ENDS, Happening

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlt_local.event_log import Event
    from tests.bundle.fake_workspace.answers import Json
    from tests.bundle.fake_workspace.files import Files
    from tests.bundle.fake_workspace.pipelines import Pipeline
    from tests.bundle.fake_workspace.secrets import Secrets
    from tests.bundle.fake_workspace.updates import Update

_REPOSITORY = Path(__file__).parents[3]
_TOLD_BY_THE_WORKSPACE = frozenset({"user_action", "create_update"})
_SELECTIONS = {
    "refresh_selection": "--refresh",
    "full_refresh_selection": "--full-refresh",
    "reset_checkpoint_selection": "--reset-checkpoint",
}
# What a request may say besides; a local run is one in development already.
_UNDERSTOOD = frozenset({*_SELECTIONS, "cause", "development", "full_refresh", "validate_only"})


@dataclass
class LocalUpdates:
    """Starts updates on the files of a workspace; its volumes and tables are local folders."""

    files: Files
    secrets: Secrets
    folder: Path
    courses: list[LocalCourse] = field(default_factory=list)

    @property
    def state(self) -> Path:
        """Tables, checkpoints and event logs of all pipelines."""
        return self.folder / "state"

    def __call__(self, pipeline: Pipeline, update: Update) -> LocalCourse:
        if unknown := sorted(set(update.request) - _UNDERSTOOD):
            raise bad_request(f"The fake workspace runs no updates with {', '.join(unknown)}")
        place = self.folder / "updates" / update.update_id
        self._write_files(place)
        spec = self._write_spec(place, pipeline)
        words = ["validate"] if update.request.get("validate_only") else ["run", *_options(pipeline, update.request)]
        command = [sys.executable, "-m", "dlt_local", *words, "--spec", str(spec), "--state", str(self.state)]
        course = LocalCourse(command, self._environment(), place, self.state, pipeline.pipeline_id)
        self.courses.append(course)
        return course

    def _write_files(self, place: Path) -> None:
        for path, content in self.files.below("/Workspace").items():
            file = place / "Workspace" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def _write_spec(self, place: Path, pipeline: Pipeline) -> Path:
        """The pipeline as an open-source pipeline file, in its root folder."""
        spec = pipeline.spec
        root = place / str(spec.get("root_path", self.files.home)).lstrip("/")
        local = {
            # The prefixes of development are no file names.
            "name": pipeline.pipeline_id,
            "catalog": spec["catalog"],
            "schema": spec["schema"],
            "libraries": _below(spec["libraries"], place),
            "configuration": _below(spec.get("configuration", {}), self.folder),
        }
        root.mkdir(parents=True, exist_ok=True)
        file = root / "spark-pipeline.yml"
        # JSON is YAML.
        file.write_text(json.dumps(local), encoding="utf-8")
        return file

    def _environment(self) -> Mapping[str, str]:
        """No way to a real workspace, and the secrets of this one."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DATABRICKS_")}
        given = {
            variable_name(scope, key): self.secrets.value(scope, key)
            for scope, members in self.secrets.scopes.items()
            for key in members.values
        }
        return {**kept, **given, "PYTHONPATH": str(_REPOSITORY)}


class LocalCourse:
    """One run of `dlt_local`; its events are read while it runs."""

    def __init__(self, command: list[str], environment: Mapping[str, str], place: Path, state: Path, name: str) -> None:
        self._state, self._name = state, name
        self._seen = {event.id for event in self._events()}
        self._told = "QUEUED"
        self._held: list[Event] = []
        self._stopped = False
        self._output = place / "output.txt"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                command, cwd=place, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )

    def look(self) -> tuple[str, list[Happening | Json]]:
        over = self._process.poll() is not None
        found = [*self._held, *(event for event in self._events() if event.id not in self._seen)]
        self._seen |= {event.id for event in found}
        # An update that is started again because of a new schema ends more than once; the last end counts.
        ends = [number for number, event in enumerate(found) if _state(event) in ENDS]
        told = len(found) if over or not ends else ends[0]
        self._held = found[told:]
        happenings: list[Happening | Json] = []
        for event in found[:told]:
            self._told = _state(event) or self._told
            happenings += [] if event.event_type in _TOLD_BY_THE_WORKSPACE else [_shown(event)]
        if over and self._told not in ENDS:
            end = self._end()
            self._told = str(end.details["state"])
            happenings.append(end)
        waits = self._stopped and self._told not in ENDS
        return ("STOPPING" if waits else self._told), happenings

    def stop(self) -> None:
        if self._process.poll() is None:
            self._stopped = True
            self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """Nothing of it goes on after its test."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _end(self) -> Happening:
        """What a process has to say that wrote no end: it validated only, could not start, or was stopped before."""
        if self._stopped:
            return Happening("update_progress", "Update {update} is CANCELED.", {"state": "CANCELED"})
        if self._process.returncode == 0:
            return Happening("update_progress", "Update {update} is COMPLETED.", {"state": "COMPLETED"})
        said = self._output.read_text(encoding="utf-8", errors="replace").strip()
        error = {"fatal": True, "exceptions": [{"class_name": "PipelineError", "message": said, "stack": []}]}
        return Happening("update_progress", "Update {update} is FAILED.", {"state": "FAILED"}, "ERROR", {}, error)

    def _events(self) -> Iterator[Event]:
        try:
            yield from read_events(self._state, self._name)
        except OSError:
            # The spool went into the table between two looks at it; the next call finds all of it there.
            return


def _options(pipeline: Pipeline, request: Json) -> Iterator[str]:
    if request.get("full_refresh"):
        yield "--full-refresh-all"
    if pipeline.spec.get("continuous"):
        yield "--continuous"
    for name, option in _SELECTIONS.items():
        if request.get(name):
            yield from (option, ",".join(request[name]))


def _below(value: Any, folder: Path) -> Any:
    """Texts with absolute paths of the workspace moved below a local folder."""
    if isinstance(value, dict):
        return {key: _below(part, folder) for key, part in value.items()}
    if isinstance(value, list):
        return [_below(part, folder) for part in value]
    return re.sub(r"^(?=/(Workspace|Volumes)/)", str(folder), value) if isinstance(value, str) else value


def _state(event: Event) -> str | None:
    """The state of the update that an event tells."""
    progress: Mapping[str, str] = event.details.get("update_progress", {})
    return progress.get("state")


def _shown(event: Event) -> Json:
    """As REST serves it: absent fields are left out, `details` is an object."""
    fields = asdict(event) | {"timestamp": timestamp_text(event.timestamp)}
    origin = {name: value for name, value in fields["origin"].items() if value is not None}
    return {name: value for name, value in (fields | {"origin": origin}).items() if value is not None}
