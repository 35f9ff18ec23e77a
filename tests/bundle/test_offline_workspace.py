"""The bundle deployed to a fake workspace, run there on fixture files, and taken away again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from databricks.sdk.service.catalog import Privilege
from databricks.sdk.service.pipelines import PipelineSpec

from fitness.rule_files import FOLDER, rules_of
from tests.bundle.command_line import environment
from tests.bundle.deployed_resources import GROUPS
from tests.bundle.deploying import Deployment, ResourceKeptError, uploaded_files
from tests.bundle.event_pages import events_of_update
from tests.bundle.fake_workspace import FakeWorkspace
from tests.bundle.fake_workspace.identity import Identity
from tests.bundle.fake_workspace.warehouses import STARTER_ID
from tests.bundle.references import RUNNER, USER
from tests.bundle.rendering import ROOT, TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bundle.fake_workspace import FakeServer
    from tests.bundle.fake_workspace.fixture import OpenWorkspace

LAKEHOUSE = f"[dev {USER}] fitness_lakehouse"
LOG = f"fitness.dev_{USER}_ops.fitness_lakehouse_event_log"
BRONZE, SILVER = f"dev_{USER}_bronze", f"dev_{USER}_silver"
# All lines of the doors on one day: eight, one of a device that has no MAC address, one that ends before it begins.
DOORS = ROOT / "fixtures/landing/2026-04-14/gym_logins"
BROKEN_ONCE = {"mac_address_has_six_pairs", "logout_after_login"}


@pytest.fixture(scope="module")
def dev(fake_server: FakeServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeWorkspace]:
    """A workspace to which a developer deployed."""
    folder = tmp_path_factory.mktemp("dev")
    workspace = FakeWorkspace(fake_server, folder, identity=Identity(USER))
    Deployment.of_target(workspace.client(), "dev").deploy()
    yield workspace
    assert not workspace.unanswered
    workspace.close()


@pytest.fixture(scope="module")
def update_id(dev: FakeWorkspace) -> str:
    """A finished update of three tables on the lines of the doors."""
    dev.run_updates()
    shutil.copytree(DOORS, dev.unity_catalog.place(f"/Volumes/fitness/{BRONZE}/landing") / "gym_logins")
    chosen = f"{BRONZE}.gym_logins_bz,{BRONZE}.kafka_multiplex_bz,{SILVER}.gym_logins_checked"
    done = fitness_ops(dev, "trigger", LAKEHOUSE, "--refresh", chosen)
    assert done.returncode == 0, done.stdout + done.stderr
    (update,) = dev.pipelines.named(LAKEHOUSE).updates.started
    assert update.request["refresh_selection"] == chosen.split(",")
    return update.update_id


def fitness_ops(workspace: FakeWorkspace, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as an engineer calls it, signed in to the workspace."""
    command, env = [sys.executable, "-m", "workspace_ops", *words], environment(workspace, workspace.folder)
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.parametrize("target", TARGETS)
def test_every_resource_of_a_target_is_deployed_once(open_workspace: OpenWorkspace, target: str) -> None:
    deployer = USER if target in {"dev", "ci"} else RUNNER
    workspace = open_workspace(deployer)
    for catalog in ("fitness_staging", "fitness_prod"):
        workspace.unity_catalog.add_catalog(catalog)
    first = Deployment.of_target(workspace.client(), target)
    expected = [f"create {group}.{key}" for group in GROUPS for key in sorted(first.config["resources"].get(group, {}))]
    assert first.deploy() == expected
    before = len(workspace.requests)
    assert Deployment.of_target(workspace.client(), target).deploy() == []
    written = {request.path.split("/")[3] for request in workspace.requests[before:] if request.method != "GET"}
    assert written <= {"workspace", "workspace-files", "permissions"}


def test_what_is_deployed_is_what_was_configured(dev: FakeWorkspace) -> None:
    configured = Deployment.of_target(dev.client(), "dev").config["resources"]["pipelines"]["fitness_lakehouse"]
    read = dev.client().pipelines.get(dev.pipelines.named(LAKEHOUSE).pipeline_id).spec
    assert isinstance(read, PipelineSpec)
    assert {**read.as_dict(), "id": None} == {**configured, "id": None}


def test_sources_are_uploaded_and_nothing_else(dev: FakeWorkspace) -> None:
    config = Deployment.of_target(dev.client(), "dev").config
    uploaded = dev.files.below(config["workspace"]["file_path"])
    assert sorted(uploaded) == sorted(uploaded_files(config, ROOT))
    assert {name.partition("/")[0] for name in uploaded} == {"databricks.yml", "dlt_pipelines", "fixtures", "jobs"}
    assert uploaded["dlt_pipelines/silver/heart_rate.py"] == (ROOT / "dlt_pipelines/silver/heart_rate.py").read_bytes()
    assert {f"dlt_pipelines/rules/{file.name}" for file in FOLDER.iterdir()} <= set(uploaded)


