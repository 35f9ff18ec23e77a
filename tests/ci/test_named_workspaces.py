"""Which tests run where: none without a workspace that was named, none skipped once it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from databricks.sdk import WorkspaceClient  # noqa: TC002 - pytester forgets modules that are first imported inside it

from tests.bundle.fake_workspace import completed, failed, flow_progress

if TYPE_CHECKING:
    from tests.bundle.fake_workspace import FakeWorkspace
    from tests.bundle.fake_workspace.scripts import Script

RunTests = Callable[..., pytest.RunResult]
ROOT = Path(__file__).parents[2]
NO_WORKSPACE = "no workspace is named: set DATABRICKS_HOST and a login, or DATABRICKS_CONFIG_PROFILE"
PIPELINES = ("fitness_lakehouse", "lakehouse_validation", "live_health_alerts")
COUNTED = flow_progress("fitness.validation.heart_rate", "RUNNING", rows=7, rules=[("bpm_between_25_and_250", 7, 3)])


@pytest.fixture
def run_tests(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> RunTests:
    """Runs a folder of tests by themselves, in this process: another one would import the SDK for seconds."""
    for name in os.environ:
        if name.startswith(("DATABRICKS_", "SPARK_")):
            monkeypatch.delenv(name)

    def run(folder: str, *arguments: str, **environment: str) -> pytest.RunResult:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        of_ours = ("-c", ROOT / "pyproject.toml", f"--rootdir={ROOT}", f"--confcutdir={ROOT / folder}")
        return pytester.runpytest_inprocess(*of_ours, "-p", "no:cacheprovider", ROOT / folder, *arguments)

    return run


def test_without_a_workspace_its_tests_are_skipped_with_the_reason(run_tests: RunTests) -> None:
    done = run_tests("tests/workspace")
    assert done.ret == 0
    assert NO_WORKSPACE in said(done)
    assert "passed" not in said(done)


def test_a_run_that_needs_a_workspace_does_not_skip(run_tests: RunTests) -> None:
    done = run_tests("tests/workspace", "--need-workspace")
    assert done.ret == 4
    assert NO_WORKSPACE in said(done)


def test_a_workspace_that_refuses_the_login_is_an_error(run_tests: RunTests, workspace: FakeWorkspace) -> None:
    refused = workspace.environment | {"DATABRICKS_TOKEN": "of somebody else"}
    done = run_tests("tests/workspace", "-k", "last_update", **refused)
    assert done.ret == 1
    assert "Unauthenticated" in said(done)
    assert "skipped" not in said(done)


def test_a_deployed_lakehouse_passes(run_tests: RunTests, workspace: FakeWorkspace) -> None:
    run_update(workspace, completed(COUNTED))
    done = run_tests("tests/workspace", "--need-workspace", **workspace.environment)
    assert done.ret == 0, said(done)
    assert f"{len(PIPELINES) + 2} passed" in said(done)


def test_a_lakehouse_whose_validation_failed_does_not_pass(run_tests: RunTests, workspace: FakeWorkspace) -> None:
    run_update(workspace, failed())
    done = run_tests("tests/workspace", "--need-workspace", **workspace.environment)
    assert done.ret == 1
    assert "2 failed, 3 passed" in said(done)
    assert "assert 'FAILED' == 'COMPLETED'" in said(done)
    assert "no event of the update counts a rule" in said(done)


def test_a_workspace_without_the_lakehouse_does_not_pass(run_tests: RunTests, workspace: FakeWorkspace) -> None:
    done = run_tests("tests/workspace", "--need-workspace", **workspace.environment)
    assert done.ret == 1
    assert "0 pipelines are called 'lakehouse_validation'" in said(done)


def test_cases_are_not_run_beside_two_kinds_of_pyspark(
    run_tests: RunTests, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    metadata = tmp_path / "databricks_connect-19.3.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: databricks-connect\nVersion: 19.3.0\n", "utf-8")
    done = run_tests("tests/connect")
    assert done.ret == 4
    assert "pyspark 4.2.0 and databricks-connect 19.3.0 are both installed here" in said(done)


def run_update(workspace: FakeWorkspace, script: Script) -> None:
    """Deploys all pipelines and runs the validation to its end."""
    for name in PIPELINES:
        workspace.pipelines.create(name)
    workspace.pipelines.script("lakehouse_validation", script)
    client: WorkspaceClient = workspace.client()
    (validation,) = client.pipelines.list_pipelines(filter="name LIKE 'lakehouse_validation'")
    update = client.pipelines.start_update(str(validation.pipeline_id))
    for _ in script.steps:
        client.pipelines.get_update(str(validation.pipeline_id), str(update.update_id))


def said(done: pytest.RunResult) -> str:
    return done.stdout.str() + done.stderr.str()
