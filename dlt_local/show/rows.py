"""Rows of a stored table as text, CSV lines or JSON objects, read without Spark."""

from __future__ import annotations

import csv
import io
import tempfile
from functools import cached_property
from typing import TYPE_CHECKING, Any

import duckdb
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from dlt_local.errors import PipelineError
from dlt_local.show.value_text import as_csv_field, as_json, as_text, quoted, text_literal
from dlt_local.stores.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb.sqltypes import DuckDBPyType

    from dlt_local.show.stored_tables import StoredTable

_ROWS_AT_ONCE = 10_000
_SORT_MEMORY = "1GB"


class TableRows:
    """The rows of a table that meet `where` (DuckDB SQL), ordered by all columns from left to right, NULL last.

    The order makes two tables with the same rows print the same text, whatever files they lie in.
    """

    def __init__(self, table: StoredTable, *, where: str | None = None, limit: int | None = None) -> None:
        self._table = table
        self._where = f"WHERE ({where}\n)" if where else ""
        self._limit = "" if limit is None else f"LIMIT {limit}"

    def count(self) -> int:
        """Rows that meet `where`, however many of them `limit` lets through."""
        ((rows,),) = self._query(f"SELECT count(*) FROM stored {self._where}")  # noqa: S608 - the user's own query
        return int(rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names as stored, in the table's order."""
        return tuple(self._kinds)

    def text(self) -> Iterator[tuple[str | None, ...]]:
        """Each row as one text per column, None for NULL."""
        return self._rows(", ".join(as_text(quoted(name), kind) for name, kind in self._kinds.items()))

    def csv_lines(self) -> Iterator[str]:
        """A header and each row by RFC 4180; NULL is an empty field, an empty text is `""`."""
        header = io.StringIO()
        csv.writer(header, lineterminator="").writerow(self.columns)
        yield header.getvalue()
        fields = (as_csv_field(quoted(name), kind) for name, kind in self._kinds.items())
        yield from (line for (line,) in self._rows(" || ',' || ".join(fields)))

    def json_objects(self) -> Iterator[str]:
        """Each row as one JSON object with the columns as keys."""
        members = (
            f"to_json({text_literal(name)}) || ':' || coalesce({as_json(quoted(name), kind)}, 'null')"
            for name, kind in self._kinds.items()
        )
        yield from (line for (line,) in self._rows("'{' || " + " || ',' || ".join(members) + " || '}'"))

    def _rows(self, expressions: str) -> Iterator[tuple[Any, ...]]:
        ordered = f"SELECT * FROM stored {self._where} ORDER BY ALL {self._limit}"  # noqa: S608 - the user's own query
        return self._query(f"SELECT {expressions} FROM ({ordered})")  # noqa: S608 - expressions are ours

    def _query(self, sql: str) -> Iterator[tuple[Any, ...]]:
        try:
            result = self._connection.execute(sql)
            while rows := result.fetchmany(_ROWS_AT_ONCE):
                yield from rows
        except (duckdb.Error, DeltaError) as error:
            raise self._unreadable(error) from error

    @cached_property
    def _kinds(self) -> dict[str, DuckDBPyType]:
        try:
            relation = self._connection.table("stored")
        except (duckdb.Error, DeltaError) as error:
            raise self._unreadable(error) from error
        return dict(zip(relation.columns, relation.types, strict=True))

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        try:
            snapshot = Snapshot(DeltaTable(self._table.folder))
        except (DeltaError, OSError) as error:
            raise self._unreadable(error) from error
        connection = duckdb.connect(config={"memory_limit": _SORT_MEMORY, "temp_directory": tempfile.gettempdir()})
        connection.register("stored", snapshot)
        connection.execute("SET TimeZone = 'UTC'; SET enable_external_access = false; SET lock_configuration = true")
        return connection

    def _unreadable(self, error: Exception) -> PipelineError:
        """DuckDB shows the text of the query after the first empty line, and that text is ours."""
        message = " ".join(str(error).partition("\n\n")[0].split())
        return PipelineError(f"Cannot read {self._table}: {message}")
