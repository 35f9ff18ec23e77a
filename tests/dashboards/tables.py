"""What a query reads and what it gives."""

from __future__ import annotations

import sqlglot
from sqlglot import exp


def tables_of(sql: str) -> set[str]:
    """Names of the tables in a query."""
    return {table.name for table in _query(sql).find_all(exp.Table)}


def columns_of(sql: str) -> list[str]:
    """Names of the columns of its rows."""
    return _query(sql).named_selects


def _query(sql: str) -> exp.Query:
    (query,) = sqlglot.parse(sql, read="databricks")
    assert isinstance(query, exp.Query)
    return query
