"""AUTO CDC FROM SNAPSHOT: each snapshot is compared with the open rows, and the difference becomes change events.

Snapshots come in order, so nothing can arrive late: once the target shows a snapshot, its events are forgotten, and
only its version is kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from deltalake import DeltaTable, Schema
from pyspark.sql.types import IntegralType, StructField, StructType

from dlt_local.cdc.change_log import ChangeLog, event_columns, files_of
from dlt_local.cdc.columns import START, lowered, snapshot_target_schema
from dlt_local.cdc.engine import engine, rows_of_files
from dlt_local.cdc.events import canonical, column
from dlt_local.cdc.shape import DELETE, UPSERT, TargetShape
from dlt_local.cdc.snapshot_function import Version, next_snapshot, version_type
from dlt_local.cdc.sql_text import literal, sql_type
from dlt_local.errors import FlowError, PipelineError, first_line
from dlt_local.graph.reads import Evaluation, evaluating
from dlt_local.jdbc.errors import database_error
from dlt_local.source_location import location_of_error
from dlt_local.stores.tables import stored_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from duckdb import DuckDBPyConnection
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import DataType

    from dlt_local.api.definitions import SnapshotFlow, SnapshotFunction
    from dlt_local.cdc.apply import CdcTarget


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Applies snapshots to a target of their own; `warn` tells the user what was odd about one."""

    target: CdcTarget
    flow: SnapshotFlow
    spark: SparkSession
    warn: Callable[[str], None]

    def apply_next(self, snapshot: DataFrame) -> None:
        """Apply one snapshot under the next number: 0, 1, 2, ..."""
        log = ChangeLog.of(self.target.folder)
        with log.locked():
            latest = self._latest(log)
            self._apply(log, snapshot, latest + 1 if isinstance(latest, int) else 0)

    def apply_all(self, function: SnapshotFunction, evaluation: Evaluation) -> None:
        """Apply what the function gives until it gives None; `evaluation` answers its reads."""
        log = ChangeLog.of(self.target.folder)
        with log.locked():
            latest = self._latest(log)
            while (found := self._called(function, latest, evaluation)) is not None:
                snapshot, version = found
                if latest is not None and not self._is_newer(version, latest):
                    self.warn(f"snapshot {version!r} is not above the last one, {latest!r}, and was not applied")
                    return
                self._apply(log, snapshot, version)
                latest = version

    def _latest(self, log: ChangeLog) -> Version | None:
        """The version of the last applied snapshot; one that a killed run could not finish is finished first."""
        for batch in log.pending():
            version = _decoded(json.loads((batch / "note.json").read_text(encoding="utf-8")))
            if version is not None:
                shape = self._shape(version)
                self.target.apply_staged(log, None, shape, self.spark, note={})
        return _decoded(log.note())

    def _called(
        self, function: SnapshotFunction, latest: Version | None, evaluation: Evaluation
    ) -> tuple[DataFrame, Version] | None:
        try:
            with evaluating(evaluation, may_act=True):
                return next_snapshot(function, latest)
        except PipelineError:
            raise
        except Exception as error:
            refused = database_error(error, evaluation.databases)
            if refused is not None:
                raise refused from error
            where = location_of_error(error.__traceback__) or self.flow.location
            message = f"The snapshot function of '{self.flow.name}' failed: {type(error).__name__}: {first_line(error)}"
            raise FlowError(message, where=where) from error

    def _is_newer(self, version: Version, latest: Version) -> bool:
        if version_type(version) != version_type(latest):
            kinds = f"{type(latest).__name__} to {type(version).__name__}"
            message = (
                f"[AUTOCDC_INVALID_STATE.SEQUENCING_TYPE_DRIFT] Versions of '{self.flow.name}' changed from {kinds}"
            )
            remedy = f"Return versions of one type, or run with --full-refresh {self._table}."
            raise FlowError(message, where=self.flow.location, remedy=remedy)
        return bool(version > latest)  # type: ignore[operator] # the types are equal

    def _apply(self, log: ChangeLog, snapshot: DataFrame, version: Version) -> None:
        self._evolve(snapshot_target_schema(snapshot.schema, self.flow, version_type(version)))
        shape = self._shape(version)
        rows = log.new_batch()
        _canonical_rows(snapshot, shape).write.parquet(str(rows))
        staged = log.new_batch()
        staged.mkdir(parents=True)
        with engine(log.scratch) as connection:
            self._read(connection, rows, shape)
            self.target.rows(self.spark, log, shape).fetch_open(connection)
            _write_changes(connection, shape, version, staged / "changes.parquet")
        self.target.apply_staged(log, staged, shape, self.spark, note=_encoded(version))

    def _shape(self, version: Version) -> TargetShape:
        found = version_type(version)
        declared = next((f.dataType for f in stored_schema(self.target.folder).fields if f.name == START), found)
        if not _can_hold(declared, found):
            message = (
                f"Versions of '{self.flow.name}' are of type {type(version).__name__}, not {declared.simpleString()}"
            )
            raise FlowError(message, where=self.flow.location, remedy=f"Declare {START} as {found.simpleString()}.")
        return self.target.shape(declared)

    @property
    def _table(self) -> str:
        return self.target.name.split(".", 1)[-1]

    def _evolve(self, found: StructType) -> None:
        """Add the columns that a snapshot brings; a column that changes its type is an error."""
        stored = {field.name.lower(): field for field in stored_schema(self.target.folder).fields}
        for field in found.fields:
            before = stored.get(field.name.lower())
            if before is not None and not _can_hold(before.dataType, field.dataType) and field.name != START:
                types = f"from {before.dataType.simpleString()} to {field.dataType.simpleString()}"
                message = f"Column '{field.name}' of '{self.target.name}' changed {types}"
                raise FlowError(message, where=self.flow.location, remedy=f"Run with --full-refresh {self._table}.")
        new = StructType([StructField(f.name, f.dataType) for f in found.fields if f.name.lower() not in stored])
        if new.fields:
            table = DeltaTable(self.target.folder.path)
            table.alter.add_columns(list(Schema.from_json(new.json()).fields))

    def _read(self, connection: DuckDBPyConnection, rows: Path, shape: TargetShape) -> None:
        """Table `snapshot`, each key once; copies of a row are one row."""
        own = lowered(("seq", "op", "named"))
        columns = [column for column in event_columns(shape) if column.name not in own]
        query = rows_of_files(files_of([rows]), columns)
        connection.execute(f"CREATE TEMP TABLE snapshot AS SELECT DISTINCT * FROM ({query})")
        keys = ", ".join(shape.key_names)
        missing = " OR ".join(f"{name} IS NULL" for name in shape.key_names)
        if connection.execute(f"SELECT 1 FROM snapshot WHERE {missing} LIMIT 1").fetchone():
            message = f"A snapshot of '{self.flow.name}' has a row with a NULL key"
            raise FlowError(message, where=self.flow.location, remedy="Filter such rows.")
        texts = ", ".join(f"CAST({name} AS VARCHAR)" for name in shape.key_names)
        twice = (
            f"SELECT {texts} FROM (SELECT {keys} FROM snapshot GROUP BY ALL HAVING count(*) > 1) ORDER BY ALL LIMIT 1"
        )
        found = connection.execute(twice).fetchone()
        if found:
            key = ", ".join(f"{field.name}={value}" for field, value in zip(shape.keys, found, strict=True))
            message = f"A snapshot of '{self.flow.name}' has different rows with the key ({key})"
            raise FlowError(message, where=self.flow.location, remedy="Keep one row per key.")
        if connection.execute("FROM snapshot LIMIT 1").fetchone() is None:
            self.warn("the snapshot is empty: all keys of the target are deleted")


