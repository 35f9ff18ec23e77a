"""Reads a YAML value as the kind that a field needs, or says what it found instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError, nearest
from dlt_local.project.yaml_nodes import ListNode, MapNode, Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_KINDS = {Scalar: "a single value", ListNode: "a list", MapNode: "keys with values"}
_BOOLEANS: Mapping[str, bool] = {"true": True, "false": False}


def as_map(node: Node | None, field: str) -> MapNode:
    """A mapping; the node must exist."""
    if isinstance(node, MapNode):
        return node
    raise _unexpected(node, field, MapNode)


def as_items(node: Node | None, field: str) -> tuple[Node, ...]:
    """The items of a list; an absent list has none."""
    if node is None:
        return ()
    if isinstance(node, ListNode):
        return node.items
    raise _unexpected(node, field, ListNode)


def as_scalar(node: Node | None, field: str) -> Scalar:
    """A single value that is not null."""
    if isinstance(node, Scalar) and node.kind != "null":
        return node
    raise _unexpected(node, field, Scalar)


def as_bool(node: Node | None, field: str) -> bool:
    """A boolean; an absent one is false."""
    if node is None:
        return False
    scalar = as_scalar(node, field)
    value = _BOOLEANS.get(scalar.text.lower())
    if value is None:
        raise PipelineError(f"'{field}' must be true or false, not '{scalar.text}'", where=scalar.where)
    return value


def refuse_unknown(node: MapNode, owner: str, known: Iterable[str]) -> None:
    """Raises for the first key that is not known, at its line, with the nearest known one."""
    names = sorted(known)
    for key, value in node.entries.items():
        if key not in names:
            raise PipelineError(f"{owner} has no field '{key}'", where=value.where, remedy=nearest(key, names))


def _unexpected(node: Node | None, field: str, wanted: type[Node]) -> PipelineError:
    if node is None:
        return PipelineError(f"'{field}' is missing")
    found = "nothing" if isinstance(node, Scalar) and node.kind == "null" else _KINDS[type(node)]
    return PipelineError(f"'{field}' must be {_KINDS[wanted]}, not {found}", where=node.where)
