"""DuckDB, which computes what change events mean: a join with a few touched keys costs it milliseconds."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet as pq

from dlt_local.cdc.sql_text import files as file_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from dlt_local.cdc.shape import FileColumn

# Java has its heap beside it.
_MEMORY = "40%"


@contextmanager
def engine(scratch: Path) -> Iterator[DuckDBPyConnection]:
    """A connection without tables; what does not fit into memory goes to `scratch`."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY,
        "temp_directory": str(scratch),
        "preserve_insertion_order": "false",
    }
    with duckdb.connect(config=settings) as connection:
        yield connection


def rows_of_files(paths: Sequence[Path], columns: Sequence[FileColumn], *, located: bool = False) -> str:
    """A query over Parquet files that may have been written before a column or field was added.

    With `located`, each row comes with its file and its position in there.
    """
    places = ["__dlt_local_file AS file", "file_row_number AS position"] if located else []
    if not paths:
        nothing = ["CAST(NULL AS VARCHAR) AS file", "CAST(NULL AS BIGINT) AS position"] if located else []
        return f"SELECT {', '.join([*[column.absent for column in columns], *nothing])} WHERE false"
    options = ", filename = '__dlt_local_file', file_row_number = true" if located else ""
    queries = []
    for names, group in _alike(paths):
        selected = [column.cast if column.stored.lower() in names else column.absent for column in columns]
        source = f"read_parquet({file_list(group)}{options})"
        queries.append(f"SELECT {', '.join([*selected, *places])} FROM {source}")
    return " UNION ALL ".join(queries)


def _alike(paths: Sequence[Path]) -> list[tuple[frozenset[str], list[Path]]]:
    """Files with the same columns and types, each group with the names of its columns."""
    groups: dict[str, tuple[frozenset[str], list[Path]]] = {}
    for path in paths:
        schema = pq.read_schema(path)
        names = frozenset(name.lower() for name in schema.names)
        groups.setdefault(str([(field.name, str(field.type)) for field in schema]), (names, []))[1].append(path)
    return list(groups.values())
