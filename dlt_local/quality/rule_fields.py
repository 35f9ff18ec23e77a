"""Reads the fields of a rule file, each as what it must be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from dlt_local.errors import PipelineError, nearest
from dlt_local.project.node_kinds import as_items, as_map, as_scalar, refuse_unknown
from dlt_local.project.yaml_nodes import ListNode, MapNode, Node
from dlt_local.quality.rule_book import ON_BREACH, Objective

if TYPE_CHECKING:
    from collections.abc import Collection

_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DATASET = re.compile(rf"({_COLUMN.pattern}\.)?{_COLUMN.pattern}")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")


def require(fields: MapNode, owner: str, names: Collection[str]) -> None:
    """Raises if a field is absent or null."""
    missing = [name for name in names if fields.get(name) is None]
    if missing:
        raise PipelineError(f"{owner} needs {' and '.join(map(repr, missing))}", where=fields.where)


def text(fields: MapNode, field: str) -> str:
    """The text of a field that says something."""
    node = as_scalar(fields.get(field), field)
    if not node.text.strip():
        raise PipelineError(f"'{field}' is empty", where=node.where)
    return node.text.strip()


def name_of(fields: MapNode) -> str:
    """The name of a rule or check, in one line."""
    name = text(fields, "name")
    if not name.isprintable():
        raise PipelineError("A name stands on one line", where=fields.entries["name"].where)
    return name


def owner_of(fields: MapNode) -> str:
    """The team that answers for a data set; an address would be a person's."""
    owner = text(fields, "owner")
    if "@" in owner:
        remedy = "Name the team: rules and reports go where addresses must not."
        raise PipelineError("The owner is an address", where=fields.entries["owner"].where, remedy=remedy)
    return owner


def one_of(fields: MapNode, field: str, known: Collection[str]) -> str:
    """A word of a closed list."""
    node = as_scalar(fields.get(field), field)
    if node.text not in known:
        remedy = nearest(node.text, known) or f"It is one of {', '.join(known)}."
        raise PipelineError(f"There is no {field} '{node.text}'", where=node.where, remedy=remedy)
    return node.text


def dataset_name(node: Node, field: str) -> str:
    """`name` or `schema.name`."""
    scalar = as_scalar(node, field)
    if not _DATASET.fullmatch(scalar.text):
        remedy = "It is a name, or a schema and a name with a dot between them."
        raise PipelineError(f"'{scalar.text}' cannot be a {field}", where=scalar.where, remedy=remedy)
    return scalar.text


def columns(fields: MapNode, field: str) -> tuple[str, ...]:
    """A list of columns, each once; empty if the field is absent."""
    names: list[str] = []
    for node in as_items(fields.get(field), field):
        column = as_scalar(node, field)
        if not _COLUMN.fullmatch(column.text):
            raise PipelineError(f"'{column.text}' cannot be a column of '{field}'", where=column.where)
        if column.text in names:
            raise PipelineError(f"Column '{column.text}' stands twice in '{field}'", where=column.where)
        names.append(column.text)
    return tuple(names)


def objective(fields: MapNode, *, of: str, limits: Collection[str]) -> Objective | None:
    """The objective of a rule or of a data set as a whole, which sets one of `limits` at least; None if it has none."""
    node = fields.get("objective")
    if node is None:
        return None
    own = as_map(node, "objective")
    refuse_unknown(own, f"The objective of {of}", (*limits, "on_breach"))
    if all(own.get(limit) is None for limit in limits):
        raise PipelineError(f"The objective of {of} needs {' or '.join(map(repr, limits))}", where=own.where)
    require(own, f"The objective of {of}", ("on_breach",))
    return Objective(
        max_failed_rate=_rate(own, "max_failed_rate"),
        min_rows=_count(own, "min_rows"),
        max_staleness_s=_count(own, "max_staleness_s"),
        on_breach=one_of(own, "on_breach", ON_BREACH),
    )


def _rate(fields: MapNode, field: str) -> float | None:
    node = fields.get(field)
    if node is None:
        return None
    scalar = as_scalar(node, field)
    try:
        rate = float(scalar.text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1:
        raise PipelineError(f"'{field}' must be a number from 0 to 1, not '{scalar.text}'", where=scalar.where)
    return rate


def _count(fields: MapNode, field: str) -> int | None:
    node = fields.get(field)
    if node is None:
        return None
    scalar = as_scalar(node, field)
    if not _WHOLE_NUMBER.fullmatch(scalar.text) or int(scalar.text) == 0:
        raise PipelineError(f"'{field}' must be a whole number from 1, not '{scalar.text}'", where=scalar.where)
    return int(scalar.text)


def refuse_twins(fields: MapNode, field: str, kind: str) -> None:
    """Raises if two entries of a list have one name."""
    lines: dict[str, int] = {}
    for node in as_items(fields.get(field), field):
        entry = as_map(node, field)
        name = text(entry, "name")
        if name in lines:
            raise PipelineError(f"{kind} '{name}' stands here twice (first in line {lines[name]})", where=entry.where)
        lines[name] = entry.where.line


def plain_value(node: Node) -> Any:
    """What an argument of a check says, as YAML understands it."""
    if isinstance(node, ListNode):
        return [plain_value(item) for item in node.items]
    if isinstance(node, MapNode):
        return {name: plain_value(value) for name, value in node.entries.items()}
    return node.text if node.kind == "str" else yaml.safe_load(node.text)
