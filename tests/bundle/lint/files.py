"""Rules about the files of a bundle: what stands where, and what must not stand anywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlt_local.project.yaml_nodes import MapNode, Scalar
from dlt_local.source_location import SourceLocation
from tests.bundle.lint.findings import Finding
from tests.bundle.tree import entries_at, resources, scalars

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.bundle.lint.view import View

_SINGULAR = {"secret_scopes": "secret_scope", "cluster_policies": "cluster_policy"}
_FORBIDDEN = {
    "host": (
        re.compile(r"^\s*host\s*:|https?://[\w.-]*databricks[\w.-]*", re.IGNORECASE),
        "Take the host from the environment: in the file it wins over DATABRICKS_HOST.",
    ),
    "e-mail address": (
        re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),
        "Make it a variable without default; people change, and the file is public.",
    ),
    "token": (
        re.compile(r"\b(dapi|dkea|dose)[0-9a-f]{16,}|\b(ghp|gho|ghs)_\w{20,}|\bAKIA[0-9A-Z]{12,}|-----BEGIN "),
        "Remove it and make it invalid; identities come from the environment.",
    ),
}
_TEXTS = frozenset({".yml", ".yaml", ".json", ".sql", ".py", ".toml", ".env", ".cfg", ".ini", ".sh"})
_SECRET_FIELD = re.compile(r"(password|passwd|token|secret|jaas[._]config|private[._]key|connection[._]string)$")
_SECRET_REFERENCE = re.compile(r"\{\{secrets/[\w.${}-]+/[\w.${}-]+\}\}")
_NAME_OF_A_SECRET = re.compile(r"(_scope|_key)$")
_NAME = re.compile(r"[\w.@-]{0,128}")
_NOTEBOOK = "# Databricks notebook source"


def one_resource_a_file(view: View) -> Iterator[Finding]:
    """`<key>.<type>.yml` holds that resource and no other, so that one finds it and a review sees what it touches."""
    for path, node in view.files.items():
        trees = [node, *entries_at(node, "targets").values()]
        found = {(group, key): resource for tree in trees for group, key, resource in resources(tree)}
        for (group, key), resource in found.items():
            wanted = f"{key}.{_SINGULAR.get(group, group.removesuffix('s'))}.yml"
            if path.name != wanted:
                what = f"'{group}.{key}' stands in {path.name}"
                yield Finding("one-resource-a-file", resource.where, what, f"Move it to resources/{wanted}.")


def nothing_confidential(view: View) -> Iterator[Finding]:
    """No host, no address of a person and no token in any file of the bundle."""
    for path in _texts(view):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for kind, (pattern, remedy) in _FORBIDDEN.items():
                # A decorator or a reference is no address.
                if pattern.search(re.sub(r"\$\{[^}]*\}", "", line)):
                    where = SourceLocation(str(path), number)
                    yield Finding("nothing-confidential", where, f"The line holds a {kind}", remedy)


def _texts(view: View) -> Iterator[Path]:
    yield from (path for path in view.files if path.parent == view.root)
    for folder in ("resources", "dashboards", "jobs"):
        yield from (path for path in sorted((view.root / folder).rglob("*")) if path.suffix in _TEXTS)


def secret_by_reference(view: View) -> Iterator[Finding]:
    """A field for a secret holds {{secrets/scope/key}}; a field for a scope or a key holds a name."""
    for group, key, resource in resources(view.merged):
        for path, value in scalars(resource):
            field = path[-1].lower()
            if not value.text or _SECRET_REFERENCE.fullmatch(value.text):
                continue
            if _NAME_OF_A_SECRET.search(field) and "task_key" not in field and "cluster_key" not in field:
                if not _NAME.fullmatch(value.text) and "${" not in value.text:
                    what = f"'{path[-1]}' of '{group}.{key}' holds more than a name"
                    yield Finding("secret-by-reference", value.where, what, "Name a scope or a key of a secret.")
            elif _SECRET_FIELD.search(field):
                what = f"'{path[-1]}' of '{group}.{key}' is written out"
                yield Finding("secret-by-reference", value.where, what, "Write {{secrets/<scope>/<key>}}.")


def secret_no_variable(view: View) -> Iterator[Finding]:
    """A secret as a variable is in the plan, the state and the environment of CI."""
    for name, node in entries_at(next(iter(view.files.values())), "variables").items():
        if _SECRET_FIELD.search(name.lower()):
            what = f"Variable '{name}' is to hold a secret"
            yield Finding("secret-no-variable", node.where, what, "Keep it in a secret scope and name scope and key.")


def no_quality_monitor(view: View) -> Iterator[Finding]:
    """A quality monitor cannot run as another identity than the deployer's, and wants its table beforehand."""
    for key, node in entries_at(view.written, "resources", "quality_monitors").items():
        remedy = "Count expectations in the event log instead (jobs/quality_results.sql)."
        yield Finding("no-quality-monitor", node.where, f"'{key}' is a quality monitor", remedy)


def no_notebook(view: View) -> Iterator[Finding]:
    """A file with the notebook header loses its `.py` when it is uploaded, and imports of it fail."""
    for folder in ("dlt_pipelines", "jobs"):
        for path in sorted((view.root / folder).rglob("*.py")):
            if path.read_text(encoding="utf-8").startswith(_NOTEBOOK):
                where = SourceLocation(str(path), 1)
                yield Finding("no-notebook", where, f"{path.name} is a notebook", "Remove its first line.")


def fields_not_deprecated(view: View) -> Iterator[Finding]:
    """Fields that work no longer than until somebody removes them are not written."""
    for key, pipeline in entries_at(view.written, "resources", "pipelines").items():
        for field, remedy in (
            ("target", "Write 'schema'."),
            ("development", "Leave it to 'mode: development' of the target."),
            ("storage", "Leave it out: tables lie in the catalog."),
        ):
            node = pipeline.get(field) if isinstance(pipeline, MapNode) else None
            if isinstance(node, Scalar):
                what = f"Pipeline '{key}' has the deprecated field '{field}'"
                yield Finding("fields-not-deprecated", node.where, what, remedy)
