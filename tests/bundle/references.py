"""Replaces the `${...}` of a bundle as the CLI does, in two passes: what is known first, then names of resources."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError
from dlt_local.project.yaml_nodes import ListNode, MapNode, Node, Scalar
from tests.bundle.tree import entries_at, find, scalar, text_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dlt_local.source_location import SourceLocation

    Look = Callable[[list[str], SourceLocation], Node | None]

REFERENCE = re.compile(r"\$\{([^${}]*)\}")
# A service principal is called by its application id; nobody's is all zeros.
RUNNER = "00000000-0000-0000-0000-000000000000"
USER = "someone"
# For variables that have no default, or that the CLI looks up in the workspace; any other is shown as <name>.
GIVEN: Mapping[str, str] = {"runner": RUNNER, "warehouse_id": "0123456789abcdef"}


def resolved(node: Node, look: Look, seen: tuple[str, ...] = ()) -> Node:
    """The tree with what `look` finds; references for which it gives None stay."""
    if isinstance(node, MapNode):
        return replace(node, entries={key: resolved(value, look, seen) for key, value in node.entries.items()})
    if isinstance(node, ListNode):
        return replace(node, items=tuple(resolved(item, look, seen) for item in node.items))
    alone = REFERENCE.fullmatch(node.text)
    if alone:
        found = _found(alone[1], node.where, look, seen)
        return node if found is None else replace(found, where=node.where) if isinstance(found, Scalar) else found
    return replace(node, text=REFERENCE.sub(lambda match: _text(match, node.where, look, seen), node.text))


def _text(match: re.Match[str], where: SourceLocation, look: Look, seen: tuple[str, ...]) -> str:
    found = _found(match[1], where, look, seen)
    if found is None:
        return match[0]
    if isinstance(found, Scalar):
        return found.text
    raise PipelineError(f"'{match[0]}' is no single value, so it cannot be part of a text", where=where)


def _found(name: str, where: SourceLocation, look: Look, seen: tuple[str, ...]) -> Node | None:
    if name in seen:
        raise PipelineError(f"References go round in a circle: {' -> '.join((*seen, name))}", where=where)
    found = look(name.split("."), where)
    return None if found is None else resolved(found, look, (*seen, name))


def known_values(config: MapNode, *, target: str, mode: str, deployer: str) -> Look:
    """What `var`, `bundle` and `workspace` mean; resources are left for later."""
    facts = {"bundle.target": target, "bundle.mode": mode, "bundle.environment": target}
    people = {f"workspace.current_user.{field}": deployer for field in ("userName", "short_name")}

    def look(parts: list[str], where: SourceLocation) -> Node | None:
        name = ".".join(parts)
        if name in facts | people:
            return scalar((facts | people)[name], where)
        if parts[0] == "var":
            return variable_value(config, ".".join(parts[1:]), where)
        return None if parts[0] == "resources" else _written(config, parts, where)

    return look


def variable_value(config: Node, name: str, where: SourceLocation) -> Node:
    """A variable's default, or else the value that is given here."""
    declared = entries_at(config, "variables")
    if name not in declared:
        raise PipelineError(f"Variable '{name}' is not declared", where=where, remedy=f"It has {', '.join(declared)}.")
    default = find(declared[name], "default")
    if default is None or find(declared[name], "lookup") is not None:
        return scalar(GIVEN.get(name, f"<{name}>"), where)
    return default


def names_of_resources(config: MapNode) -> Look:
    """What `resources` means before anything is deployed: fields as written and paths of volumes; ids stay."""

    def look(parts: list[str], where: SourceLocation) -> Node | None:
        if parts[0] != "resources" or parts[-1] == "id":
            return None
        if parts[1] == "volumes" and parts[3:] == ["volume_path"]:
            volume = _written(config, parts[:3], where)
            place = [text_at(volume, field) for field in ("catalog_name", "schema_name", "name")]
            return scalar("/".join(("/Volumes", *place)), where)
        return _written(config, parts, where)

    return look


def _written(config: MapNode, parts: list[str], where: SourceLocation) -> Node:
    found = find(config, *parts)
    if found is None:
        raise PipelineError(f"Reference '${{{'.'.join(parts)}}}' is not defined in the bundle", where=where)
    return found
