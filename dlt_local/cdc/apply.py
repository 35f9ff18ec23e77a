"""Applies change events to an AUTO CDC target, whose rows are a function of the set of all events.

A batch is computed and checked in full before anything is stored. Then its events join the log, the target changes in
one commit, and the log notes that it did. A run that dies in between is healed by the next one, because events that
the target does not show yet are found in the log.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from dlt_local.cdc import events, facts
from dlt_local.cdc.change_log import ChangeLog, files_of
from dlt_local.cdc.columns import as_column
from dlt_local.cdc.difference import Differ, Difference
from dlt_local.cdc.engine import engine
from dlt_local.cdc.merged_target import MergedTarget
from dlt_local.cdc.plain_target import PlainTarget
from dlt_local.cdc.shape import data_name, shape_of
from dlt_local.cdc.sql_text import files as file_list
from dlt_local.errors import FlowError, first_line
from dlt_local.stores.tables import stored_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import DataType

    from dlt_local.api.definitions import CdcFlow, Flow, SnapshotFlow
    from dlt_local.cdc.shape import TargetShape
    from dlt_local.stores.state import TableFolder

_PLAIN_READER, _PLAIN_WRITER = 1, 2


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch did to the target, and what the user should know about it."""

    upserted: int = 0
    deleted: int = 0
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class CdcTarget:
    """A target table, one of the flows that fill it, and all of them."""

    name: str
    folder: TableFolder
    flow: CdcFlow | SnapshotFlow
    flows: Sequence[Flow]

    def apply_rows(self, batch: DataFrame, flow: CdcFlow) -> Applied:
        """Apply a micro-batch of source rows; a row that is no event refuses the whole batch."""
        log = ChangeLog.of(self.folder)
        with log.locked():
            sequence = batch.select(as_column(flow.sequence_by).alias("seq")).schema["seq"].dataType
            shape = self.shape(sequence)
            staged = log.new_batch()
            events.change_events(batch, flow, shape).write.parquet(str(staged))
            if self._validated(staged, flow) == 0:
                shutil.rmtree(staged)
            return self.apply_staged(log, staged if staged.exists() else None, shape, batch.sparkSession)

    def shape(self, sequence: DataType) -> TargetShape:
        """The shape of the target as it is stored."""
        schema = stored_schema(self.folder)
        file, short = ChangeLog.of(self.folder).facts, self.name.split(".", 1)[-1]
        facts.refuse_other(file, self.flow, schema, sequence.simpleString(), short)
        return shape_of(schema, self.flow, sequence, self.flows)

    def apply_staged(
        self,
        log: ChangeLog,
        staged: Path | None,
        shape: TargetShape,
        spark: SparkSession | None,
        note: Mapping[str, Any] | None = None,
    ) -> Applied:
        """Apply a written batch, and whatever an earlier run could not finish; the caller holds the log's lock.

        With a note, the events are forgotten once they are applied, and the note stays.
        """
        new = [*log.pending(), *([staged] if staged else [])]
        if not new:
            return Applied()
        applied = log.applied()
        try:
            with engine(log.scratch) as connection:
                differ = Differ(connection, shape)
                target = self.rows(spark, log, shape)
                difference = differ.difference(new, applied, target)
                self._refuse_missing_values(connection, shape)
                warning = self._contest(differ)
                self._write(log, staged, shape, note, lambda: _publish(target, connection, difference))
        except (duckdb.Error, pa.ArrowException) as error:
            message = f"The events of flow '{self.flow.name}' cannot be applied: {first_line(error)}"
            raise FlowError(message, where=self.flow.location) from error
        if note is None:
            log.settle()
            log.compact(shape)
        else:
            log.forget_pending()
        return Applied(difference.upserted, difference.deleted, warning)

    def _write(
        self,
        log: ChangeLog,
        staged: Path | None,
        shape: TargetShape,
        note: Mapping[str, Any] | None,
        publish: Callable[[], None],
    ) -> None:
        """State first, then the target; if the target refuses, the state is as it was."""
        facts.remember(log.facts, facts.facts_of(self.flow, stored_schema(self.folder), shape.sequence.simpleString()))
        accepted = log.accept(staged, note) if staged else None
        try:
            publish()
        except Exception:
            if accepted:
                shutil.rmtree(accepted)
            raise

    def rows(self, spark: SparkSession | None, log: ChangeLog, shape: TargetShape) -> PlainTarget | MergedTarget:
        """The target's stored rows, in the way that suits its features."""
        if spark is None or _is_plain(self.folder):
            return PlainTarget(self.folder, shape)
        return MergedTarget(spark, self.folder, shape, log.scratch)

    def _validated(self, staged: Path, flow: CdcFlow) -> int:
        """The number of events; one that is at fault refuses them all."""
        if not files_of([staged]):
            return 0
        query = f"SELECT fault, count(*) FROM read_parquet({file_list(files_of([staged]))}) GROUP BY fault"
        with engine(staged) as connection:
            counts = dict(connection.execute(query).fetchall())
        found = {fault: count for fault, count in counts.items() if fault is not None}
        for fault, condition in (
            (events.NULL_SEQUENCE, "NULL_SEQUENCE"),
            (events.NULL_KEY, "NULL_KEY"),
        ):
            if fault in found:
                what = f"{found[fault]} events of flow '{flow.name}' have a NULL {fault}"
                message = f"[AUTOCDC_MICROBATCH_VALIDATION.{condition}] {what}"
                raise FlowError(message, where=flow.location, remedy="Filter them in the view that feeds the flow.")
        if events.NOT_WHERE in found:
            message = f"{found[events.NOT_WHERE]} rows of flow '{flow.name}' do not satisfy its 'where'"
            raise FlowError(message, where=flow.location, remedy="Filter them in the view that feeds the flow.")
        if found:
            fault, count = min(found.items())
            message = f"{count} events of flow '{flow.name}' name unknown {fault!r} in '{flow.columns_to_update}'"
            raise FlowError(message, where=flow.location, remedy="Name columns of the source.")
        return int(counts.get(None, 0))

    def _refuse_missing_values(self, connection: DuckDBPyConnection, shape: TargetShape) -> None:
        for field in (field for field in shape.data if not field.nullable):
            query = f"SELECT count(*) FROM added WHERE {data_name(field)} IS NULL"
            found = connection.execute(query).fetchone()
            if found and found[0]:
                message = (
                    f"[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] {found[0]} rows of '{self.name}' have no '{field.name}'"
                )
                remedy = "Filter such rows in the view that feeds the flow, or allow NULL in the schema."
                raise FlowError(message, where=self.flow.location, remedy=remedy)

    def _contest(self, differ: Differ) -> str | None:
        found = differ.contested()
        if found is None:
            return None
        keys = ", ".join(f"{name}={value!r}" for name, value in found[0].items())
        return (
            f"different events of key ({keys}) have the same sequence {found[1]!r}; one of them was chosen by its"
            " contents. Extend sequence_by, for example with struct(...)"
        )


def _publish(target: PlainTarget | MergedTarget, connection: DuckDBPyConnection, difference: Difference) -> None:
    if not difference.is_empty:
        target.publish(connection)


def _is_plain(folder: TableFolder) -> bool:
    """Whether files alone are the table: no partitions, no Delta features."""
    table = DeltaTable(folder.path)
    metadata, protocol = table.metadata(), table.protocol()
    has_features = any(key.startswith("delta.") for key in metadata.configuration)
    is_old = protocol.min_reader_version <= _PLAIN_READER and protocol.min_writer_version <= _PLAIN_WRITER
    return is_old and not has_features and not metadata.partition_columns
