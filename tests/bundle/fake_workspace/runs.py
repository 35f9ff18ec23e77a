"""Runs of jobs: pipeline tasks start updates, all others end as a test says, in the order of their dependencies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bundle.fake_workspace.answers import ApiError, Json, bad_request
from tests.bundle.fake_workspace.scripts import ENDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.bundle.fake_workspace.pipelines import Pipelines
    from tests.bundle.fake_workspace.updates import Update

_RESULTS = {"COMPLETED": "SUCCESS", "FAILED": "FAILED", "CANCELED": "CANCELED"}
_REQUEST_FIELDS = ("full_refresh", "refresh_selection", "full_refresh_selection")
_WRONG = {"FAILED", "CANCELED", "UPSTREAM_FAILED"}


@dataclass
class _TaskRun:
    run_id: int
    task: Json
    result: str | None = None
    begun: bool = False
    update: Update | None = None
    message: str = ""

    @property
    def key(self) -> str:
        return str(self.task["task_key"])

    def state(self) -> Json:
        if self.result is None:
            return {"life_cycle_state": "RUNNING" if self.begun else "BLOCKED", "state_message": self.message}
        ended = "SKIPPED" if self.result in {"EXCLUDED", "UPSTREAM_FAILED"} else "TERMINATED"
        return {"life_cycle_state": ended, "result_state": self.result, "state_message": self.message}


@dataclass
class Run:
    """One run; each look lets tasks begin whose dependencies are done, and sees how far the others are."""

    run_id: int
    job_id: int
    settings: Json
    parameters: Mapping[str, str]
    start_time: int
    pipelines: Pipelines
    outcomes: Mapping[str, str]
    tasks: list[_TaskRun] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number, task in enumerate(self.settings.get("tasks", [])):
            self.tasks.append(_TaskRun(self.run_id * 1000 + number, task))

    @property
    def task_run_ids(self) -> Sequence[int]:
        return [task.run_id for task in self.tasks]

    @property
    def result(self) -> str | None:
        """None as long as a task is not done; a run fails if a last task does, and remembers failures before."""
        results = {task.key: task.result for task in self.tasks}
        if None in results.values():
            return None
        followed = {other["task_key"] for task in self.tasks for other in task.task.get("depends_on", [])}
        last = [task.result for task in self.tasks if task.key not in followed]
        if "CANCELED" in results.values():
            return "CANCELED"
        if _WRONG & set(last):
            return "FAILED"
        return "SUCCESS_WITH_FAILURES" if _WRONG & set(results.values()) else "SUCCESS"

    def look(self) -> None:
        for task in self.tasks:
            if task.begun and task.result is None:
                self._go_on(task)
        for task in self.tasks:
            needed = [other for other in self.tasks if other.key in _dependencies(task.task)]
            if not task.begun and task.result is None and all(other.result is not None for other in needed):
                self._begin(task, [str(other.result) for other in needed])

    def cancel(self) -> None:
        for task in self.tasks:
            if task.update and task.update.active:
                task.update.course.stop()
            task.result = task.result or "CANCELED"

    def _begin(self, task: _TaskRun, before: Sequence[str]) -> None:
        if not _may_run(str(task.task.get("run_if", "ALL_SUCCESS")), before):
            task.result = "UPSTREAM_FAILED" if _WRONG & set(before) else "EXCLUDED"
            return
        task.begun = True
        pipeline_task = task.task.get("pipeline_task")
        if pipeline_task is None:
            return
        body = {name: pipeline_task[name] for name in _REQUEST_FIELDS if name in pipeline_task}
        try:
            task.update = self.pipelines.start(pipeline_task["pipeline_id"], {**body, "cause": "JOB_TASK"})
        except ApiError as error:
            task.result, task.message = "FAILED", error.message

    def _go_on(self, task: _TaskRun) -> None:
        if task.update is None:
            task.result = self.outcomes.get(task.key, "SUCCESS")
            return
        self.pipelines.known[task.update.pipeline_id].updates.look(task.update)
        if task.update.state in ENDS:
            task.result = _RESULTS[task.update.state]

    def shown(self, user: str) -> Json:
        result = self.result
        state = (
            {"life_cycle_state": "TERMINATED", "result_state": result} if result else {"life_cycle_state": "RUNNING"}
        )
        tasks = [
            {"run_id": task.run_id, "task_key": task.key, "state": task.state(), "attempt_number": 0}
            | {name: task.task[name] for name in ("depends_on", "pipeline_task") if name in task.task}
            for task in self.tasks
        ]
        return {
            "job_id": self.job_id,
            "run_id": self.run_id,
            "run_name": self.settings.get("name", "Untitled"),
            "creator_user_name": user,
            "run_page_url": f"https://workspace.invalid/jobs/{self.job_id}/runs/{self.run_id}",
            "start_time": self.start_time,
            "state": state,
            "job_parameters": [{"name": name, "value": value} for name, value in self.parameters.items()],
            "tasks": tasks,
        }

    def output(self, run_id: int) -> Json:
        """Output of one task; of a run with several there is none."""
        for task in self.tasks:
            if run_id in {task.run_id, self.run_id} and (run_id == task.run_id or len(self.tasks) == 1):
                return {"metadata": {"run_id": task.run_id, "task_key": task.key, "state": task.state()}}
        raise bad_request("Retrieving the output of runs with multiple tasks is not supported")


def _dependencies(task: Json) -> set[str]:
    return {str(other["task_key"]) for other in task.get("depends_on", [])}


def _may_run(rule: str, before: Sequence[str]) -> bool:
    wrong = [result for result in before if result in _WRONG]
    good = [result for result in before if result == "SUCCESS"]
    verdicts = {
        "ALL_SUCCESS": len(good) == len(before),
        "ALL_DONE": True,
        "NONE_FAILED": not wrong,
        "AT_LEAST_ONE_SUCCESS": bool(good) or not before,
        "AT_LEAST_ONE_FAILED": bool(wrong),
        "ALL_FAILED": len(wrong) == len(before),
    }
    return verdicts[rule]
