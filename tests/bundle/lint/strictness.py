"""Every resource of a merged target, checked by the classes of databricks-bundles: fields, types, what is required."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from databricks.bundles.core._resource_type import _ResourceType

from tests.bundle.lint.findings import Finding
from tests.bundle.tree import entries_at, plain, scalars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt_local.project.yaml_nodes import Node
    from dlt_local.source_location import SourceLocation
    from tests.bundle.lint.view import View

_TYPES = {kind.plural_name: kind.resource_type for kind in _ResourceType.all()}


def resource_valid(view: View) -> Iterator[Finding]:
    """Every field of a resource exists, has its type, and none that is required is missing."""
    for group, members in entries_at(view.merged, "resources").items():
        if group not in _TYPES:
            yield Finding("resource-valid", members.where, f"There are no resources '{group}'", "Correct the name.")
            continue
        for key, resource in entries_at(members).items():
            mistake = _mistake(group, resource)
            if mistake:
                what = f"'{group}.{key}' in target {view.target}: {mistake}"
                remedy = f"See `{_TYPES[group].__name__}` of databricks-bundles."
                yield Finding("resource-valid", _place(resource, mistake), what, remedy)


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
