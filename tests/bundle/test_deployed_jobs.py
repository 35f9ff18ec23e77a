"""Jobs of the bundle after a deployment to a fake workspace: what they name is there, and in which order they act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.bundle.deploying import Deployment
from tests.bundle.fake_workspace import FakeWorkspace, completed, failed
from tests.bundle.fake_workspace.identity import Identity
from tests.bundle.references import RUNNER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from databricks.sdk.service.jobs import Run

    from tests.bundle.fake_workspace import FakeServer, Script

LOOKS = 20


@pytest.fixture(scope="module")
def staging(fake_server: FakeServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeWorkspace]:
    """A workspace to which the service principal deployed; tests only add runs."""
    workspace = FakeWorkspace(fake_server, tmp_path_factory.mktemp("staging"), identity=Identity(RUNNER))
    workspace.unity_catalog.add_catalog("fitness_staging")
    Deployment.of_target(workspace.client(), "staging").deploy()
    yield workspace
    assert not workspace.unanswered
    workspace.close()


def texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a configuration with the name of its field."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from texts(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part, name)
    else:
        yield name, str(value)


def run(workspace: FakeWorkspace, *scripts: Script) -> Run:
    """A finished run of the orchestration, whose updates do what the scripts say."""
    workspace.pipelines.script("fitness_lakehouse", *scripts)
    jobs = workspace.client().jobs
    (job,) = jobs.list(name="lakehouse_orchestration")
    assert job.job_id is not None
    run_id = int(jobs.run_now(job.job_id).run_id)
    for _ in range(LOOKS):
        seen = jobs.get_run(run_id)
    return seen


def results(seen: Run) -> tuple[str | None, dict[str, str | None]]:
    """The result of a run, and of each of its tasks."""
    tasks = {
        task.task_key: task.state.result_state.value if task.state and task.state.result_state else None
        for task in seen.tasks or ()
    }
    return seen.state.result_state.value if seen.state and seen.state.result_state else None, tasks


def test_ids_in_jobs_are_those_of_deployed_resources(staging: FakeWorkspace) -> None:
    known = {
        "pipeline_id": set(staging.pipelines.known),
        "alert_id": set(staging.alerts.known),
        "dashboard_id": set(staging.dashboards.known),
        "job_id": set(map(str, staging.jobs.settings)),
        "warehouse_id": set(map(staging.warehouses.id_of, staging.warehouses.states)),
    }
    named = [pair for settings in staging.jobs.settings.values() for pair in texts(settings) if pair[0] in known]
    assert {name for name, _ in named} >= {"pipeline_id", "alert_id", "dashboard_id", "warehouse_id"}
    assert [(name, value) for name, value in named if value not in known[name]] == []


def test_files_and_volumes_that_resources_name_are_there(staging: FakeWorkspace) -> None:
    resources = [*staging.jobs.settings.values(), *(pipeline.spec for pipeline in staging.pipelines.known.values())]
    named = {text for resource in resources for name, text in texts(resource) if name != "metadata_file_path"}
    files = {text.removesuffix("/**") for text in named if text.startswith("/Workspace/")}
    assert any(file.endswith(".sql") for file in files)
    assert files - set(staging.files.entries) == set()
    volumes = {text for text in named if text.startswith("/Volumes/")}
    assert volumes
    assert all(staging.unity_catalog.place(volume) for volume in volumes)


def test_a_good_update_reaches_the_dashboards(staging: FakeWorkspace) -> None:
    result, tasks = results(run(staging, completed()))
    assert result == "SUCCESS"
    assert set(tasks.values()) == {"SUCCESS"}
    update = staging.pipelines.named("fitness_lakehouse").updates.started[-1]
    assert (update.request["cause"], update.state) == ("JOB_TASK", "COMPLETED")


def test_a_closed_gate_keeps_the_floors_dashboard_as_it_was(
    staging: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(staging.jobs.outcomes, "quality_gate", "FAILED")
    result, tasks = results(run(staging, completed()))
    assert result == "FAILED"
    assert tasks["gym_operations"] == "UPSTREAM_FAILED"
    assert (tasks["rule_pass_rate"], tasks["data_quality"]) == ("SUCCESS", "SUCCESS")


def test_a_failed_update_is_still_judged(staging: FakeWorkspace) -> None:
    result, tasks = results(run(staging, failed()))
    assert (tasks["update"], tasks["quality_results"]) == ("FAILED", "SUCCESS")
    # Whether the run then fails is up to the gate, which sees the update's state in its log.
    assert (tasks["quality_gate"], result) == ("SUCCESS", "SUCCESS_WITH_FAILURES")


def test_the_sdk_knows_every_field_of_the_jobs(staging: FakeWorkspace) -> None:
    jobs = staging.client().jobs
    for job_id, configured in staging.jobs.settings.items():
        settings = jobs.get(job_id).settings
        assert settings is not None
        assert settings.as_dict() == configured


def test_only_the_service_principal_manages_the_folder(staging: FakeWorkspace) -> None:
    client = staging.client()
    root = client.workspace.get_status(f"/Workspace/Users/{RUNNER}/.bundle/fitness_lakehouse/staging")
    assert staging.permissions.levels("directories", str(root.object_id)) == {RUNNER: "CAN_MANAGE"}
