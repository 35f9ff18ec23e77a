"""How bundle files and targets combine: mappings merge, lists grow, single values are replaced."""

from __future__ import annotations

from dlt_local.errors import PipelineError
from dlt_local.project.yaml_nodes import ListNode, MapNode, Node, Scalar


def merge(lower: Node, upper: Node) -> Node:
    """`upper` over `lower`; a null in `upper` changes nothing."""
    if isinstance(upper, Scalar) and upper.kind == "null":
        return lower
    if isinstance(lower, MapNode) and isinstance(upper, MapNode):
        return merge_maps(lower, upper)
    if isinstance(lower, ListNode) and isinstance(upper, ListNode):
        return ListNode(lower.items + upper.items, lower.where)
    return upper


def merge_maps(lower: MapNode, upper: MapNode) -> MapNode:
    """The keys of both, common ones merged."""
    entries = dict(lower.entries)
    for key, value in upper.entries.items():
        entries[key] = merge(entries[key], value) if key in entries else value
    return MapNode(entries, lower.where)


def merge_included(lower: MapNode, upper: MapNode) -> MapNode:
    """A further file of a bundle; a resource that an earlier file defines is an error."""
    before = _resources(lower)
    for name, node in _resources(upper).items():
        if name in before:
            raise PipelineError(f"Resource '{name}' is defined already in {before[name].where}", where=node.where)
    return merge_maps(lower, upper)


def _resources(bundle: MapNode) -> dict[str, Node]:
    groups = bundle.get("resources")
    if not isinstance(groups, MapNode):
        return {}
    return {
        f"{group}.{key}": node
        for group, members in groups.entries.items()
        if isinstance(members, MapNode)
        for key, node in members.entries.items()
    }
