"""Rules about variables, references and names of resources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlt_local.errors import nearest
from dlt_local.project.yaml_nodes import MapNode, Node, Scalar
from tests.bundle.lint.findings import Finding
from tests.bundle.references import REFERENCE
from tests.bundle.tree import entries_at, find, resources, scalars, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dlt_local.source_location import SourceLocation
    from tests.bundle.lint.view import View

_DYNAMIC = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")
_VALUES = frozenset({"backfill", "input", "job", "task", "tasks", "workspace"})
_OF_A_JOB = frozenset({"id", "name", "parameters", "repair_count", "run_id", "start_time", "trigger"})
# What the CLI computes; everything else must be a field that is written.
_COMPUTED = {"volumes": {"volume_path"}}


def _uses(node: Node) -> Iterator[tuple[list[str], SourceLocation]]:
    for _, value in scalars(node):
        for match in REFERENCE.finditer(value.text):
            yield match[1].split("."), value.where


def variable_declared(view: View) -> Iterator[Finding]:
    """Each ${var.x} and each value that a target gives has a declaration."""
    declared = set(entries_at(view.files[_main(view)], "variables"))
    for node in view.files.values():
        for parts, where in _uses(node):
            if parts[0] == "var" and parts[1] not in declared:
                yield _undeclared(parts[1], declared, where)
        for target in entries_at(node, "targets").values():
            for name, value in entries_at(target, "variables").items():
                if name not in declared:
                    yield _undeclared(name, declared, value.where)


def _undeclared(name: str, declared: set[str], where: SourceLocation) -> Finding:
    remedy = nearest(name, declared) or "Declare it under 'variables' in databricks.yml."
    return Finding("variable-declared", where, f"Variable '{name}' is not declared", remedy)


def variable_used(view: View) -> Iterator[Finding]:
    """A declared variable has a use."""
    used = {parts[1] for node in view.files.values() for parts, _ in _uses(node) if parts[0] == "var"}
    for name, node in entries_at(view.files[_main(view)], "variables").items():
        if name not in used:
            yield Finding("variable-used", node.where, f"Nothing uses variable '{name}'", "Remove it.")


def variable_described(view: View) -> Iterator[Finding]:
    """A declared variable says what it is."""
    for name, node in entries_at(view.files[_main(view)], "variables").items():
        if not text_at(node, "description"):
            yield Finding("variable-described", node.where, f"Variable '{name}' has no description", "Say what it is.")


def reference_exists(view: View) -> Iterator[Finding]:
    """Each ${resources.a.b.c} names a resource of this target and a field of it."""
    for parts, where in _uses(view.written):
        if parts[0] != "resources":
            continue
        name = ".".join(parts)
        resource = find(view.written, *parts[:3])
        if resource is None:
            known = entries_at(view.written, *parts[:2])
            remedy = (len(parts) > 2 and nearest(parts[2], known)) or f"There is {', '.join(known) or 'none'}."
            yield Finding("reference-exists", where, f"Target {view.target} has no '{name}'", remedy)
        elif not _is_field(parts, view):
            remedy = f"The resource has {', '.join(entries_at(resource))}, id."
            yield Finding("reference-exists", where, f"'{name}' is no field", remedy)


def _is_field(parts: list[str], view: View) -> bool:
    computed = {"id"} | _COMPUTED.get(parts[1], set())
    return (len(parts) == 4 and parts[3] in computed) or find(view.written, *parts) is not None


def key_unique(view: View) -> Iterator[Finding]:
    """`bundle run KEY` must mean one thing: the CLI refuses a key that two types of resources, or a script, share."""
    seen: dict[str, tuple[str, SourceLocation]] = {}
    named = [(group, key, node) for group, key, node in resources(view.written)]
    named += [
        ("scripts", key, node) for key, node in entries_at(view.written, "scripts").items() if isinstance(node, MapNode)
    ]
    for group, key, node in named:
        if key in seen:
            other, where = seen[key]
            what = f"'{group}.{key}' has the key of '{other}.{key}' ({where})"
            yield Finding("key-unique", node.where, what, "Rename one of them.")
        seen[key] = (group, node.where)


def bundle_name_fixed(view: View) -> Iterator[Finding]:
    """The state lies under the bundle's name: a name that changes leaves what was deployed behind."""
    name = find(view.files[_main(view)], "bundle", "name")
    if isinstance(name, Scalar) and "${" in name.text:
        yield Finding("bundle-name-fixed", name.where, "The bundle's name has a variable", "Write the name itself.")


def dynamic_reference_exists(view: View) -> Iterator[Finding]:
    """Each {{...}} of a job is a value that jobs have, and names a parameter or a task of this one."""
    for key, job in entries_at(view.merged, "resources", "jobs").items():
        parameters = _names(job, "parameters", "name")
        tasks = _names(job, "tasks", "task_key")
        for _, value in scalars(job):
            for found in _DYNAMIC.findall(value.text):
                mistake = _mistake_in_dynamic(found.split("."), parameters, tasks)
                if mistake:
                    wanted, known, kind = mistake
                    remedy = nearest(wanted, known) or f"There is {', '.join(sorted(known)) or 'none'}."
                    what = f"Job '{key}' has no {kind} '{wanted}'"
                    yield Finding("dynamic-reference-exists", value.where, what, remedy)


def _mistake_in_dynamic(words: list[str], parameters: set[str], tasks: set[str]) -> tuple[str, set[str], str] | None:
    """What is missing, what there is, and of which kind; None if nothing is missing."""
    if words[0] not in _VALUES:
        return words[0], set(_VALUES), "value"
    if words[0] == "job" and len(words) > 1 and words[1] not in _OF_A_JOB:
        return words[1], set(_OF_A_JOB), "value"
    if words[:2] == ["job", "parameters"] and words[2] not in parameters:
        return words[2], parameters, "parameter"
    if words[0] == "tasks" and words[1] not in tasks:
        return words[1], tasks, "task"
    return None


def _names(job: Node, field: str, key: str) -> set[str]:
    found = find(job, field)
    return set() if found is None else {value.text for path, value in scalars(found) if path[1:] == (key,)}


def _main(view: View) -> Path:
    return next(iter(view.files))
