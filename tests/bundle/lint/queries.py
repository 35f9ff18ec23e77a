"""Tables and columns that SQL names, held against those that exist."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from dlt_local.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A parameter <layer>_schema is the schema of that layer; what comes as a whole name has columns that nobody knows here.
_PART = re.compile(r"IDENTIFIER\(\s*:(\w+?)_schema\s*\|\|\s*'\.(\w+)'\s*\)", re.IGNORECASE)
_WHOLE = re.compile(r"IDENTIFIER\(\s*:(\w+)\s*\)", re.IGNORECASE)
# The schema of a table whose whole name is a parameter.
GIVEN = "given"
# A reference to the catalog of the target is read as this name.
CATALOG = "catalog"
_CATALOGS = frozenset({"", CATALOG})


@dataclass(frozen=True, slots=True)
class Query:
    """SQL text, the place of its first line, and the layer of names without schema."""

    text: str
    file: str
    line: int
    layer: str


def _statements(text: str) -> list[exp.Expression]:
    text = _WHOLE.sub(rf"{GIVEN}.\1", _PART.sub(r"\1.\2", text))
    parsed = sqlglot.parse(text, dialect="databricks")
    return [statement for statement in parsed if isinstance(statement, exp.Expression)]


def tables_made(text: str) -> dict[tuple[str, str], frozenset[str]]:
    """Columns of the tables that CREATE TABLE statements list, by schema and name; see GIVEN."""
    return {
        (create.this.this.db, create.this.this.name): frozenset(column.name for column in create.this.expressions)
        for statement in _statements(text)
        for create in statement.find_all(exp.Create)
        if isinstance(create.this, exp.Schema)
    }


def mistakes(query: Query, tables: Mapping[str, frozenset[str]]) -> Iterator[tuple[int, str, str]]:
    """Line, what is wrong, and what to do, for every name that does not exist."""
    try:
        statements = _statements(query.text)
    except sqlglot.errors.ParseError as error:
        line = error.errors[0].get("line") if error.errors else 1
        yield (
            query.line + int(line or 1) - 1,
            "This is no SQL that sqlglot reads",
            str(error.errors[0].get("description")),
        )
        return
    for statement in statements:
        yield from _unknown_tables(statement, query, tables)
        for part in _selects(statement):
            for scope in traverse_scope(part):
                yield from _unknown_columns(scope, query, tables)


def _selects(statement: exp.Expression) -> list[exp.Query]:
    """The outermost queries of a statement."""
    if isinstance(statement, exp.Query):
        return [statement]
    return [found for found in statement.find_all(exp.Query) if found.find_ancestor(exp.Query) is None]


def _unknown_tables(
    statement: exp.Expression, query: Query, tables: Mapping[str, frozenset[str]]
) -> Iterator[tuple[int, str, str]]:
    inner = {cte.alias for cte in statement.find_all(exp.CTE)}
    for table in statement.find_all(exp.Table):
        if table.catalog not in _CATALOGS:
            remedy = "Leave it out; the target says which catalog."
            yield _line(table.this, query), f"'{table.name}' is read from catalog '{table.catalog}'", remedy
        name = _name(table, query.layer)
        if name in tables or table.db == GIVEN or not isinstance(table.this, exp.Identifier):
            continue
        if table.db or table.name not in inner:
            remedy = nearest(name, tables) or "See docs/datasets.md and jobs/."
            yield _line(table.this, query), f"There is no table '{name}'", remedy


def _unknown_columns(
    scope: Scope, query: Query, tables: Mapping[str, frozenset[str]]
) -> Iterator[tuple[int, str, str]]:
    columns = {alias: _columns_of(source, query, tables) for alias, source in scope.sources.items()}
    selected = {alias for alias, _ in scope.references}
    aliases = {item.alias for item in scope.expression.expressions if isinstance(item, exp.Alias)}
    if scope.find(exp.Lateral, exp.Unnest, exp.Explode):
        return
    # The scope also lists what its subqueries name: with its table it may be ours, without one it is theirs.
    for column in (item for item in scope.columns if item.table or item.find_ancestor(exp.Query) is scope.expression):
        owner = column.table or (next(iter(selected)) if len(selected) == 1 else "")
        known = columns.get(owner)
        if not known or column.name in known or (not column.table and column.name in aliases):
            continue
        remedy = nearest(column.name, known) or "See docs/datasets.md."
        yield _line(column.this, query), f"'{owner}' has no column '{column.name}'", remedy


def _columns_of(source: object, query: Query, tables: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return tables.get(_name(source, query.layer), frozenset()) if isinstance(source, exp.Table) else frozenset()


def _name(table: exp.Table, layer: str) -> str:
    return f"{table.db or layer}.{table.name}" if table.db or layer else table.name


def _line(identifier: exp.Expression, query: Query) -> int:
    return query.line + int(identifier.meta.get("line", 1)) - 1