def test_the_update_counts_what_the_doors_sent(dev: FakeWorkspace, update_id: str) -> None:
    pipeline_id = dev.pipelines.named(LAKEHOUSE).pipeline_id
    counted: dict[tuple[str, str], tuple[int, int]] = {}
    rows: dict[str, int] = {}
    for event in events_of_update(dev.client(), pipeline_id, update_id):
        progress = event["details"].get("flow_progress", {})
        flow = event["origin"].get("flow_name", "")
        rows[flow] = rows.get(flow, 0) + progress.get("metrics", {}).get("num_output_rows", 0)
        for rule in progress.get("data_quality", {}).get("expectations", []):
            if event["origin"]["flow_name"] == f"{SILVER}.gym_logins_checked":
                passed, failed = counted.get((rule["dataset"], rule["name"]), (0, 0))
                counted[rule["dataset"], rule["name"]] = (
                    passed + rule["passed_records"],
                    failed + rule["failed_records"],
                )
    assert rows[f"{BRONZE}.gym_logins_bz"] == rows[f"{SILVER}.gym_logins_checked"] == 8
    assert rows.get("landing", 0) == rows.get("gym_login_events", 0) == 0
    assert {dataset for dataset, _ in counted} == {f"fitness.{SILVER}.gym_logins_checked"}
    wrong = {name for (_, name), (_, failed) in counted.items() if failed}
    assert wrong == BROKEN_ONCE
    assert set(counted.values()) == {(8, 0), (7, 1)}


def test_events_are_those_of_this_update(dev: FakeWorkspace, update_id: str) -> None:
    pipeline_id = dev.pipelines.named(LAKEHOUSE).pipeline_id
    found = events_of_update(dev.client(), pipeline_id, update_id)
    assert {(event["origin"]["pipeline_id"], event["origin"]["update_id"]) for event in found} == {
        (pipeline_id, update_id)
    }
    states = [event["details"]["update_progress"]["state"] for event in found if "update_progress" in event["details"]]
    assert states == ["WAITING_FOR_RESOURCES", "INITIALIZING", "SETTING_UP_TABLES", "RUNNING", "COMPLETED"]
    assert [event["event_type"] for event in found].count("create_update") == 1


@pytest.mark.parametrize(
    # Seven of eight lines are 87.5 %.
    ("where", "least", "code"),
    [((LAKEHOUSE,), "0.87", 0), (("--warehouse", STARTER_ID, "--event-log", LOG), "0.88", 1)],
    ids=["rest", "table"],
)
def test_the_report_says_what_the_doors_sent(
    dev: FakeWorkspace, update_id: str, where: tuple[str, ...], least: str, code: int
) -> None:
    said = fitness_ops(dev, "report", "--format", "json", "--fail-under", least, *where)
    assert (said.returncode, said.stderr) == (code, "")
    (update,) = json.loads(said.stdout)["updates"]
    assert (update["update_id"], update["state"], update["source"]) == (update_id, "COMPLETED", "databricks")
    counted = {
        rule["expectation"]: (rule["passed"], rule["failed"])
        for rule in update["expectations"]
        if rule["flow_name"] == f"{SILVER}.gym_logins_checked" and rule["status"] in {"passed", "failed"}
    }
    assert {name for name, counts in counted.items() if counts != (8, 0)} == BROKEN_ONCE
    assert {counted[name] for name in BROKEN_ONCE} == {(7, 1)}
    assert set(rules_of("gym_logins_checked")) <= set(counted)


def test_destroying_leaves_nothing(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace(USER)
    folders = set(workspace.files.entries)
    deployment = Deployment.of_target(workspace.client(), "ci")
    deployment.deploy()
    deployment.destroy()
    assert not workspace.pipelines.known
    assert not workspace.jobs.settings
    assert not workspace.unity_catalog.schemas
    assert not workspace.unity_catalog.volumes
    assert not workspace.secrets.scopes
    assert not workspace.alerts.known
    assert not any(map(workspace.dashboards.active, workspace.dashboards.known))
    left = set(workspace.files.entries) - folders
    assert all(workspace.files.is_folder(path) for path in left), left


def test_production_cannot_be_destroyed(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace(RUNNER)
    workspace.unity_catalog.add_catalog("fitness_prod")
    deployment = Deployment.of_target(workspace.client(), "prod")
    deployment.deploy()
    with pytest.raises(ResourceKeptError, match=r"pipelines\.fitness_lakehouse"):
        deployment.destroy()
    assert workspace.pipelines.known


def test_analysts_read_gold_only(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace(RUNNER)
    workspace.unity_catalog.add_catalog("fitness_prod")
    Deployment.of_target(workspace.client(), "prod").deploy()
    grants = workspace.client().grants
    readable = []
    for schema in workspace.unity_catalog.schemas:
        held = grants.get_effective("schema", schema, principal="fitness-analysts").privilege_assignments or []
        if any(one.privilege is Privilege.SELECT for assignment in held for one in assignment.privileges or ()):
            readable.append(schema)
    assert readable == ["fitness_prod.gold"]


def test_a_changed_resource_is_updated_and_a_removed_one_deleted(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace(USER)
    deployment = Deployment.of_target(workspace.client(), "dev")
    deployment.deploy()
    resources = deployment.config["resources"]
    resources["schemas"]["gold"]["comment"] = "Changed."
    del resources["pipelines"]["live_health_alerts"]
    assert deployment.deploy() == ["delete pipelines.live_health_alerts", "update schemas.gold"]
    assert workspace.client().schemas.get(f"fitness.dev_{USER}_gold").comment == "Changed."


def test_the_doctor_finds_a_deployed_workspace_in_order(dev: FakeWorkspace) -> None:
    said = fitness_ops(dev, "doctor", LAKEHOUSE)
    assert (said.returncode, said.stderr) == (0, ""), said.stdout
    assert f"landing volume fitness.{BRONZE}.landing" in said.stdout
