"""Rules about pipelines: what no validator checks, because the API takes any text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlt_local.errors import nearest
from dlt_local.project.yaml_nodes import Scalar
from tests.bundle.lint.findings import Finding
from tests.bundle.references import REFERENCE
from tests.bundle.tree import entries_at, find, items_at, members, resources, scalars, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt_local.project.yaml_nodes import Node
    from tests.bundle.lint.view import View

_NOTIFICATIONS = frozenset({"on-update-success", "on-update-failure", "on-update-fatal-failure", "on-flow-failure"})
_EDITIONS = frozenset({"CORE", "PRO", "ADVANCED"})
_CHANNELS = frozenset({"CURRENT", "PREVIEW"})
_OURS = "fitness."
_MAY_BE_EMPTY = frozenset({"configuration", "parameters", "base_parameters", "job_parameters"})
_NAMING = re.compile(r"resources\.schemas\.|\{\{job\.parameters\.")
_SCHEMA_FIELDS = frozenset({"schema", "schema_name", "dataset_schema", "target_schema"})
_CATALOG_FIELDS = frozenset({"catalog", "catalog_name", "dataset_catalog"})


def notification_known(view: View) -> Iterator[Finding]:
    """A notification of a pipeline is one that exists; a typing mistake would never be sent."""
    for key, pipeline in members(view.merged, "pipelines").items():
        for notification in items_at(pipeline, "notifications"):
            for alert in items_at(notification, "alerts"):
                yield from _unknown("notification-known", f"Notification of pipeline '{key}'", alert, _NOTIFICATIONS)


def edition_known(view: View) -> Iterator[Finding]:
    """Edition and channel exist, and the edition knows expectations."""
    for key, pipeline in members(view.merged, "pipelines").items():
        yield from _unknown("edition-known", f"Edition of pipeline '{key}'", find(pipeline, "edition"), _EDITIONS)
        yield from _unknown("edition-known", f"Channel of pipeline '{key}'", find(pipeline, "channel"), _CHANNELS)
        edition = find(pipeline, "edition")
        if isinstance(edition, Scalar) and edition.text in {"CORE", "PRO"}:
            what = f"Edition {edition.text} of pipeline '{key}' has no expectations"
            yield Finding("edition-known", edition.where, what, "Write ADVANCED or leave it out.")


def _unknown(rule: str, what: str, node: Node | None, known: frozenset[str]) -> Iterator[Finding]:
    if isinstance(node, Scalar) and node.text not in known:
        remedy = nearest(node.text, known) or f"There are {', '.join(sorted(known))}."
        yield Finding(rule, node.where, f"{what} '{node.text}' does not exist", remedy)


def failure_notified(view: View) -> Iterator[Finding]:
    """Somebody hears of an update that fails."""
    for key, pipeline in members(view.merged, "pipelines").items():
        alerts = {value.text for item in items_at(pipeline, "notifications") for _, value in scalars(item)}
        if "on-update-failure" not in alerts:
            what = f"Nobody is told when pipeline '{key}' fails"
            yield Finding("failure-notified", pipeline.where, what, "Add notifications with on-update-failure.")


def event_log_published(view: View) -> Iterator[Finding]:
    """The event log is a table in a schema of the bundle: without it there are no quality results."""
    for key, pipeline in members(view.written, "pipelines").items():
        if not text_at(pipeline, "event_log", "name"):
            what = f"The event log of pipeline '{key}' is no table"
            yield Finding("event-log-published", pipeline.where, what, "Add event_log with catalog, schema and name.")


def setting_known(view: View) -> Iterator[Finding]:
    """A `fitness.*` key of a pipeline is one that the code reads."""
    for key, pipeline in members(view.merged, "pipelines").items():
        for name, node in entries_at(pipeline, "configuration").items():
            if name.startswith(_OURS) and name not in view.facts.settings:
                what = f"The code has no setting '{name}' (pipeline '{key}')"
                remedy = nearest(name, view.facts.settings) or "Remove it."
                yield Finding("setting-known", node.where, what, remedy)


def setting_configured(view: View) -> Iterator[Finding]:
    """A setting of the code stands in some pipeline, where people look for it."""
    pipelines = members(view.merged, "pipelines")
    written = {name for pipeline in pipelines.values() for name in entries_at(pipeline, "configuration")}
    for name in sorted(view.facts.settings - written):
        remedy = "Write it with its default into the configuration of the pipeline that reads it."
        where = next(iter(pipelines.values())).where if pipelines else view.merged.where
        yield Finding("setting-configured", where, f"No pipeline configures '{name}'", remedy)


def schema_by_reference(view: View) -> Iterator[Finding]:
    """Schemas are named by reference: only so they carry a developer's prefix, and are made first."""
    for group, key, resource in resources(view.written):
        for path, value in scalars(resource):
            references = [*REFERENCE.findall(value.text), *re.findall(r"\{\{job\.parameters\.\w+", value.text)]
            if _names_a_schema(group, path) and value.text and not any(_NAMING.match(part) for part in references):
                yield _literal_schema(path[-1], f"{group}.{key}", value)
    for key, job in members(view.written, "jobs").items():
        for parameter in items_at(job, "parameters"):
            default = find(parameter, "default")
            name = text_at(parameter, "name")
            if name.endswith("_schema") and isinstance(default, Scalar) and "${" not in default.text:
                yield _literal_schema(name, f"jobs.{key}", default)


def _literal_schema(field: str, owner: str, value: Scalar) -> Finding:
    what = f"'{field}' of '{owner}' is the name '{value.text}'"
    return Finding("literal-schema", value.where, what, "Write ${resources.schemas.<key>.name}.")


def _names_a_schema(group: str, path: tuple[str, ...]) -> bool:
    if group == "jobs":
        return path[-1].endswith("_schema")
    return path[-1] in _SCHEMA_FIELDS or (path[0] == "configuration" and path[-1].endswith("_schema"))


def catalog_by_variable(view: View) -> Iterator[Finding]:
    """Catalogs differ between targets, so they are variables; paths into volumes are references."""
    for group, key, resource in resources(view.written):
        for path, value in scalars(resource):
            if path[-1] in _CATALOG_FIELDS and "${" not in value.text:
                what = f"'{path[-1]}' of '{group}.{key}' is the name '{value.text}'"
                yield Finding("literal-catalog", value.where, what, "Write ${var.catalog}.")
            elif value.text.startswith("/Volumes/"):
                what = f"'{path[-1]}' of '{group}.{key}' is the path {value.text}"
                yield Finding("literal-catalog", value.where, what, "Write ${resources.volumes.<key>.volume_path}.")


def value_not_empty(view: View) -> Iterator[Finding]:
    """An empty text is sent as it is, and the API takes it for an id; parameters and settings may be empty."""
    for group, key, resource in resources(view.rendered):
        for path, value in scalars(resource):
            may_be_empty = _MAY_BE_EMPTY & set(path)
            if value.kind == "str" and not value.text and not may_be_empty:
                what = f"'{path[-1]}' of '{group}.{key}' is empty in target {view.target}"
                yield Finding("value-not-empty", value.where, what, "Leave it out or give it a value.")