def _canonical_rows(snapshot: DataFrame, shape: TargetShape) -> DataFrame:
    known = lowered(snapshot.columns)
    keys = [(name, key) for name, key in zip(shape.key_names, shape.keys, strict=True)]
    data = [(f"c_{field.name}", field) for field in shape.data if field.name.lower() in known]
    return snapshot.select(
        *[canonical(column(field.name), field.dataType).alias(name) for name, field in (*keys, *data)]
    )


def _write_changes(connection: DuckDBPyConnection, shape: TargetShape, version: Version, file: Path) -> None:
    """New and changed rows as upserts, open rows that the snapshot lacks as deletes, all at its version."""
    kind = sql_type(shape.sequence)
    connection.execute(f"CREATE TEMP TABLE version AS SELECT CAST(? AS {kind}) AS seq", [version])
    same = [f"s.{name} IS NOT DISTINCT FROM o.{name}" for name in (*shape.key_names, *shape.data_names)]
    columns = ", ".join([*shape.key_names, *shape.data_names])
    own = "(SELECT seq FROM version) AS seq, CAST({} AS TINYINT) AS op, CAST(NULL AS VARCHAR[]) AS named"
    upserts = f"SELECT {columns}, {own.format(UPSERT)} FROM snapshot s ANTI JOIN open_rows o ON {' AND '.join(same)}"
    gone = f"SELECT {', '.join(shape.key_names)}, {own.format(DELETE)} FROM open_rows o"
    gone += f" ANTI JOIN snapshot s ON {shape.same_key('s', 'o')}"
    connection.execute(f"COPY ({upserts} UNION ALL BY NAME {gone}) TO {literal(str(file))} (FORMAT parquet)")


def _can_hold(stored: DataType, found: DataType) -> bool:
    both_integral = isinstance(stored, IntegralType) and isinstance(found, IntegralType)
    alike = stored.simpleString().lower() == found.simpleString().lower()
    return alike or both_integral or {stored.typeName(), found.typeName()} <= {"timestamp", "timestamp_ntz"}


def _encoded(version: Version) -> dict[str, Any]:
    """A version as JSON, with its type."""
    if isinstance(version, datetime | date):
        return {"kind": type(version).__name__, "version": version.isoformat()}
    if isinstance(version, bytes):
        return {"kind": "bytes", "version": version.hex()}
    return {"kind": type(version).__name__, "version": str(version) if isinstance(version, Decimal) else version}


def _decoded(note: Mapping[str, Any]) -> Version | None:
    if not note:
        return None
    readers: Mapping[str, Callable[[Any], Version]] = {
        "bytes": bytes.fromhex,
        "date": date.fromisoformat,
        "datetime": datetime.fromisoformat,
        "Decimal": Decimal,
        "float": float,
        "int": int,
        "str": str,
    }
    return readers[note["kind"]](note["version"])
