"""Replaces all rows of a Delta table: Spark writes Parquet files, one light commit makes them the table.

Spark's own Delta writer spends four jobs on a commit of a few rows; this way costs one. Tables that use Delta features
beyond plain files go through Spark's writer.
"""

from __future__ import annotations

import json
import shutil
import uuid
from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.transaction import AddAction

from dlt_local.stores.delta_log import latest_version, rows_written

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import DataFrame

    from dlt_local.stores.state import TableFolder

# Beyond this, comparing costs more than the refreshes that it may save.
_WORTH_COMPARING = 200_000
_NOT_IN_PARQUET_NAMES = frozenset(" ,;{}()\n\t=")


def replace_rows(frame: DataFrame, folder: TableFolder) -> int:
    """Make `frame` the contents of the table in one commit, none if it holds them already; returns the rows."""
    table = DeltaTable(folder.path)
    if not _is_plain(table, frame):
        return _by_spark(frame, folder)
    part = f"refresh-{uuid.uuid4().hex}"
    try:
        frame.write.parquet(str(folder.path / part))
        files = [_added(file, f"{part}/{file.name}") for file in sorted((folder.path / part).glob("*.parquet"))]
        rows = sum(count for _, count in files)
        if _holds_already(table, folder.path / part, rows):
            shutil.rmtree(folder.path / part)
            return rows
        table.create_write_transaction([add for add, count in files if count], "overwrite", table.schema())
    except BaseException:
        shutil.rmtree(folder.path / part, ignore_errors=True)
        raise
    return rows


def _holds_already(table: DeltaTable, part: Path, rows: int) -> bool:
    """Whether the table has just these rows: then nothing that reads it has anything to do."""
    stored = table.file_uris()
    if sum(pq.read_metadata(file).num_rows for file in stored) != rows or rows > _WORTH_COMPARING:
        return False
    if rows == 0:
        return True
    columns = ", ".join(f'"{field.name}"' for field in table.schema().fields)
    with duckdb.connect() as engine:
        rows_of = f"SELECT {columns} FROM read_parquet(?)"  # noqa: S608 # the table's own columns
        count = f"SELECT count(*) FROM ({rows_of} EXCEPT ALL {rows_of})"  # noqa: S608 # as above
        try:
            return engine.execute(count, [[f"{part}/*.parquet"], stored]).fetchall() == [(0,)]
        except duckdb.Error:
            # Files from before a column was added do not have it: the rows differ.
            return False


def _is_plain(table: DeltaTable, frame: DataFrame) -> bool:
    """Whether files alone are the table: no partitions, no Delta properties, the same columns."""
    metadata = table.metadata()
    has_features = any(key.startswith("delta.") for key in metadata.configuration)
    names = [field.name for field in table.schema().fields]
    stored = {field["name"]: field["type"] for field in json.loads(table.schema().to_json())["fields"]}
    produced = {field["name"]: field["type"] for field in json.loads(frame.schema.json())["fields"]}
    readable = not any(_NOT_IN_PARQUET_NAMES & set(name) for name in names)
    has_rules = bool(metadata.partition_columns) or has_features or _has_not_null(table)
    return not has_rules and readable and _shape(stored) == _shape(produced)


def _has_not_null(table: DeltaTable) -> bool:
    return any(not field.nullable for field in table.schema().fields)


def _shape(fields: dict[str, object]) -> str:
    """Names and types without nullability, which a query may narrow."""
    text = json.dumps(fields, sort_keys=True)
    for nullability in ("nullable", "containsNull", "valueContainsNull"):
        text = text.replace(f'"{nullability}": false', f'"{nullability}": true')
    return text


def _by_spark(frame: DataFrame, folder: TableFolder) -> int:
    """Spark's own writer, which checks NOT NULL columns as long as it may not change the schema."""
    before, table = latest_version(folder.path), DeltaTable(folder.path)
    writer = frame.write.format("delta").mode("overwrite").partitionBy(*table.metadata().partition_columns)
    if not _has_not_null(table):
        writer = writer.option("overwriteSchema", "true")
    writer.save(str(folder.path))
    return rows_written(folder.path, before)


def _added(file: Path, path: str) -> tuple[AddAction, int]:
    rows = pq.read_metadata(file).num_rows
    facts = file.stat()
    stats = json.dumps({"numRecords": rows})
    return AddAction(path, facts.st_size, {}, int(facts.st_mtime * 1000), True, stats), rows
