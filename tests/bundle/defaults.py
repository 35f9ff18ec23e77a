"""What the CLI adds to resources: defaults of fields, the identity that runs, permissions, paths in the workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError
from dlt_local.project.yaml_nodes import ListNode, MapNode, Node, Scalar
from tests.bundle.tree import EACH, changed, entries_at, find, items_at, mapping, scalar, text_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlt_local.source_location import SourceLocation

_LEVELS: Mapping[str, Mapping[str, str]] = {
    "jobs": {"CAN_MANAGE": "CAN_MANAGE", "CAN_VIEW": "CAN_VIEW", "CAN_RUN": "CAN_MANAGE_RUN"},
    "pipelines": {"CAN_MANAGE": "CAN_MANAGE", "CAN_VIEW": "CAN_VIEW", "CAN_RUN": "CAN_RUN"},
    "dashboards": {"CAN_MANAGE": "CAN_MANAGE", "CAN_VIEW": "CAN_READ"},
    "alerts": {"CAN_MANAGE": "CAN_MANAGE", "CAN_VIEW": "CAN_READ", "CAN_RUN": "CAN_RUN"},
    "secret_scopes": {"CAN_MANAGE": "MANAGE", "CAN_VIEW": "READ"},
}
_RANKS = (
    *("READ", "CAN_READ", "CAN_VIEW", "CAN_RUN", "CAN_MANAGE_RUN"),
    *("WRITE", "CAN_EDIT", "MANAGE", "CAN_MANAGE", "IS_OWNER"),
)
_PRINCIPALS = ("user_name", "group_name", "service_principal_name")
_GRANTED = ("catalogs", "schemas", "volumes", "external_locations")
_OWNED = frozenset({"jobs", "pipelines"})
_RUN_AS = ("jobs", "pipelines", "alerts")
_TASKS = ("resources", "jobs", EACH, "tasks", EACH)
_TASK_FILES = (("notebook_task", "notebook_path"), ("spark_python_task", "python_file"), ("sql_task", "file", "path"))
_IN_THE_WORKSPACE = (
    ("resources", "pipelines", EACH, "root_path"),
    *(("resources", "pipelines", EACH, "libraries", EACH, *file) for file in (("glob", "include"), ("file", "path"))),
    *((*_TASKS, *file) for file in _TASK_FILES),
    *((*_TASKS, "for_each_task", "task", *file) for file in _TASK_FILES),
)
_DEPENDENCIES = (
    ("resources", "pipelines", EACH, "environment", "dependencies", EACH),
    ("resources", "jobs", EACH, "environments", EACH, "spec", "dependencies", EACH),
)
_IN_THE_BUNDLE = tuple(("resources", group, EACH, "file_path") for group in ("dashboards", "alerts"))


def with_workspace_paths(config: MapNode) -> MapNode:
    """The folders of the deployment that are not written."""
    written = entries_at(config, "workspace")
    where = config.where
    root = text_at(config, "workspace", "root_path") or (
        "/Workspace/Users/${workspace.current_user.userName}/.bundle/${bundle.name}/${bundle.target}"
    )
    folders = {"file_path": "files", "resource_path": "resources", "artifact_path": "artifacts", "state_path": "state"}
    below = {field: scalar(f"{root}/{name}", where) for field, name in folders.items()}
    workspace = MapNode({"root_path": scalar(root, where), **below, **written}, where)
    return MapNode({**config.entries, "workspace": workspace}, where)


def with_defaults(config: MapNode) -> MapNode:
    """Fields that nobody wrote, as the CLI sends them."""
    resource_path = text_at(config, "workspace", "resource_path")
    metadata = f"{text_at(config, 'workspace', 'state_path')}/metadata.json"
    deployment = mapping({"kind": "BUNDLE", "metadata_file_path": metadata}, config.where)
    defaults: tuple[tuple[str, str | int | Node], ...] = (
        ("dashboards.*.parent_path", resource_path),
        ("dashboards.*.embed_credentials", False),
        ("alerts.*.parent_path", resource_path),
        ("volumes.*.volume_type", "MANAGED"),
        ("jobs.*.max_concurrent_runs", 1),
        ("jobs.*.schedule.pause_status", "UNPAUSED"),
        ("jobs.*.trigger.pause_status", "UNPAUSED"),
        ("jobs.*.continuous.pause_status", "UNPAUSED"),
        ("jobs.*.queue", mapping({"enabled": True}, config.where)),
        ("jobs.*.edit_mode", "UI_LOCKED"),
        ("jobs.*.format", "MULTI_TASK"),
        ("jobs.*.deployment", deployment),
        ("pipelines.*.edition", "ADVANCED"),
        ("pipelines.*.channel", "CURRENT"),
        ("pipelines.*.deployment", deployment),
    )
    for path, value in defaults:
        config = _with_default(config, ("resources", *path.split(".")), value)
    return config


def _with_default(config: MapNode, path: tuple[str, ...], value: str | int | Node) -> MapNode:
    def change(node: Node | None, where: SourceLocation) -> Node:
        return node or (scalar(value, where) if isinstance(value, str | int) else value)

    return _as_map(changed(config, path, change))


def with_run_as(config: MapNode) -> MapNode:
    """Who runs, on every resource that can say so."""
    run_as = config.get("run_as")
    if run_as is None:
        return config
    for group in _RUN_AS:
        config = _with_default(config, ("resources", group, EACH, "run_as"), run_as)
    return config


def with_grants(config: MapNode) -> MapNode:
    """Each privilege of a principal once."""

    def change(node: Node | None, where: SourceLocation) -> Node | None:
        first = {item.text: item for item in items_at(node) if isinstance(item, Scalar)}
        return ListNode(tuple(first.values()), where) if isinstance(node, ListNode) else None

    for group in _GRANTED:
        config = _as_map(changed(config, ("resources", group, EACH, "grants", EACH, "privileges"), change))
    return config


def with_permissions(config: MapNode, deployer: str) -> MapNode:
    """The bundle's permissions on each resource, and the deployer's, who keeps what is deployed."""
    of_the_bundle = [_level_by_principal(item) for item in items_at(config, "permissions")]
    for group, levels in _LEVELS.items():
        given = [(who, levels[level]) for who, level in of_the_bundle if level in levels]
        config = _with_permissions_of(config, group, given, deployer)
    return config


def _with_permissions_of(
    config: MapNode, group: str, given: list[tuple[tuple[str, str], str]], deployer: str
) -> MapNode:
    def change(node: Node | None, where: SourceLocation) -> Node | None:
        written = [_level_by_principal(item) for item in items_at(node)]
        taken = {principal for principal, _ in written}
        levels = [*written, *((who, level) for who, level in given if who not in taken)]
        # Whoever makes a secret scope manages it, and the CLI says so although nobody wrote it.
        if not levels and group != "secret_scopes":
            return None
        return _permission_list(_with_deployer(levels, deployer, group), where)

    return _as_map(changed(config, ("resources", group, EACH, "permissions"), change))


def _level_by_principal(item: Node) -> tuple[tuple[str, str], str]:
    principal = next(((field, text_at(item, field)) for field in _PRINCIPALS if text_at(item, field)), ("", ""))
    return principal, text_at(item, "level")


def _with_deployer(levels: list[tuple[tuple[str, str], str]], deployer: str, group: str) -> dict[tuple[str, str], str]:
    """The highest level of each principal; the deployer owns what has an owner and manages the rest."""
    highest: dict[tuple[str, str], str] = {}
    for principal, level in levels:
        highest[principal] = max(highest.get(principal, level), level, key=_RANKS.index)
    me = ("service_principal_name" if "-" in deployer else "user_name", deployer)
    owned = "IS_OWNER" in highest.values()
    mine = "MANAGE" if group == "secret_scopes" else "IS_OWNER" if group in _OWNED and not owned else "CAN_MANAGE"
    highest[me] = max(highest.get(me, mine), mine, key=_RANKS.index)
    return highest


def _permission_list(levels: Mapping[tuple[str, str], str], where: SourceLocation) -> ListNode:
    return ListNode(
        tuple(mapping({field: name, "level": level}, where) for (field, name), level in levels.items()), where
    )


def with_remote_paths(config: MapNode, root: Path) -> MapNode:
    """Relative paths as they are in the workspace; those that the CLI reads itself are relative to the bundle."""
    files = text_at(config, "workspace", "file_path")

    def remote(node: Node | None, where: SourceLocation) -> Node | None:
        return scalar(f"{files}/{_below(node, root)}", where) if _is_relative(node) else node

    def local(node: Node | None, where: SourceLocation) -> Node | None:
        return scalar(_below(node, root), where) if _is_relative(node) else node

    def dependency(node: Node | None, where: SourceLocation) -> Node | None:
        return remote(node, where) if isinstance(node, Scalar) and node.text.startswith(("./", "../")) else node

    for path in _IN_THE_WORKSPACE:
        config = _as_map(changed(config, path, remote))
    for path in _DEPENDENCIES:
        config = _as_map(changed(config, path, dependency))
    for path in _IN_THE_BUNDLE:
        config = _as_map(changed(config, path, local))
    return config


def _is_relative(node: Node | None) -> bool:
    return isinstance(node, Scalar) and bool(node.text) and not node.text.startswith(("/", "${"))


def _below(node: Node | None, root: Path) -> str:
    if not isinstance(node, Scalar):
        raise TypeError("a path is text")
    path = Path(node.where.file).parent / node.text
    resolved = path.resolve()
    if not resolved.is_relative_to(root):
        raise PipelineError(f"'{node.text}' lies outside of the bundle", where=node.where)
    return resolved.relative_to(root).as_posix()


def without_targets(config: MapNode) -> MapNode:
    """The configuration of one target; of variables only the values are left."""
    variables = {
        name: find(node, "default") or scalar("", node.where) for name, node in entries_at(config, "variables").items()
    }
    entries = {key: node for key, node in config.entries.items() if key not in {"targets", "include"}}
    return MapNode({**entries, "variables": MapNode(variables, config.where)}, config.where)


def _as_map(node: Node) -> MapNode:
    if not isinstance(node, MapNode):
        raise TypeError("a bundle is a mapping")
    return node
