"""Finds the tables that a SQL text reads and puts other names in their place, leaving the rest as written."""

from __future__ import annotations

import re
from typing import Protocol

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dlt_local.errors import GraphError, UnsupportedError
from dlt_local.source_location import caller_location

_STREAM = re.compile(r"\bSTREAM\s*(\(\s*)?$", re.IGNORECASE)


class ViewOf(Protocol):
    """Gives the view that stands for a table, None to leave the table as it is."""

    def __call__(self, name: str, *, streaming: bool) -> str | None:
        """The view's name."""


_READS = (exp.Query, exp.Describe, exp.Show, exp.Use)


def replace_tables(query: str, view_of: ViewOf) -> str:
    """`query` with each table for which `view_of` gives a view replaced by that view."""
    statement = _parsed(query)
    if not isinstance(statement, _READS):
        message = "[UNSUPPORTED_SPARK_SQL_COMMAND] spark.sql in a pipeline accepts only reads"
        raise UnsupportedError(message, where=caller_location(), remedy="Use SELECT, and decorators to declare tables.")
    common_names = {cte.alias_or_name.lower() for cte in statement.find_all(exp.CTE)}
    tables = [table for table in statement.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    for table in sorted(tables, key=_start, reverse=True):
        name = ".".join(f"`{part.name}`" for part in table.parts)
        if len(table.parts) == 1 and table.name.lower() in common_names:
            continue
        query = _replaced(query, table, name, view_of)
    return query


def _parsed(query: str) -> exp.Expr:
    try:
        return sqlglot.parse_one(query, dialect="databricks")
    except SqlglotError as error:
        raise GraphError(f"SQL text cannot be parsed: {str(error).splitlines()[0]}", where=caller_location()) from error


def _start(table: exp.Table) -> int:
    return int(table.parts[0].meta["start"])


def _replaced(query: str, table: exp.Table, name: str, view_of: ViewOf) -> str:
    start, end = _start(table), int(table.parts[-1].meta["end"]) + 1
    stream = _STREAM.search(query[:start])
    view = view_of(name, streaming=stream is not None)
    if view is None:
        return query
    if stream is not None:
        start = stream.start()
        end = query.index(")", end) + 1 if stream.group(1) else end
    has_alias = table.alias or (isinstance(table.parent, exp.Subquery) and table.parent.alias)
    alias = "" if has_alias else f" AS `{table.name}`"
    return f"{query[:start]}{view}{alias}{query[end:]}"
