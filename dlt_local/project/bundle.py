"""Reads a bundle: `databricks.yml`, the files it includes, one target merged over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError, nearest
from dlt_local.project.merging import merge_included, merge_keyed_lists, merge_maps
from dlt_local.project.node_kinds import as_bool, as_items, as_map, as_scalar
from dlt_local.project.yaml_nodes import MapNode, Node, Scalar, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BUNDLE_FILES = ("databricks.yml", "databricks.yaml", "bundle.yml", "bundle.yaml")
_VARIABLE_FIELDS = frozenset({"default", "description", "lookup", "type"})
_ONLY_OF_A_TARGET = frozenset({"default", "git", "mode", "run_as", "variables"})


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as one target sees it; references are not resolved yet."""

    root: Path
    file: Path
    target: str
    mode: str
    config: MapNode


def bundle_file(folder: Path) -> Path | None:
    """The bundle file in a folder, None if there is none."""
    return next((folder / name for name in BUNDLE_FILES if (folder / name).is_file()), None)


def find_bundle_root(start: Path) -> Path | None:
    """The nearest folder, from `start` upwards, that holds a bundle file."""
    return next((folder for folder in (start, *start.parents) if bundle_file(folder)), None)


def read_bundle(root: Path, *, target: str | None = None) -> Bundle:
    """The bundle in `root` with its includes and the given or default target."""
    file = bundle_file(root)
    if file is None:
        raise PipelineError(
            f"No databricks.yml in {root}", remedy="Start in the bundle's folder, or give a folder of source files."
        )
    config = _with_includes(read_yaml(file), root)
    name, settings = _target(config, file, target)
    mode = as_scalar(settings.get("mode"), "mode").text if settings.get("mode") else ""
    return Bundle(root=root, file=file, target=name, mode=mode, config=_with_target(config, settings))


def _with_includes(main: MapNode, root: Path) -> MapNode:
    config = main
    for item in as_items(main.get("include"), "include"):
        pattern = as_scalar(item, "include")
        for path in _included(pattern, root):
            config = merge_included(config, read_yaml(path))
    return config


def _included(pattern: Scalar, root: Path) -> list[Path]:
    try:
        paths = sorted(path for path in root.glob(pattern.text) if path.is_file())
    except (ValueError, NotImplementedError) as error:
        raise PipelineError(f"'{pattern.text}' is no pattern below {root}", where=pattern.where) from error
    if not paths and not set("*?[") & set(pattern.text):
        raise PipelineError(f"Included file '{pattern.text}' does not exist in {root}", where=pattern.where)
    return paths


def _target(config: MapNode, file: Path, wanted: str | None) -> tuple[str, MapNode]:
    node = config.get("targets") or config.get("environments")
    if node is None:
        return wanted or "default", MapNode({}, config.where)
    targets = as_map(node, "targets").entries
    name = wanted or _default_target(targets, node)
    if name not in targets:
        known = ", ".join(targets)
        raise PipelineError(f"{file} has no target '{name}'; it has {known}", remedy=nearest(name, targets))
    chosen = targets[name]
    return name, chosen if isinstance(chosen, MapNode) else MapNode({}, chosen.where)


def _default_target(targets: Mapping[str, Node], node: Node) -> str:
    marked = [
        name
        for name, settings in targets.items()
        if isinstance(settings, MapNode) and as_bool(settings.get("default"), "default")
    ]
    candidates = marked or list(targets)
    if len(candidates) != 1:
        raise PipelineError(
            f"No single default target among {', '.join(targets)}",
            where=node.where,
            remedy="Mark one with 'default: true' or choose one by --target.",
        )
    return candidates[0]


def _with_target(config: MapNode, settings: MapNode) -> MapNode:
    overrides = {key: value for key, value in settings.entries.items() if key not in _ONLY_OF_A_TARGET}
    merged = _with_lists_merged(_with_replaced(merge_maps(config, MapNode(overrides, settings.where)), settings))
    declared = merged.get("variables")
    variables = dict(as_map(declared, "variables").entries) if declared else {}
    given = settings.get("variables")
    if given is not None:
        for name, value in as_map(given, "variables").entries.items():
            variables[name] = _variable_override(variables.get(name), value)
    return MapNode({**merged.entries, "variables": MapNode(variables, merged.where)}, merged.where)


def _with_replaced(config: MapNode, settings: MapNode) -> MapNode:
    """Who runs is one identity, never a mixture of two; a target's `git` is the bundle's."""
    entries = dict(config.entries)
    run_as, git = settings.get("run_as"), settings.get("git")
    if run_as is not None:
        entries["run_as"] = run_as
    if git is not None:
        bundle = entries.get("bundle", MapNode({}, git.where))
        entries["bundle"] = merge_maps(as_map(bundle, "bundle"), MapNode({"git": git}, git.where))
    return MapNode(entries, config.where)


def _with_lists_merged(config: MapNode) -> MapNode:
    resources = config.get("resources")
    if not isinstance(resources, MapNode):
        return config
    return MapNode({**config.entries, "resources": merge_keyed_lists(resources)}, config.where)


def _variable_override(declared: Node | None, value: Node) -> Node:
    """A target gives a variable's value alone or as `default:`; either replaces the declared default whole."""
    fields = dict(declared.entries) if isinstance(declared, MapNode) else {}
    if isinstance(value, MapNode) and value.entries.keys() <= _VARIABLE_FIELDS:
        return MapNode({**fields, **value.entries}, value.where)
    return MapNode({**fields, "default": value}, value.where)
