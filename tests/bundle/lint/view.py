"""What the rules look at: a bundle as one target sees it, and what its code has."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError
from dlt_local.project.bundle import read_bundle
from dlt_local.project.node_kinds import as_items
from dlt_local.project.yaml_nodes import MapNode, Scalar, read_yaml
from tests.bundle.lint.documented import documented_columns
from tests.bundle.rendering import ROOT, completed, resolved_variables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Facts:
    """What the pipelines' code has: columns by `<layer>.<data set>`, and the keys of its configuration."""

    columns: Mapping[str, frozenset[str]]
    settings: frozenset[str]


@dataclass(frozen=True, slots=True)
class View:
    """One target of a bundle: its files, the merged tree as written, with variables replaced, and rendered whole."""

    root: Path
    target: str
    mode: str
    files: Mapping[Path, MapNode]
    written: MapNode
    merged: MapNode
    rendered: MapNode
    facts: Facts
    refused: PipelineError | None = None
    """Why the CLI would not resolve the target; then nothing is replaced in the trees."""


def our_facts() -> Facts:
    """Of this repository."""
    code = ast.parse((ROOT / "dlt_pipelines/fitness/settings.py").read_text(encoding="utf-8"))
    [settings] = [node for node in code.body if isinstance(node, ast.ClassDef) and node.name == "Settings"]
    fields = [
        node.target.id
        for node in settings.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]
    page = (ROOT / "docs/datasets.md").read_text(encoding="utf-8")
    return Facts(documented_columns(page), frozenset(f"fitness.{field}" for field in fields))


def view(root: Path, target: str, facts: Facts) -> View:
    """The bundle in a folder; PipelineError if it cannot be read."""
    root = root.resolve()
    bundle = read_bundle(root, target=target)
    written = _without_other_targets(bundle.config)
    files = _files(bundle.file, root)
    try:
        before = resolved_variables(bundle)
        after = completed(bundle, before)
    except PipelineError as error:
        return View(root, target, bundle.mode, files, written, written, written, facts, refused=error)
    return View(root, target, bundle.mode, files, written, before, after, facts)


def _files(main: Path, root: Path) -> dict[Path, MapNode]:
    first = read_yaml(main)
    patterns = [item.text for item in as_items(first.get("include"), "include") if isinstance(item, Scalar)]
    included = sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()})
    return {main: first} | {path: read_yaml(path) for path in included}


def _without_other_targets(config: MapNode) -> MapNode:
    return MapNode({key: node for key, node in config.entries.items() if key != "targets"}, config.where)
