"""The rows of a target as a function of the set of change events, whatever their order of arrival.

Events have the columns `sequence`, `is_delete`, the keys, and a struct `row` of the other target columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from dlt_local.cdc.columns import END, START

if TYPE_CHECKING:
    from collections.abc import Sequence

SEQUENCE, IS_DELETE, ROW = "__sequence", "__is_delete", "__row"
_VERSION, _FIRST = "__version", "__first"


@dataclass(frozen=True, slots=True)
class TargetShape:
    """Keys, data columns and tracked columns of a target."""

    keys: tuple[str, ...]
    data: tuple[str, ...]
    tracked: tuple[str, ...]

    def by_key(self) -> WindowSpec:
        """A window over the events of one key in sequence order."""
        return Window.partitionBy(*_quoted(self.keys)).orderBy(SEQUENCE)


def one_event_per_sequence(events: DataFrame, shape: TargetShape) -> DataFrame:
    """Equal events collapse; at one sequence a delete beats an upsert, and contents decide between upserts."""
    winner = F.max(F.struct(IS_DELETE, ROW)).alias("winner")
    grouped = events.groupBy(*_quoted(shape.keys), SEQUENCE).agg(winner)
    return grouped.select(*_quoted(shape.keys), SEQUENCE, f"winner.{IS_DELETE}", f"winner.{ROW}")


def current_rows(events: DataFrame, shape: TargetShape) -> DataFrame:
    """SCD 1: the newest event of each key, unless it is a delete."""
    newest = F.max(F.struct(SEQUENCE, IS_DELETE, ROW)).alias("newest")
    rows = events.groupBy(*_quoted(shape.keys)).agg(newest).where(~F.col(f"newest.{IS_DELETE}"))
    return rows.select(*_quoted(shape.keys), *[F.col(f"newest.{ROW}.`{name}`").alias(name) for name in shape.data])


def versions(events: DataFrame, shape: TargetShape) -> DataFrame:
    """SCD 2: a row for each run of events that are equal on the tracked columns, from its first event to the next run.

    A delete ends the open version and leaves no row of its own; one that finds none open leaves a row with only its
    keys and `__END_AT`.
    """
    single = one_event_per_sequence(events, shape)
    marked = single.withColumn(_FIRST, _begins(shape))
    numbered = marked.withColumn(_VERSION, F.sum(F.col(_FIRST).cast("int")).over(shape.by_key()))
    runs = numbered.groupBy(*_quoted(shape.keys), _VERSION).agg(
        F.min(SEQUENCE).alias(START),
        F.max_by(ROW, SEQUENCE).alias(ROW),
        F.first(IS_DELETE).alias(IS_DELETE),
    )
    in_order = Window.partitionBy(*_quoted(shape.keys)).orderBy(_VERSION)
    after = runs.withColumn(END, F.lead(START).over(in_order))
    finds_none = F.coalesce(F.lag(IS_DELETE).over(in_order), F.lit(col=True))
    rows = after.withColumn("__orphan", F.col(IS_DELETE) & finds_none).where(~F.col(IS_DELETE) | F.col("__orphan"))
    data = [F.when(~F.col("__orphan"), F.col(f"{ROW}.`{name}`")).alias(name) for name in shape.data]
    start = F.when(~F.col("__orphan"), F.col(START)).alias(START)
    end = F.when(F.col("__orphan"), F.col(START)).otherwise(F.col(END)).alias(END)
    return rows.select(*_quoted(shape.keys), *data, start, end)


def _begins(shape: TargetShape) -> Column:
    """Whether an event opens a run: a delete, the first event, one after a delete, or a tracked change."""
    before_is_delete = F.coalesce(F.lag(IS_DELETE).over(shape.by_key()), F.lit(col=True))
    changed = F.lit(col=False)
    for name in shape.tracked:
        value = F.col(f"{ROW}.`{name}`")
        changed = changed | ~value.eqNullSafe(F.lag(value).over(shape.by_key()))
    return F.col(IS_DELETE) | before_is_delete | changed


def _quoted(names: Sequence[str]) -> list[str]:
    return [f"`{name}`" for name in names]
