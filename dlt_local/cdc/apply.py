"""Applies a micro-batch of change events to an AUTO CDC target.

Events are kept in a hidden table beside the target; the rows of the keys that a batch touches are computed from all
their events and merged. A crash between the two writes heals when the batch runs again, because the target is a
function of the events and equal events count once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from dlt_local.cdc.columns import END, SCD_TYPE_2, START, as_column, is_delete, target_columns, tracked_columns
from dlt_local.cdc.history import IS_DELETE, ROW, SEQUENCE, TargetShape, current_rows, versions
from dlt_local.errors import FlowError
from dlt_local.stores.batch_read import rows_of
from dlt_local.stores.delta_log import rows_stored
from dlt_local.stores.replacement import replace_rows
from dlt_local.stores.state import TableFolder

if TYPE_CHECKING:
    from pyspark.sql.types import StructField

    from dlt_local.api.definitions import CdcFlow

_EXISTS = "__exists"
# Up to this many rows, writing the whole target anew is cheaper than Delta's MERGE.
SMALL_TARGET = 100_000


@dataclass(frozen=True, slots=True)
class CdcTarget:
    """A target table and the flow that feeds it."""

    flow: CdcFlow
    folder: TableFolder
    writer: str

    def apply(self, batch: DataFrame, batch_id: int) -> None:
        """Write one micro-batch: validate everything, store the events, then merge the touched keys."""
        columns = target_columns(batch.schema, self.flow)
        shape = self._shape(columns)
        events = self._events(batch, shape).persist()
        try:
            if self._validated(events) == 0:
                return
            self._store(events, batch_id)
            self._merge(events, shape)
        finally:
            events.unpersist()

    def _shape(self, columns: list[str]) -> TargetShape:
        keys = {name.lower() for name in self.flow.keys}
        data = tuple(name for name in columns if name.lower() not in keys)
        return TargetShape(self.flow.keys, data, tuple(tracked_columns(columns, self.flow)))

    def _events(self, batch: DataFrame, shape: TargetShape) -> DataFrame:
        sequence = as_column(self.flow.sequence_by).alias(SEQUENCE)
        keys = [F.col(f"`{key}`").alias(key) for key in shape.keys]
        row = F.struct(*[F.col(f"`{name}`").alias(name) for name in shape.data]).alias(ROW)
        return batch.select(*keys, sequence, is_delete(self.flow).alias(IS_DELETE), row)

    def _validated(self, events: DataFrame) -> int:
        """The number of events; a NULL sequence or key refuses the whole batch."""
        no_key = F.lit(col=False)
        for key in self.flow.keys:
            no_key = no_key | F.col(f"`{key}`").isNull()
        counts = events.agg(
            F.count(F.lit(1)).alias("events"),
            F.count_if(F.col(SEQUENCE).isNull()).alias("no_sequence"),
            F.count_if(no_key).alias("no_key"),
        ).first()
        if counts is None:
            return 0
        self._refuse(counts["no_sequence"], "NULL_SEQUENCE", "sequence")
        self._refuse(counts["no_key"], "NULL_KEY", "key")
        return int(counts["events"])

    def _refuse(self, count: int, condition: str, what: str) -> None:
        if count:
            found = f"{count} events of flow '{self.flow.name}' have a NULL {what}"
            message = f"[AUTOCDC_MICROBATCH_VALIDATION.{condition}] {found}"
            raise FlowError(message, where=self.flow.location, remedy="Filter them in the view that feeds the flow.")

    def _store(self, events: DataFrame, batch_id: int) -> None:
        writer = events.write.format("delta").mode("append").option("mergeSchema", "true")
        # The transaction id makes a batch that runs twice append once.
        writer = writer.option("txnAppId", self.writer).option("txnVersion", str(batch_id))
        writer.save(str(self.folder.cdc_events))

    def _merge(self, batch: DataFrame, shape: TargetShape) -> None:
        """Bring the rows of the touched keys to what all their events say."""
        spark, path = batch.sparkSession, str(self.folder.path)
        touched = batch.select(*[f"`{key}`" for key in shape.keys]).distinct()
        stored = rows_of(spark, TableFolder(self.folder.cdc_events))
        events = stored.join(touched, list(shape.keys), "left_semi")
        rows = versions(events, shape) if self.flow.scd_type == SCD_TYPE_2 else current_rows(events, shape)
        target = rows_of(spark, self.folder)
        after = rows.select(*[_column(field, rows) for field in target.schema.fields])
        if rows_stored(self.folder.path) <= SMALL_TARGET:
            replace_rows(target.join(touched, list(shape.keys), "left_anti").unionByName(after), self.folder)
            return
        before = target.join(touched, list(shape.keys), "left_semi").select(*[f"`{name}`" for name in target.columns])
        identity = list(shape.keys) + ([START, END] if self.flow.scd_type == SCD_TYPE_2 else [])
        changes = _changes(before, after, identity)
        merge = DeltaTable.forPath(spark, path).alias("t").merge(changes.alias("s"), _matches("t", "s", identity))
        values = {f"`{name}`": f"s.`{name}`" for name in target.columns}
        merge = merge.whenMatchedDelete(f"NOT s.{_EXISTS}").whenMatchedUpdate(set=dict(values))
        merge.whenNotMatchedInsert(f"s.{_EXISTS}", values=dict(values)).execute()


def _changes(before: DataFrame, after: DataFrame, identity: list[str]) -> DataFrame:
    """Rows that differ, each with whether it still exists; unchanged rows are left out."""
    old = before.select(F.struct(*before.columns).alias("old"))
    new = after.select(F.struct(*after.columns).alias("new"))
    both = new.join(old, F.expr(_matches("old", "new", identity)), "full_outer")
    row = F.coalesce("new", "old")
    changed = both.where(~F.col("new").eqNullSafe(F.col("old")))
    columns = [row.getField(name).alias(name) for name in before.columns]
    return changed.select(*columns, F.col("new").isNotNull().alias(_EXISTS))


def _column(field: StructField, frame: DataFrame) -> Column:
    """A column of the target; one that the source no longer has is NULL."""
    known = {column.lower(): column for column in frame.columns}
    name = known.get(field.name.lower())
    return (F.col(f"`{name}`") if name else F.lit(None).cast(field.dataType)).alias(field.name)


def _matches(left: str, right: str, names: list[str]) -> str:
    return " AND ".join(f"{left}.`{name}` <=> {right}.`{name}`" for name in names)
