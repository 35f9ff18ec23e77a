"""The real CLI deploys the bundle to a fake workspace, runs it, and takes it away; skipped where there is no CLI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from tests.bundle.command_line import Result, bundle, copy_of_the_bundle, environment, why_not
from tests.bundle.deploying import Deployment
from tests.bundle.fake_workspace import completed, failed, flow_progress
from tests.bundle.references import RUNNER, USER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bundle.fake_workspace import FakeWorkspace
    from tests.bundle.fake_workspace.fixture import OpenWorkspace

_WHY_NOT = why_not()
needs_cli = pytest.mark.skipif(_WHY_NOT is not None, reason=str(_WHY_NOT))
# Targets that somebody else deploys to do not know whom to call.
ONCALL = ("--var", "oncall_email=oncall")
LAKEHOUSE = f"[dev {USER}] fitness_lakehouse"


class Command(Protocol):
    def __call__(self, *words: str, target: str = "dev") -> Result: ...


@pytest.fixture
def workspace(open_workspace: OpenWorkspace) -> FakeWorkspace:
    return open_workspace(USER)


@pytest.fixture
def command(workspace: FakeWorkspace, tmp_path: Path) -> Command:
    """`databricks bundle`, by a developer in a copy of this checkout; it must succeed unless a test looks itself."""
    folder, env = copy_of_the_bundle(tmp_path / "checkout"), environment(workspace, tmp_path)

    def run(*words: str, target: str = "dev") -> Result:
        return bundle(*words, "--target", target, folder=folder, env=env)

    return run


def succeeded(result: Result) -> Result:
    assert result.returncode == 0, result.stdout + result.stderr
    return result


@needs_cli
@pytest.mark.parametrize(("target", "given"), [("dev", ()), ("ci", ONCALL)])
def test_the_configuration_is_valid_without_a_warning(command: Command, target: str, given: tuple[str, ...]) -> None:
    assert "Validation OK!" in succeeded(command("validate", "--strict", *given, target=target)).stdout


@needs_cli
def test_staging_is_valid_for_its_service_principal(open_workspace: OpenWorkspace, tmp_path: Path) -> None:
    workspace = open_workspace(RUNNER)
    workspace.unity_catalog.add_catalog("fitness_staging")
    folder, env = copy_of_the_bundle(tmp_path / "checkout"), environment(workspace, tmp_path)
    given = ("--var", f"runner={RUNNER}", *ONCALL)
    said = succeeded(bundle("validate", "--strict", "--target", "staging", *given, folder=folder, env=env))
    assert "Validation OK!" in said.stdout


@needs_cli
def test_what_is_deployed_is_not_deployed_again(command: Command, workspace: FakeWorkspace) -> None:
    resources = Deployment.of_target(workspace.client(), "dev").config["resources"]
    count = sum(len(members) for members in resources.values())
    assert f"{count} to add, 0 to change, 0 to delete" in succeeded(command("plan")).stdout
    succeeded(command("deploy"))
    assert {pipeline.name for pipeline in workspace.pipelines.known.values()} == {
        fields["name"] for fields in resources["pipelines"].values()
    }
    assert len(workspace.jobs.settings) == len(resources["jobs"])
    assert "0 to add, 0 to change, 0 to delete" in succeeded(command("plan")).stdout


@needs_cli
def test_the_rendered_configuration_is_what_the_cli_deploys(command: Command, workspace: FakeWorkspace) -> None:
    """Our rendering, from which everything else is tested, against the real one."""
    succeeded(command("deploy"))
    expected = Deployment.of_target(workspace.client(), "dev").config["resources"]["pipelines"]
    for fields in expected.values():
        sent = workspace.pipelines.named(fields["name"]).spec
        assert {name: sent.get(name) for name in fields} == fields


@needs_cli
def test_an_update_runs_to_its_end(command: Command, workspace: FakeWorkspace) -> None:
    succeeded(command("deploy"))
    workspace.pipelines.script(LAKEHOUSE, completed(flow_progress("fitness.silver.users", "COMPLETED")))
    said = succeeded(command("run", "fitness_lakehouse", "--refresh", "users"))
    assert "COMPLETED" in said.stdout + said.stderr
    (update,) = workspace.pipelines.named(LAKEHOUSE).updates.started
    assert update.request["refresh_selection"] == ["users"]


@needs_cli
def test_a_failed_update_fails_the_command(command: Command, workspace: FakeWorkspace) -> None:
    succeeded(command("deploy"))
    workspace.pipelines.script(LAKEHOUSE, failed(error=[("FlowError", "no such table")]))
    said = command("run", "fitness_lakehouse")
    assert said.returncode != 0
    assert "no such table" in said.stdout + said.stderr


@needs_cli
def test_destroying_leaves_nothing(command: Command, workspace: FakeWorkspace) -> None:
    succeeded(command("deploy"))
    succeeded(command("destroy", "--auto-approve"))
    assert not workspace.pipelines.known
    assert not workspace.jobs.settings
    assert not workspace.alerts.known
    assert not any(map(workspace.dashboards.active, workspace.dashboards.known))
    assert not workspace.unity_catalog.schemas
    assert not workspace.secrets.scopes
    assert not workspace.files.below(f"/Workspace/Users/{USER}/.bundle/fitness_lakehouse/dev")


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("Databricks CLI v1.13.0", None),
        ("Databricks CLI v2.0.1", None),
        ("Databricks CLI v1.12.9", "`databricks` is v1.12.9; the bundle needs v1.13.0"),
        ("Version 0.18.0", "`databricks --version` says Version 0.18.0"),
    ],
)
def test_an_old_cli_is_a_reason_to_skip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, reason: str | None
) -> None:
    command = tmp_path / "databricks"
    command.write_text(f"#!/bin/sh\necho '{output}'\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert why_not() == reason


def test_no_cli_is_a_reason_to_skip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert why_not() == "no `databricks` command on PATH"


def test_the_cli_sees_the_fake_workspace_only(
    workspace: FakeWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "production")
    monkeypatch.setenv("BUNDLE_VAR_catalog", "production")
    seen = environment(workspace, tmp_path)
    assert (seen["DATABRICKS_HOST"], seen["DATABRICKS_TOKEN"]) == (workspace.host, workspace.token)
    assert "DATABRICKS_CONFIG_PROFILE" not in seen
    assert "BUNDLE_VAR_catalog" not in seen
    assert seen["HOME"] == str(tmp_path)
