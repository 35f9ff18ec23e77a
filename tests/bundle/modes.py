"""What a target's mode and presets do to its resources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError
from dlt_local.project.merging import merge_maps
from dlt_local.project.yaml_nodes import MapNode, Node, Scalar
from tests.bundle.tree import EACH, changed, entries_at, find, mapping, members, scalar, text_at

if TYPE_CHECKING:
    from dlt_local.source_location import SourceLocation

_OF_THE_USER = ("root_path", "file_path", "artifact_path", "resource_path", "state_path")
_NAMED = {"jobs": "name", "pipelines": "name", "dashboards": "display_name", "alerts": "display_name"}
_TRIGGERS = ("schedule", "trigger", "continuous")


def with_presets_of_mode(config: MapNode, mode: str, user: str) -> MapNode:
    """Development brings its own presets, below those that are written."""
    if mode != "development":
        return config
    where = config.where
    tags = mapping({"dev": user}, where)
    presets = mapping(
        {
            "name_prefix": f"[dev {user}] ",
            "tags": tags,
            "jobs_max_concurrent_runs": 4,
            "trigger_pause_status": "PAUSED",
            "pipelines_development": True,
        },
        where,
    )
    written = config.get("presets")
    both = merge_maps(presets, written) if isinstance(written, MapNode) else presets
    return MapNode({**config.entries, "presets": both}, where)


def check_mode(config: MapNode, target: str, mode: str, user: str) -> None:
    """PipelineError for what the CLI refuses in this mode."""
    if mode == "production":
        _check_production(config, target)
    elif mode == "development":
        _check_development(config, user)
    elif mode:
        raise PipelineError(f"Mode '{mode}' is neither development nor production", where=config.where)


def _check_production(config: MapNode, target: str) -> None:
    for key, pipeline in members(config, "pipelines").items():
        if text_at(pipeline, "development") == "true":
            where = _place(config, "resources", "pipelines", key, "development")
            raise PipelineError(f"Pipeline '{key}' is in development, the target is not", where=where)
    if not text_at(config, "targets", target, "workspace", "root_path"):
        where = _place(config, "targets", target)
        remedy = "Set workspace.root_path in the target, so that there is one deployment only."
        raise PipelineError(f"Target '{target}' is for production and has no root_path", where=where, remedy=remedy)


def _check_development(config: MapNode, user: str) -> None:
    if text_at(config, "presets", "trigger_pause_status") == "UNPAUSED":
        where = _place(config, "presets", "trigger_pause_status")
        raise PipelineError("Triggers of a development target cannot be UNPAUSED by a preset", where=where)
    if user not in text_at(config, "presets", "name_prefix"):
        remedy = "Put ${workspace.current_user.short_name} into it."
        where = _place(config, "presets", "name_prefix")
        raise PipelineError("name_prefix of a development target lacks the user's name", where=where, remedy=remedy)
    for field in _OF_THE_USER:
        if user not in text_at(config, "workspace", field):
            where = _place(config, "workspace", field)
            remedy = "Put ${workspace.current_user.userName} into it."
            raise PipelineError(f"{field} of a development target lacks the user's name", where=where, remedy=remedy)


def _place(config: MapNode, *path: str) -> SourceLocation:
    found = find(config, *path)
    return found.where if found else config.where


def with_presets(config: MapNode) -> MapNode:
    """Names, tags, pauses and concurrency as the presets say; what a resource says itself stays."""
    prefix = text_at(config, "presets", "name_prefix")
    for group, field in _NAMED.items():
        config = _prefixed(config, group, field, prefix)
    if text_at(config, "experimental", "skip_name_prefix_for_schema") != "true":
        config = _prefixed(config, "schemas", "name", schema_prefix(prefix))
    return _with_concurrency(_with_pauses(_with_tags(config)))


def schema_prefix(prefix: str) -> str:
    """A prefix of names as one of schemas: `[dev someone] ` becomes `dev_someone_`, but `ci_someone_` `ci_someone`."""
    bare = prefix.replace("[", "").strip()
    words = re.sub(r"[^0-9a-z]+", "_", bare.lower()).strip("_")
    return f"{words}_" if bare.endswith("]") else words


def _prefixed(config: MapNode, group: str, field: str, prefix: str) -> MapNode:
    def change(node: Node | None, where: SourceLocation) -> Node | None:
        return scalar(prefix + node.text, where) if isinstance(node, Scalar) else None

    return _as_map(changed(config, ("resources", group, EACH, field), change))


def _with_tags(config: MapNode) -> MapNode:
    tags = find(config, "presets", "tags")
    if not isinstance(tags, MapNode):
        return config

    def change(node: Node | None, where: SourceLocation) -> Node:
        return MapNode({**dict(sorted(tags.entries.items())), **entries_at(node)}, where)

    for group in ("jobs", "pipelines"):
        config = _as_map(changed(config, ("resources", group, EACH, "tags"), change))
    return config


def _with_pauses(config: MapNode) -> MapNode:
    status = text_at(config, "presets", "trigger_pause_status")
    if not status:
        return config

    def pause(node: Node | None, where: SourceLocation) -> Node:
        return node or scalar(status, where)

    def stop(node: Node | None, where: SourceLocation) -> Node | None:
        return scalar(value=False, where=where) if node and status == "PAUSED" else None

    for trigger in _TRIGGERS:
        config = _as_map(changed(config, ("resources", "jobs", EACH, trigger, "pause_status"), pause))
    config = _as_map(changed(config, ("resources", "alerts", EACH, "schedule", "pause_status"), pause))
    return _as_map(changed(config, ("resources", "pipelines", EACH, "continuous"), stop))


def _with_concurrency(config: MapNode) -> MapNode:
    def several(node: Node | None, where: SourceLocation) -> Node | None:
        runs = text_at(config, "presets", "jobs_max_concurrent_runs")
        return node or (scalar(int(runs), where) if runs else None)

    def development(node: Node | None, where: SourceLocation) -> Node | None:
        wanted = text_at(config, "presets", "pipelines_development") == "true"
        return scalar(value=True, where=where) if wanted else node

    config = _as_map(changed(config, ("resources", "jobs", EACH, "max_concurrent_runs"), several))
    return _as_map(changed(config, ("resources", "pipelines", EACH, "development"), development))


def _as_map(node: Node) -> MapNode:
    if not isinstance(node, MapNode):
        raise TypeError("a bundle is a mapping")
    return node
