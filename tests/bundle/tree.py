"""Looks at and changes a bundle's tree of values; every value keeps the file and line where it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from dlt_local.project.yaml_nodes import ListNode, MapNode, Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlt_local.source_location import SourceLocation

    Change = Callable[[Node | None, SourceLocation], Node | None]

EACH = "*"


def scalar(value: str | int, where: SourceLocation) -> Scalar:
    """A value that nobody wrote, at the place that made it necessary."""
    if isinstance(value, bool):
        return Scalar(str(value).lower(), "bool", where)
    return Scalar(str(value), "int" if isinstance(value, int) else "str", where)


def mapping(entries: dict[str, str | int | Node], where: SourceLocation) -> MapNode:
    """A mapping of such values."""
    nodes = {key: scalar(value, where) if isinstance(value, str | int) else value for key, value in entries.items()}
    return MapNode(nodes, where)


def find(node: Node | None, *path: str) -> Node | None:
    """The value below keys, None if there is none."""
    for key in path:
        node = node.get(key) if isinstance(node, MapNode) else None
    return node


def text_at(node: Node | None, *path: str) -> str:
    """The text below keys, empty if there is none."""
    found = find(node, *path)
    return found.text if isinstance(found, Scalar) else ""


def items_at(node: Node | None, *path: str) -> tuple[Node, ...]:
    """The items of the list below keys."""
    found = find(node, *path)
    return found.items if isinstance(found, ListNode) else ()


def entries_at(node: Node | None, *path: str) -> dict[str, Node]:
    """The keys and values of the mapping below keys."""
    found = find(node, *path)
    return dict(found.entries) if isinstance(found, MapNode) else {}


def members(config: Node, group: str) -> dict[str, MapNode]:
    """The resources of one type by their keys."""
    found = entries_at(config, "resources", group)
    return {key: node for key, node in found.items() if isinstance(node, MapNode)}


def resources(config: Node) -> Iterator[tuple[str, str, MapNode]]:
    """Type, key and fields of every resource."""
    for group in entries_at(config, "resources"):
        for key, node in members(config, group).items():
            yield group, key, node


def scalars(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Scalar]]:
    """Every single value with the keys and positions that lead to it."""
    if isinstance(node, Scalar):
        yield path, node
        return
    parts = node.entries.items() if isinstance(node, MapNode) else enumerate(node.items)
    for key, value in parts:
        yield from scalars(value, (*path, str(key)))


def changed(node: Node, path: tuple[str, ...], change: Change) -> Node:
    """The tree with what stands at the path replaced; `*` is every key or item, None leaves a missing key missing."""
    head, rest = path[0], path[1:]
    if isinstance(node, ListNode) and head == EACH:
        return ListNode(tuple(_next(item, rest, change, item.where) or item for item in node.items), node.where)
    if not isinstance(node, MapNode):
        return node
    entries = dict(node.entries)
    for key in list(entries) if head == EACH else [head]:
        value = _next(node.get(key), rest, change, node.where)
        if value is not None:
            entries[key] = value
    return MapNode(entries, node.where)


def _next(node: Node | None, rest: tuple[str, ...], change: Change, where: SourceLocation) -> Node | None:
    if not rest:
        return change(node, node.where if node else where)
    return None if node is None else changed(node, rest, change)


def plain(node: Node) -> Any:
    """The tree as dictionaries, lists and values."""
    if isinstance(node, MapNode):
        return {key: plain(value) for key, value in node.entries.items()}
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return node.text if node.kind == "str" else yaml.safe_load(node.text)
