"""Rules about what stands beside resources: no class knows it, so a typing mistake would only be ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.errors import nearest
from tests.bundle.lint.findings import Finding
from tests.bundle.tree import entries_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlt_local.project.yaml_nodes import Node
    from tests.bundle.lint.view import View

_EVERYWHERE = frozenset({"artifacts", "permissions", "presets", "resources", "run_as", "sync", "workspace"})
_TOP = _EVERYWHERE | {"bundle", "experimental", "include", "python", "scripts", "targets", "variables"}
_TARGET = _EVERYWHERE | {"bundle", "default", "git", "mode", "variables"}
_BELOW: Mapping[str, frozenset[str]] = {
    "bundle": frozenset({"databricks_cli_version", "deployment", "engine", "git", "name", "uuid"}),
    "git": frozenset({"branch", "origin_url"}),
    "presets": frozenset(
        {"artifacts_dynamic_version", "jobs_max_concurrent_runs", "name_prefix", "pipelines_development"}
        | {"source_linked_deployment", "tags", "trigger_pause_status"}
    ),
    "run_as": frozenset({"group_name", "service_principal_name", "user_name"}),
    "sync": frozenset({"exclude", "include", "paths"}),
    "workspace": frozenset(
        {"artifact_path", "file_path", "host", "profile", "resource_path", "root_path", "state_path"}
    ),
}
_VARIABLE = frozenset({"default", "description", "lookup", "type"})


def field_known(view: View) -> Iterator[Finding]:
    """Every field of the bundle and of its targets exists."""
    for node in view.files.values():
        yield from _unknown("A bundle", entries_at(node), _TOP)
        yield from _below(node)
        for target, fields in entries_at(node, "targets").items():
            yield from _unknown(f"Target '{target}'", entries_at(fields), _TARGET)
            yield from _below(fields)
        for name, fields in entries_at(node, "variables").items():
            yield from _unknown(f"Variable '{name}'", entries_at(fields), _VARIABLE)


def _below(node: Node) -> Iterator[Finding]:
    for field, known in _BELOW.items():
        yield from _unknown(f"'{field}'", entries_at(node, field), known)


def _unknown(owner: str, fields: Mapping[str, Node], known: frozenset[str]) -> Iterator[Finding]:
    for name, node in fields.items():
        if name not in known:
            remedy = nearest(name, known) or f"It has {', '.join(sorted(known))}."
            yield Finding("field-known", node.where, f"{owner} has no field '{name}'", remedy)
