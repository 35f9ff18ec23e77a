"""What a target becomes: our golden files, and each effect of modes and presets on a small bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from dlt_local.errors import PipelineError
from tests.bundle.bundles import written
from tests.bundle.references import RUNNER
from tests.bundle.rendering import GOLDEN, TARGETS, golden_text, rendered
from tests.bundle.tree import plain

if TYPE_CHECKING:
    from pathlib import Path

GROUPS = ("engineers_group", "oncall_group", "analysts_group", "coaches_group")


@pytest.mark.parametrize("target", ["dev", "ci"])
def test_a_copy_for_trying_asks_for_no_group_of_the_account(target: str) -> None:
    """Permissions and grants to a group that does not exist stop a deployment, and no developer may make one."""
    described = yaml.safe_load((GOLDEN / f"{target}.yml").read_text("utf-8"))
    named = str(described["resources"])
    assert [group for group in GROUPS if described["variables"][group] in named] == []


_BUNDLE = """\
bundle: {name: gyms}
variables:
  catalog: {default: "${bundle.name}_${bundle.target}"}
  runner: {description: who runs}
  who: {description: whom to tell}
  rules: {type: complex, default: {rules: [{metric: RUN_DURATION_SECONDS, op: GREATER_THAN, value: 60}]}}
permissions:
  - {group_name: engineers, level: CAN_VIEW}
  - {group_name: oncall, level: CAN_RUN}
