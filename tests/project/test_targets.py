"""What a target changes in a bundle's resources: lists whose items have a key are merged item by item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from dlt_local.project.bundle import read_bundle
from dlt_local.project.yaml_nodes import ListNode, MapNode, Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    WriteBundle = Callable[[Mapping[str, str]], Path]

_LISTS = """\
resources:
  jobs:
    nightly:
      tasks:
        - {task_key: load, timeout_seconds: 60}
        - {task_key: check, depends_on: [{task_key: load}]}
      parameters: [{name: day, default: "1"}]
      job_clusters: [{job_cluster_key: small, new_cluster: {num_workers: 1}}]
      environments: [{environment_key: a}]
  pipelines:
    lakehouse:
      clusters: [{num_workers: 1}, {label: maintenance, num_workers: 1}]
  schemas:
    gold:
      grants: [{principal: analysts, privileges: [SELECT]}]
targets:
  prod:
    resources:
      jobs:
        nightly:
          tasks:
            - {task_key: report}
            - {task_key: load, timeout_seconds: 90, max_retries: 1}
          parameters: [{name: day, default: "2"}, {name: who}]
          job_clusters: [{job_cluster_key: small, new_cluster: {num_workers: 8}}]
          environments: [{environment_key: b}]
      pipelines:
        lakehouse:
          clusters: [{label: Default, num_workers: 5}]
      schemas:
        gold:
          grants: [{principal: analysts, privileges: [USE_SCHEMA]}, {principal: coaches, privileges: [SELECT]}]
"""


def _plain(node: Node) -> Any:
    if isinstance(node, MapNode):
        return {key: _plain(value) for key, value in node.entries.items()}
    return [_plain(item) for item in node.items] if isinstance(node, ListNode) else yaml.safe_load(node.text)


def _resource(root: Path, group: str, key: str) -> Any:
    config = read_bundle(root, target="prod").config
    return _plain(config)["resources"][group][key]


def test_items_of_one_key_are_one_item(write_bundle: WriteBundle) -> None:
    root = write_bundle({"databricks.yml": _LISTS})
    job = _resource(root, "jobs", "nightly")
    assert job["tasks"] == [
        {"task_key": "load", "timeout_seconds": 90, "max_retries": 1},
        {"task_key": "check", "depends_on": [{"task_key": "load"}]},
        {"task_key": "report"},
    ]
    assert job["parameters"] == [{"name": "day", "default": 2}, {"name": "who"}]
    assert job["job_clusters"] == [{"job_cluster_key": "small", "new_cluster": {"num_workers": 8}}]
    assert job["environments"] == [{"environment_key": "a"}, {"environment_key": "b"}]


def test_a_cluster_without_label_is_the_default_one(write_bundle: WriteBundle) -> None:
    root = write_bundle({"databricks.yml": _LISTS})
    assert _resource(root, "pipelines", "lakehouse")["clusters"] == [
        {"num_workers": 5, "label": "Default"},
        {"label": "maintenance", "num_workers": 1},
    ]


def test_privileges_of_one_principal_add_up(write_bundle: WriteBundle) -> None:
    root = write_bundle({"databricks.yml": _LISTS})
    assert _resource(root, "schemas", "gold")["grants"] == [
        {"principal": "analysts", "privileges": ["SELECT", "USE_SCHEMA"]},
        {"principal": "coaches", "privileges": ["SELECT"]},
    ]


def test_a_target_replaces_who_runs_and_says_the_branch(write_bundle: WriteBundle) -> None:
    text = (
        "bundle: {name: gyms}\nrun_as: {user_name: me}\n"
        "targets:\n  prod:\n    run_as: {service_principal_name: sp}\n    git: {branch: main}\n"
    )
    config = _plain(read_bundle(write_bundle({"databricks.yml": text}), target="prod").config)
    assert config["run_as"] == {"service_principal_name": "sp"}
    assert config["bundle"] == {"name": "gyms", "git": {"branch": "main"}}


def test_included_files_may_say_what_exists_in_a_target_only(write_bundle: WriteBundle) -> None:
    dev = "targets:\n  dev: {resources: {schemas: {tried: &tried {name: tried}}}}\n"
    one = f"{dev}  ci: {{resources: {{schemas: {{tried: *tried}}}}}}\n"
    two = "targets:\n  ci: {resources: {schemas: {other: {<<: {name: other}, comment: x}}}}\n"
    root = write_bundle(
        {"databricks.yml": "include: [r/*.yml]\ntargets: {dev: , ci: , prod: }\n", "r/a.yml": one, "r/b.yml": two}
    )
    found = {target: read_bundle(root, target=target).config.get("resources") for target in ("dev", "ci", "prod")}
    assert found["prod"] is None
    assert isinstance(found["dev"], MapNode)
    assert _plain(found["dev"]) == {"schemas": {"tried": {"name": "tried"}}}
    assert isinstance(found["ci"], MapNode)
    assert _plain(found["ci"]) == {"schemas": {"tried": {"name": "tried"}, "other": {"name": "other", "comment": "x"}}}


def test_every_value_knows_its_own_line(write_bundle: WriteBundle) -> None:
    root = write_bundle({"databricks.yml": _LISTS})
    node: Node | None = read_bundle(root, target="prod").config
    for key in ("resources", "jobs", "nightly", "tasks"):
        assert isinstance(node, MapNode)
        node = node.get(key)
    assert isinstance(node, ListNode)
    load = node.items[0]
    assert isinstance(load, MapNode)
    retries = load.get("max_retries")
    assert isinstance(retries, Scalar)
    assert retries.where.line == 23
