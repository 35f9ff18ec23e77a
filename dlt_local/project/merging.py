"""How bundle files and targets combine: mappings merge, lists grow, single values are replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError
from dlt_local.project.yaml_nodes import ListNode, MapNode, Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

_WITH_GRANTS = ("catalogs", "schemas", "external_locations", "volumes", "registered_models")
# Lists of a resource whose items are known by one of their fields: an item that is there already is merged.
_KEYED: Mapping[str, Mapping[str, str]] = {
    "jobs": {"tasks": "task_key", "job_clusters": "job_cluster_key", "parameters": "name"},
    "pipelines": {"clusters": "label"},
    **{group: {"grants": "principal"} for group in _WITH_GRANTS},
}
_DEFAULT_LABEL = "default"


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


def merge_keyed_lists(resources: MapNode) -> MapNode:
    """The resources with list items of one key made one: tasks of a job, its clusters and parameters, grants, ..."""
    groups = {
        group: _each_resource(members, _KEYED[group]) if group in _KEYED and isinstance(members, MapNode) else members
        for group, members in resources.entries.items()
    }
    return MapNode(groups, resources.where)


def _each_resource(members: MapNode, keyed: Mapping[str, str]) -> MapNode:
    merged = {
        key: _with_keyed_lists(resource, keyed) if isinstance(resource, MapNode) else resource
        for key, resource in members.entries.items()
    }
    return MapNode(merged, members.where)


def _with_keyed_lists(resource: MapNode, keyed: Mapping[str, str]) -> MapNode:
    entries = dict(resource.entries)
    for field, key in keyed.items():
        items = entries.get(field)
        if isinstance(items, ListNode):
            entries[field] = _by_key(items, key)
    return MapNode(entries, resource.where)


def _by_key(items: ListNode, key: str) -> ListNode:
    merged: dict[str, Node] = {}
    for position, item in enumerate(items.items):
        name = _key_of(item, key)
        # Items without a key stay as they are; whoever reads them says what is wrong.
        slot = f"{position}:" if name is None else f":{name}"
        merged[slot] = merge(merged[slot], item) if slot in merged else item
    return ListNode(tuple(merged.values()), items.where)


def _key_of(item: Node, key: str) -> str | None:
    if not isinstance(item, MapNode):
        return None
    value = item.get(key)
    text = value.text if isinstance(value, Scalar) else None
    return (text or _DEFAULT_LABEL).lower() if key == "label" else text


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