presets: {tags: {project: gyms}}
resources:
  schemas:
    silver: {catalog_name: "${var.catalog}", name: silver}
  volumes:
    landing: {catalog_name: "${var.catalog}", schema_name: "${resources.schemas.silver.name}", name: landing}
  pipelines:
    lakehouse:
      name: lakehouse
      schema: ${resources.schemas.silver.name}
      continuous: true
      libraries: [{glob: {include: ./src/**}}]
      configuration: {landing: "${resources.volumes.landing.volume_path}/in"}
      notifications: [{email_recipients: ["${var.who}"]}]
  jobs:
    nightly:
      name: "nightly of ${resources.pipelines.lakehouse.name}"
      trigger: {file_arrival: {url: "${resources.volumes.landing.volume_path}/"}}
      health: ${var.rules}
      permissions: [{group_name: oncall, level: CAN_VIEW}]
      tags: {project: own}
      tasks:
        - {task_key: load, pipeline_task: {pipeline_id: "${resources.pipelines.lakehouse.id}"}}
        - {task_key: check, spark_python_task: {python_file: src/check.py, parameters: ["{{job.run_id}}"]}}
    often:
      name: often
      max_concurrent_runs: 2
      schedule: {quartz_cron_expression: "0 0 * * * ?", timezone_id: UTC, pause_status: UNPAUSED}
  dashboards:
    gyms: {display_name: Gyms, file_path: src/gyms.lvdash.json}
  alerts:
    late: {display_name: late, schedule: {quartz_cron_schedule: "0 0 * * * ?", timezone_id: UTC}}
  secret_scopes:
    passwords: {name: passwords}
targets:
  dev: {default: true, mode: development}
  prod:
    mode: production
    workspace: {root_path: "/Workspace/Users/${var.runner}/.bundle/${bundle.name}/${bundle.target}"}
    run_as: {service_principal_name: "${var.runner}"}
    presets: {trigger_pause_status: UNPAUSED}
"""


def _rendered(root: Path, target: str, text: str = _BUNDLE) -> Any:
    return plain(rendered(target, written(root, {"databricks.yml": text})))


def _resources(root: Path, target: str, text: str = _BUNDLE) -> Any:
    return _rendered(root, target, text)["resources"]


@pytest.mark.parametrize("target", TARGETS)
def test_golden_files_are_up_to_date(target: str) -> None:
    committed = (GOLDEN / f"{target}.yml").read_text(encoding="utf-8")
    assert golden_text(target) == committed, "run python -m tests.bundle.rendering and review what changed"


def test_development_prefixes_names(tmp_path: Path) -> None:
    found = _resources(tmp_path, "dev")
    assert found["pipelines"]["lakehouse"]["name"] == "[dev someone] lakehouse"
    assert found["jobs"]["nightly"]["name"] == "[dev someone] nightly of [dev someone] lakehouse"
    assert found["dashboards"]["gyms"]["display_name"] == "[dev someone] Gyms"
    assert found["alerts"]["late"]["display_name"] == "[dev someone] late"
    assert found["schemas"]["silver"]["name"] == "dev_someone_silver"
    assert found["volumes"]["landing"]["name"] == "landing"
    assert found["secret_scopes"]["passwords"]["name"] == "passwords"


def test_references_follow_the_prefix(tmp_path: Path) -> None:
    found = _resources(tmp_path, "dev")
    assert found["pipelines"]["lakehouse"]["schema"] == "dev_someone_silver"
    assert found["volumes"]["landing"]["schema_name"] == "dev_someone_silver"
    path = "/Volumes/gyms_dev/dev_someone_silver/landing"
    assert found["pipelines"]["lakehouse"]["configuration"] == {"landing": f"{path}/in"}
    assert found["jobs"]["nightly"]["trigger"]["file_arrival"]["url"] == f"{path}/"
    assert found["jobs"]["nightly"]["tasks"][0]["pipeline_task"]["pipeline_id"] == "${resources.pipelines.lakehouse.id}"


def test_development_stops_what_runs_by_itself(tmp_path: Path) -> None:
    found = _resources(tmp_path, "dev")
    assert found["jobs"]["nightly"]["trigger"]["pause_status"] == "PAUSED"
    assert found["alerts"]["late"]["schedule"]["pause_status"] == "PAUSED"
    assert found["jobs"]["often"]["schedule"]["pause_status"] == "UNPAUSED"
    assert found["pipelines"]["lakehouse"]["continuous"] is False
    assert found["pipelines"]["lakehouse"]["development"] is True


def test_development_lets_jobs_run_side_by_side_unless_they_say_otherwise(tmp_path: Path) -> None:
    found = _resources(tmp_path, "dev")["jobs"]
    assert (found["nightly"]["max_concurrent_runs"], found["often"]["max_concurrent_runs"]) == (4, 2)
    found = _resources(tmp_path, "prod")["jobs"]
    assert (found["nightly"]["max_concurrent_runs"], found["often"]["max_concurrent_runs"]) == (1, 2)


def test_tags_of_the_resource_win(tmp_path: Path) -> None:
    found = _resources(tmp_path, "dev")
    assert found["jobs"]["nightly"]["tags"] == {"dev": "someone", "project": "own"}
    assert found["pipelines"]["lakehouse"]["tags"] == {"dev": "someone", "project": "gyms"}


def test_production_runs_as_the_service_principal(tmp_path: Path) -> None:
    found = _rendered(tmp_path, "prod")
    runner = {"service_principal_name": RUNNER}
    assert found["resources"]["jobs"]["nightly"]["run_as"] == runner
    assert found["resources"]["pipelines"]["lakehouse"]["run_as"] == runner
    assert found["resources"]["alerts"]["late"]["run_as"] == runner
    assert found["workspace"]["file_path"] == f"/Workspace/Users/{RUNNER}/.bundle/gyms/prod/files"
    assert found["resources"]["pipelines"]["lakehouse"]["continuous"] is True
    assert "development" not in found["resources"]["pipelines"]["lakehouse"]
    assert found["resources"]["jobs"]["nightly"]["trigger"]["pause_status"] == "UNPAUSED"


def test_permissions_of_the_bundle_reach_each_resource_in_its_own_words(tmp_path: Path) -> None:
    found = _resources(tmp_path, "prod")
    owner = {"service_principal_name": RUNNER, "level": "IS_OWNER"}
    manager = {"service_principal_name": RUNNER, "level": "CAN_MANAGE"}
    engineers = {"group_name": "engineers", "level": "CAN_VIEW"}
    assert found["jobs"]["nightly"]["permissions"] == [
        {"group_name": "oncall", "level": "CAN_VIEW"},
        engineers,
        owner,
    ]
    assert found["jobs"]["often"]["permissions"] == [
        engineers,
        {"group_name": "oncall", "level": "CAN_MANAGE_RUN"},
        owner,
    ]
    assert found["dashboards"]["gyms"]["permissions"] == [{"group_name": "engineers", "level": "CAN_READ"}, manager]
    assert found["secret_scopes"]["passwords"]["permissions"] == [
        {"group_name": "engineers", "level": "READ"},
        {"service_principal_name": RUNNER, "level": "MANAGE"},
    ]


def test_files_are_where_the_deployment_puts_them(tmp_path: Path) -> None:
    found = _resources(tmp_path, "dev")
    files = "/Workspace/Users/someone/.bundle/gyms/dev/files"
    assert found["pipelines"]["lakehouse"]["libraries"] == [{"glob": {"include": f"{files}/src/**"}}]
    assert found["jobs"]["nightly"]["tasks"][1]["spark_python_task"] == {
        "python_file": f"{files}/src/check.py",
        "parameters": ["{{job.run_id}}"],
    }
    assert found["dashboards"]["gyms"]["file_path"] == "src/gyms.lvdash.json"


def test_whoever_makes_a_secret_scope_manages_it(tmp_path: Path) -> None:
    without = _BUNDLE.replace("permissions:\n  - {group_name: engineers, level: CAN_VIEW}\n", "x:\n")
    manager = {"user_name": "someone", "level": "MANAGE"}
    assert _resources(tmp_path, "dev", without)["secret_scopes"]["passwords"]["permissions"] == [manager]
    assert "permissions" not in _resources(tmp_path, "dev", without)["pipelines"]["lakehouse"]


def test_a_privilege_is_granted_once(tmp_path: Path) -> None:
    grant = "{principal: p, privileges: [SELECT, USE_SCHEMA, SELECT]}"
    text = _BUNDLE.replace("name: silver}", f"name: silver, grants: [{grant}]}}")
    assert _resources(tmp_path, "dev", text)["schemas"]["silver"]["grants"] == [
        {"principal": "p", "privileges": ["SELECT", "USE_SCHEMA"]}
    ]


_BELOW = """\
resources:
  dashboards:
    gyms: {display_name: Gyms, file_path: ../src/gyms.lvdash.json}
  jobs:
    checks:
      environments:
        - {environment_key: a, spec: {dependencies: [../dist/gyms.whl, "--editable ${workspace.file_path}", requests]}}
      permissions:
        - {user_name: owner, level: IS_OWNER}
        - {group_name: oncall, level: CAN_VIEW}
        - {group_name: oncall, level: CAN_MANAGE_RUN}
"""


def test_files_are_found_from_the_file_that_names_them(tmp_path: Path) -> None:
    main = "bundle: {name: gyms}\ninclude: [resources/*.yml]\ntargets: {dev: {mode: development}}\n"
    root = written(tmp_path, {"databricks.yml": main, "resources/x.yml": _BELOW})
    found = plain(rendered("dev", root))["resources"]
    assert found["dashboards"]["gyms"]["file_path"] == "src/gyms.lvdash.json"
    files = "/Workspace/Users/someone/.bundle/gyms/dev/files"
    dependencies = [f"{files}/dist/gyms.whl", f"--editable {files}", "requests"]
    assert found["jobs"]["checks"]["environments"][0]["spec"]["dependencies"] == dependencies


def test_the_deployer_manages_what_another_owns_and_the_highest_level_counts(tmp_path: Path) -> None:
    main = "bundle: {name: gyms}\ninclude: [resources/*.yml]\ntargets: {dev: {mode: development}}\n"
    root = written(tmp_path, {"databricks.yml": main, "resources/x.yml": _BELOW})
    assert plain(rendered("dev", root))["resources"]["jobs"]["checks"]["permissions"] == [
        {"user_name": "owner", "level": "IS_OWNER"},
        {"group_name": "oncall", "level": "CAN_MANAGE_RUN"},
        {"user_name": "someone", "level": "CAN_MANAGE"},
    ]


def test_a_complex_variable_is_a_value_of_its_own(tmp_path: Path) -> None:
    rules = [{"metric": "RUN_DURATION_SECONDS", "op": "GREATER_THAN", "value": 60}]
    assert _resources(tmp_path, "dev")["jobs"]["nightly"]["health"] == {"rules": rules}


def test_values_that_only_the_deployer_knows_are_shown_as_such(tmp_path: Path) -> None:
    found = _resources(tmp_path, "dev")["pipelines"]["lakehouse"]
    assert found["notifications"] == [{"email_recipients": ["<who>"]}]


@pytest.mark.parametrize(
    ("prefix", "schema"),
    [
        ('"[ci 7 ${workspace.current_user.short_name}] "', "ci_7_someone_silver"),
        ('"ci_${workspace.current_user.short_name}_"', "ci_someonesilver"),
    ],
)
def test_only_a_prefix_in_brackets_is_kept_apart_from_names_of_schemas(
    tmp_path: Path, prefix: str, schema: str
) -> None:
    text = _BUNDLE.replace("mode: development}", f"mode: development, presets: {{name_prefix: {prefix}}}}}")
    assert _resources(tmp_path, "dev", text)["schemas"]["silver"]["name"] == schema


@pytest.mark.parametrize(
    ("old", "new", "target", "message"),
    [
        ("    workspace: {root_path", "    x: {root_path", "prod", "has no root_path"),
        ("      continuous: true", "      development: true", "prod", ":LINE: Pipeline 'lakehouse' is in development"),
        (
            "mode: development}",
            "mode: development, presets: {name_prefix: ci_}}",
            "dev",
            ":LINE: name_prefix of a development target lacks the user's name",
        ),
        (
            "mode: development}",
            "mode: development, presets: {trigger_pause_status: UNPAUSED}}",
            "dev",
            ":LINE: Triggers of a development target cannot be UNPAUSED",
        ),
        (
            "mode: development}",
            "mode: development, workspace: {root_path: /Workspace/Shared/x}}",
            "dev",
            ":LINE: root_path of a development target lacks the user's name",
        ),
        ("mode: development}", "mode: develop}", "dev", "Mode 'develop' is neither"),
        ("include: ./src/**", "include: ../elsewhere/**", "dev", "'../elsewhere/**' lies outside of the bundle"),
        (
            "silver.name}\n      cont",
            "slver.name}\n      cont",
            "dev",
            ":LINE: Reference '${resources.schemas.slver.name}'",
        ),
        ('["${var.who}"]', '["${var.whom}"]', "dev", ":LINE: Variable 'whom' is not declared"),
        ("${bundle.name}_${bundle.target}", "${var.catalog}", "dev", "References go round in a circle: var.catalog"),
    ],
)
def test_what_the_cli_refuses_is_an_error(tmp_path: Path, old: str, new: str, target: str, message: str) -> None:
    before, found, _ = _BUNDLE.partition(old)
    assert found
    with pytest.raises(PipelineError) as caught:
        _rendered(tmp_path, target, _BUNDLE.replace(old, new))
    assert message.replace("LINE", str(before.count("\n") + 1)) in str(caught.value)
