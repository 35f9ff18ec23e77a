"""Jobs: what was sent, and their runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bundle.fake_workspace.answers import Json, bad_request
from tests.bundle.fake_workspace.routing import Request, Route
from tests.bundle.fake_workspace.runs import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bundle.fake_workspace.clock import Clock
    from tests.bundle.fake_workspace.identity import Identity
    from tests.bundle.fake_workspace.pipelines import Pipelines

_PATH = "/api/2.2/jobs"
_PAGE = 100


@dataclass
class Jobs:
    """Settings by job id. `outcomes` gives tasks that run nothing here another end than SUCCESS, by task key."""

    identity: Identity
    clock: Clock
    pipelines: Pipelines
    settings: dict[int, Json] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    def routes(self) -> Iterator[Route]:
        yield Route("POST", f"{_PATH}/create", self._create)
        yield Route("GET", f"{_PATH}/get", self._get)
        yield Route("GET", f"{_PATH}/list", self._list)
        yield Route("POST", f"{_PATH}/reset", self._reset)
        yield Route("POST", f"{_PATH}/delete", self._delete)
        yield Route("POST", f"{_PATH}/run-now", self._run_now)
        yield Route("GET", f"{_PATH}/runs/get", self._get_run)
        yield Route("GET", f"{_PATH}/runs/get-output", self._get_output)
        yield Route("POST", f"{_PATH}/runs/cancel", self._cancel)

    def _known(self, job_id: object) -> Json:
        number = int(str(job_id))
        if number not in self.settings:
            raise bad_request(f"Job {number} does not exist.")
        return self.settings[number]

    def _create(self, request: Request) -> Json:
        job_id = 700_000 + len(self.settings) + len(self.runs)
        self.settings[job_id] = _checked(dict(request.body))
        return {"job_id": job_id}

    def _shown(self, job_id: int, settings: Json) -> Json:
        user = {"creator_user_name": self.identity.user_name, "run_as_user_name": self.identity.user_name}
        return {"job_id": job_id, "settings": settings, **user}

    def _get(self, request: Request) -> Json:
        job_id = int(request.one("job_id"))
        settings, start = self._known(job_id), int(request.one("page_token", "0") or 0)
        tasks = settings.get("tasks", [])
        shown = {**settings, "tasks": tasks[start : start + _PAGE]} if tasks else settings
        answer = self._shown(job_id, shown)
        return {**answer, "next_page_token": f"{start + _PAGE}"} if start + _PAGE < len(tasks) else answer

    def _list(self, request: Request) -> Json:
        name = request.one("name", "").lower()
        fits = {job: one for job, one in self.settings.items() if name in {"", str(one.get("name", "")).lower()}}
        return {"jobs": [self._shown(job_id, settings) for job_id, settings in fits.items()]} if fits else {}

    def _reset(self, request: Request) -> Json:
        self._known(request.body.get("job_id"))
        self.settings[int(request.body["job_id"])] = _checked(dict(request.body["new_settings"]))
        return {}

    def _delete(self, request: Request) -> Json:
        self._known(request.body.get("job_id"))
        del self.settings[int(request.body["job_id"])]
        return {}

    def _run_now(self, request: Request) -> Json:
        job_id = int(request.needed("job_id")[0])
        settings = self._known(job_id)
        run_id = 900_000 + len(self.runs)
        given = {name: str(value) for name, value in (request.body.get("job_parameters") or {}).items()}
        declared = {one["name"]: str(one.get("default", "")) for one in settings.get("parameters", [])}
        if unknown := sorted(set(given) - set(declared)):
            raise bad_request(f"Job {job_id} has no parameter {', '.join(unknown)}")
        start = self.clock.milliseconds()
        self.runs[run_id] = Run(run_id, job_id, settings, {**declared, **given}, start, self.pipelines, self.outcomes)
        return {"run_id": run_id, "number_in_job": run_id}

    def _run(self, run_id: object) -> Run:
        number = int(str(run_id))
        for run in self.runs.values():
            if number == run.run_id or number in run.task_run_ids:
                return run
        raise bad_request(f"Run {number} does not exist.")

    def _get_run(self, request: Request) -> Json:
        run = self._run(request.one("run_id"))
        run.look()
        return run.shown(self.identity.user_name)

    def _get_output(self, request: Request) -> Json:
        run_id = int(request.one("run_id"))
        return self._run(run_id).output(run_id)

    def _cancel(self, request: Request) -> Json:
        self._run(request.body.get("run_id")).cancel()
        return {}


def _checked(settings: Json) -> Json:
    """Task keys are unique, and what tasks depend on exists."""
    keys = [task.get("task_key") for task in settings.get("tasks", [])]
    if None in keys or len(set(keys)) < len(keys):
        raise bad_request(f"Tasks need keys of their own: {keys}")
    for task in settings.get("tasks", []):
        for other in task.get("depends_on", []):
            if other["task_key"] not in keys:
                raise bad_request(f"Task '{task['task_key']}' depends on '{other['task_key']}', which is no task")
    return settings
