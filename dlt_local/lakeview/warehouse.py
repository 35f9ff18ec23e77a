"""Answers the SQL of a dashboard from the tables of a state folder, with DuckDB in place of a SQL warehouse."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import duckdb
import sqlglot
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dlt_local.errors import PipelineError
from dlt_local.show.stored_tables import UnknownTableError, find_table
from dlt_local.stores.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from dlt_local.lakeview.model import DataSet
    from dlt_local.show.stored_tables import StoredTable


class NotDrawnError(PipelineError):
    """A data set or widget that cannot be shown here; the page says so in its place."""


class MissingTableError(NotDrawnError):
    """A data set reads a table that the state does not hold."""

    def __init__(self, table: str) -> None:
        self.table = table
        remedy = "dlt-local run makes the tables of a pipeline; what a job makes is only in a workspace."
        super().__init__(f"There is no table {table} here", remedy=remedy)


class Warehouse:
    """Tables of a state by the names that a dashboard uses; `catalog` and `schema` complete names without them."""

    def __init__(self, state: Path, *, catalog: str | None, schema: str | None) -> None:
        self._state = state
        self._names = (catalog, schema)
        self._tables: set[str] = set()
        self._connection = duckdb.connect()
        self._connection.execute(
            "SET TimeZone = 'UTC'; SET enable_external_access = false; SET lock_configuration = true"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def evaluate(self, data_set: DataSet) -> bool:
        """Keep the rows of a data set for `rows`; True if its SQL says in which order they come."""
        if data_set.problem:
            raise NotDrawnError(f"Data set '{data_set.name}': {data_set.problem}")
        query = self._on_stored_tables(_query(data_set))
        with _says_which(data_set.name):
            self._connection.execute(f"CREATE TEMP TABLE {in_quotes(data_set.name)} AS {query.sql(dialect='duckdb')}")
        return query.args.get("order") is not None

    def rows(self, sql: str, data_set: str) -> pa.Table:
        """What a query in DuckDB's SQL over an evaluated data set gives."""
        with _says_which(data_set):
            return self._connection.sql(sql).to_arrow_table()

    def _on_stored_tables(self, query: exp.Query) -> exp.Query:
        """The query with each table by the name under which DuckDB knows it."""
        own = {cte.alias.casefold() for cte in query.find_all(exp.CTE)}
        for table in list(query.find_all(exp.Table)):
            if not isinstance(table.this, exp.Identifier):
                raise NotDrawnError(f"{table.sql(dialect='databricks')} is no table of the pipeline.")
            if table.db or table.name.casefold() not in own:
                # Columns may be qualified by the table's own name.
                known_as = table.alias or table.name
                table.replace(exp.alias_(exp.to_table(self._registered(table), dialect="duckdb"), known_as, table=True))
        return query

    def _registered(self, table: exp.Table) -> str:
        stored = self._stored(table)
        name = str(stored)
        if name not in self._tables:
            try:
                self._connection.register(name, Snapshot(DeltaTable(stored.folder)))
            except (DeltaError, OSError) as error:
                raise NotDrawnError(f"Cannot read {stored}: {error}") from error
            self._tables.add(name)
        return in_quotes(name)

    def _stored(self, table: exp.Table) -> StoredTable:
        catalog, schema = self._names
        schema = table.db or schema
        catalog = table.catalog or (catalog if schema else None)
        name = ".".join(part for part in (catalog, schema, table.name) if part)
        try:
            return find_table(self._state, name)
        except UnknownTableError as error:
            if error.what.startswith("No table"):
                raise MissingTableError(name) from error
            raise NotDrawnError(str(error)) from error


@contextmanager
def _says_which(data_set: str) -> Iterator[None]:
    try:
        yield
    except (duckdb.Error, DeltaError) as error:
        # What follows the first empty line is the query, in words that nobody wrote.
        message = " ".join(str(error).partition("\n\n")[0].split())
        raise NotDrawnError(f"The query on data set '{data_set}' fails: {message}") from error


def in_duckdb(expression: str) -> exp.Expr:
    """A Databricks SQL expression, ready to be written as DuckDB's."""
    try:
        return sqlglot.parse_one(expression, read="databricks")
    except SqlglotError as error:
        raise NotDrawnError(f"The expression {expression} is not understood: {_first(error)}") from error


def in_quotes(name: str) -> str:
    """A name as a SQL identifier of DuckDB."""
    return exp.to_identifier(name, quoted=True).sql(dialect="duckdb")


def _query(data_set: DataSet) -> exp.Query:
    try:
        statements = sqlglot.parse(data_set.sql, read="databricks")
    except SqlglotError as error:
        raise NotDrawnError(f"The SQL of data set '{data_set.name}' is not understood: {_first(error)}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise NotDrawnError(f"Data set '{data_set.name}' is not one query.")
    return statements[0]


def _first(error: SqlglotError) -> str:
    # sqlglot underlines the place in the second line, with control codes for terminals.
    return str(error).splitlines()[0]
