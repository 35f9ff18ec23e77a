"""YAML as a tree that remembers, for every value, the file and line of its key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from dlt_local.errors import PipelineError
from dlt_local.source_location import SourceLocation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_MERGE_KEY = "tag:yaml.org,2002:merge"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as written; `kind` is YAML's view of it: str, bool, int, float, null, timestamp."""

    text: str
    kind: str
    where: SourceLocation


@dataclass(frozen=True, slots=True)
class ListNode:
    """A YAML sequence."""

    items: tuple[Node, ...]
    where: SourceLocation


@dataclass(frozen=True, slots=True)
class MapNode:
    """A YAML mapping with its keys in written order."""

    entries: Mapping[str, Node]
    where: SourceLocation

    def get(self, key: str) -> Node | None:
        """The value of a key, None if it is absent or null."""
        found = self.entries.get(key)
        return None if isinstance(found, Scalar) and found.kind == "null" else found


Node = Scalar | ListNode | MapNode


def read_yaml(path: Path) -> MapNode:
    """The mapping in a YAML file; syntax errors and duplicate keys are errors at their line."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise PipelineError(f"Cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PipelineError(f"{path} is not a UTF-8 text file") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PipelineError(f"Not valid YAML: {error.problem}", where=SourceLocation(str(path), line)) from error
    except yaml.YAMLError as error:
        raise PipelineError(f"{path} is not valid YAML: {str(error).splitlines()[0]}") from error
    if root is None:
        return MapNode({}, SourceLocation(str(path), 1))
    tree = _Reader(str(path)).node(root, SourceLocation(str(path), 1))
    if not isinstance(tree, MapNode):
        raise PipelineError("Expected keys with values at the top of the file", where=tree.where)
    return tree


@dataclass(slots=True)
class _Reader:
    """Turns composed YAML nodes of one file into the tree above."""

    file: str
    open_nodes: set[int] = field(default_factory=set)

    def node(self, node: yaml.Node, where: SourceLocation) -> Node:
        if isinstance(node, yaml.ScalarNode):
            return Scalar(str(node.value), node.tag.rpartition(":")[2], where)
        if id(node) in self.open_nodes:
            raise PipelineError("An alias refers to the value that contains it", where=where)
        self.open_nodes.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return ListNode(tuple(self.node(item, self.place(item)) for item in node.value), where)
            return MapNode(dict(self.entries(node)), where)
        finally:
            self.open_nodes.discard(id(node))

    def entries(self, node: yaml.Node) -> Iterator[tuple[str, Node]]:
        merged: dict[str, Node] = {}
        own: dict[str, Node] = {}
        for key, value in node.value:
            where = self.place(key)
            if key.tag == _MERGE_KEY:
                merged |= self.merged(value, where)
            elif not isinstance(key, yaml.ScalarNode):
                raise PipelineError("A key must be a single value", where=where)
            elif key.value in own:
                raise PipelineError(
                    f"Key '{key.value}' stands here twice (first in line {own[key.value].where.line})", where=where
                )
            else:
                own[key.value] = self.node(value, where)
        yield from (merged | own).items()

    def merged(self, value: yaml.Node, where: SourceLocation) -> dict[str, Node]:
        sources = reversed(value.value) if isinstance(value, yaml.SequenceNode) else [value]
        entries: dict[str, Node] = {}
        for source in sources:
            mapping = self.node(source, where)
            if not isinstance(mapping, MapNode):
                raise PipelineError("'<<' takes a mapping or a list of mappings", where=where)
            entries |= mapping.entries
        return entries

    def place(self, node: yaml.Node) -> SourceLocation:
        return SourceLocation(self.file, node.start_mark.line + 1)
