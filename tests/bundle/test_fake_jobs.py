"""Jobs and their runs in the fake workspace, seen through the real SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from databricks.sdk.errors import BadRequest, NotFound
from databricks.sdk.service.jobs import (
    DashboardTask,
    JobParameterDefinition,
    JobSettings,
    PipelineTask,
    RunIf,
    RunState,
    Task,
    TaskDependency,
)

from tests.bundle.fake_workspace import Script, completed, failed

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

    from tests.bundle.fake_workspace import FakeWorkspace

AFTER = [TaskDependency("refresh")]


def job(workspace: FakeWorkspace, client: WorkspaceClient, *scripts: Script) -> int:
    """refresh -> board, and a notice that runs only if the refresh went wrong."""
    pipeline_id = workspace.pipelines.create("fitness_lakehouse")
    workspace.pipelines.script("fitness_lakehouse", *scripts)
    tasks = [
        Task("refresh", pipeline_task=PipelineTask(pipeline_id, refresh_selection=["silver.users"])),
        Task("board", dashboard_task=DashboardTask(), depends_on=AFTER),
        Task("notice", dashboard_task=DashboardTask(), depends_on=AFTER, run_if=RunIf.AT_LEAST_ONE_FAILED),
    ]
    made = client.jobs.create(
        name="lakehouse_orchestration", tasks=tasks, parameters=[JobParameterDefinition("a", "1")]
    )
    assert made.job_id is not None
    return made.job_id


def outcome(client: WorkspaceClient, job_id: int) -> tuple[str | None, dict[str | None, str | None]]:
    """Result of a run and of its tasks, looked at until it is over."""
    run_id = int(client.jobs.run_now(job_id).run_id)
    for _ in range(12):
        run = client.jobs.get_run(run_id)
    return _result(run.state), {task.task_key: _result(task.state) for task in run.tasks or ()}


def _result(state: RunState | None) -> str | None:
    return state.result_state.value if state and state.result_state else None


def test_tasks_follow_their_dependencies(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    job_id = job(workspace, client, completed())
    assert outcome(client, job_id) == ("SUCCESS", {"refresh": "SUCCESS", "board": "SUCCESS", "notice": "EXCLUDED"})
    (update,) = workspace.pipelines.named("fitness_lakehouse").updates.started
    assert update.request == {"refresh_selection": ["silver.users"], "cause": "JOB_TASK"}


def test_a_failed_update_fails_what_follows(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    job_id = job(workspace, client, failed())
    assert outcome(client, job_id) == ("FAILED", {"refresh": "FAILED", "board": "UPSTREAM_FAILED", "notice": "SUCCESS"})


def test_a_test_says_how_other_tasks_end(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    job_id = job(workspace, client, completed())
    workspace.jobs.outcomes["board"] = "FAILED"
    assert outcome(client, job_id)[0] == "FAILED"


def test_a_job_is_reset_listed_and_deleted(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    job_id = job(workspace, client)
    client.jobs.reset(job_id, JobSettings(name="renamed", tasks=[Task("only", dashboard_task=DashboardTask())]))
    settings = client.jobs.get(job_id).settings
    assert settings is not None
    assert (settings.name, [task.task_key for task in settings.tasks or ()]) == ("renamed", ["only"])
    assert [listed.job_id for listed in client.jobs.list(name="Renamed")] == [job_id]
    client.jobs.delete(job_id)
    # A workspace says 400; the SDK knows what that means.
    with pytest.raises(NotFound):
        client.jobs.get(job_id)


def test_parameters_and_dependencies_must_exist(workspace: FakeWorkspace) -> None:
    client = workspace.client()
    job_id = job(workspace, client)
    with pytest.raises(BadRequest, match="no parameter b"):
        client.jobs.run_now(job_id, job_parameters={"b": "2"})
    with pytest.raises(BadRequest, match="'refresh', which is no task"):
        client.jobs.create(tasks=[Task("board", depends_on=AFTER)])
