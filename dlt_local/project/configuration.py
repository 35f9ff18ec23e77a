"""A pipeline's configuration: what the file says, under what the command line sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.project.node_kinds import as_map, as_scalar
from dlt_local.project.yaml_nodes import Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def configuration(node: Node | None, settings: Mapping[str, str], resolve: Callable[[Node], Node]) -> dict[str, str]:
    """All keys with resolved values; the value of a key that is set on the command line is never looked at."""
    if node is None:
        return dict(settings)
    entries = as_map(resolve(node) if isinstance(node, Scalar) else node, "configuration").entries
    written = {
        key: as_scalar(resolve(value), f"configuration.{key}").text
        for key, value in entries.items()
        if key not in settings
    }
    return written | dict(settings)
