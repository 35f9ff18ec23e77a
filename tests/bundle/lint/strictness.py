"""Every resource of a merged target, checked by the classes of databricks-bundles: fields, types, what is required."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from databricks.bundles.core._resource_type import _ResourceType

from tests.bundle.lint.findings import Finding
from tests.bundle.tree import entries_at, find, items_at, members, plain, resources, scalars, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt_local.project.yaml_nodes import Node
    from dlt_local.source_location import SourceLocation
    from tests.bundle.lint.view import View

_TYPES = {kind.plural_name: kind.resource_type for kind in _ResourceType.all()}


def resource_valid(view: View) -> Iterator[Finding]:
    """Every field of a resource exists, has its type, and none that is required is missing."""
    for group, nodes in entries_at(view.merged, "resources").items():
        if group not in _TYPES:
            yield Finding("resource-valid", nodes.where, f"There are no resources '{group}'", "Correct the name.")
            continue
        for key, resource in entries_at(nodes).items():
            mistake = _mistake(group, resource)
            if mistake:
                what = f"'{group}.{key}' in target {view.target}: {mistake}"
                remedy = f"See `{_TYPES[group].__name__}` of databricks-bundles."
                yield Finding("resource-valid", _place(resource, mistake), what, remedy)


def resource_complete(view: View) -> Iterator[Finding]:
    """What the classes leave open and the API demands is given: warehouses of dashboards, all of a grant."""
    for key, dashboard in members(view.merged, "dashboards").items():
        for field in ("display_name", "warehouse_id"):
            if find(dashboard, field) is None:
                what = f"Dashboard '{key}' has no {field}"
                yield Finding("resource-complete", dashboard.where, what, f"Add {field}.")
    for group, key, resource in resources(view.merged):
        for grant in items_at(resource, "grants"):
            if not text_at(grant, "principal") or not items_at(grant, "privileges"):
                what = f"A grant of '{group}.{key}' gives nothing, or to nobody"
                yield Finding("resource-complete", grant.where, what, "Add principal and privileges.")


def _mistake(group: str, resource: Node) -> str:
    try:
        _TYPES[group].from_dict(plain(resource))  # type: ignore[attr-defined]
    except (ValueError, TypeError, KeyError) as error:
        return str(error)
    return ""


def _place(resource: Node, mistake: str) -> SourceLocation:
    for word in re.findall(r"'([^']*)'", mistake):
        for path, value in scalars(resource):
            if word in path or value.text == word:
                return value.where
    return resource.where
