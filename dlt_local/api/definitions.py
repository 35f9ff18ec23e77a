"""Frozen records of what a pipeline file declares; nothing here is evaluated."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import StructType

    from dlt_local.source_location import SourceLocation

QueryFunction: TypeAlias = "Callable[[], DataFrame]"
Predicate: TypeAlias = "str | Column"
BatchHandler: TypeAlias = "Callable[[DataFrame, int], Any]"
SnapshotFunction: TypeAlias = "Callable[[Any], tuple[DataFrame, Any] | None]"


class Action(StrEnum):
    """What happens to a row that violates an expectation."""

    WARN = "ALLOW"
    DROP = "DROP"
    FAIL = "FAIL"


class Kind(StrEnum):
    """What a data set is; a TABLE becomes one of the two below it when its query is analysed."""

    TABLE = "TABLE"
    STREAMING_TABLE = "STREAMING_TABLE"
    MATERIALIZED_VIEW = "MATERIALIZED_VIEW"
    VIEW = "VIEW"
    SINK = "SINK"


@dataclass(frozen=True, slots=True)
class Expectation:
    """A named predicate over one row; only TRUE passes."""

    name: str
    predicate: Predicate
    action: Action
    location: SourceLocation


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table, view or sink as declared; `recorded` holds arguments without local meaning."""

    name: str
    kind: Kind
    location: SourceLocation
    comment: str | None = None
    schema: StructType | str | None = None
    table_properties: Mapping[str, str] = field(default_factory=dict)
    partition_cols: tuple[str, ...] = ()
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    private: bool = False
    expectations: tuple[Expectation, ...] = ()
    recorded: Mapping[str, Any] = field(default_factory=dict)
    always_recomputed: bool = False
    sink: Sink | None = None


@dataclass(frozen=True, slots=True)
class Sink:
    """Where a sink writes: a format with options, or a function that takes each micro-batch."""

    format: str
    options: Mapping[str, str] = field(default_factory=dict)
    handler: BatchHandler | None = None


@dataclass(frozen=True, slots=True)
class EventHook:
    """A function that is told every event; disabled after so many failures in a row, never if None."""

    name: str
    function: Callable[[dict[str, Any]], Any]
    location: SourceLocation
    max_allowable_consecutive_failures: int | None = None


@dataclass(frozen=True, slots=True)
class QueryFlow:
    """A query that fills one data set: the body of a table or view, or a flow into a table or sink.

    `once` takes a batch query; `is_update` may run in real-time mode.
    """

    name: str
    target: str
    function: QueryFunction
    location: SourceLocation
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    comment: str | None = None
    is_append: bool = False
    is_update: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True)
class CdcFlow:
    """Changes of `source`, applied by key and sequence to a streaming table.

    `where` is a predicate that every source row must satisfy; `columns_to_update` names the source column that lists
    the columns an event sets.
    """

    name: str
    target: str
    source: str
    keys: tuple[str, ...]
    sequence_by: Predicate
    scd_type: int
    location: SourceLocation
    apply_as_deletes: Predicate | None = None
    apply_as_truncates: Predicate | None = None
    ignore_null_updates: bool = False
    ignore_null_updates_column_list: tuple[str, ...] | None = None
    ignore_null_updates_except_column_list: tuple[str, ...] | None = None
    columns_to_update: str | None = None
    column_list: tuple[str, ...] | None = None
    except_column_list: tuple[str, ...] | None = None
    track_history_column_list: tuple[str, ...] | None = None
    track_history_except_column_list: tuple[str, ...] | None = None
    where: Predicate | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class SnapshotFlow:
    """Snapshots of a whole source, turned into changes of a streaming table.

    `source` is the name of a table or view (one snapshot per update), or a function from the last version (None at
    first) to the next `(DataFrame, version)`, None if there is no newer one.
    """

    name: str
    target: str
    source: str | SnapshotFunction
    keys: tuple[str, ...]
    scd_type: int
    location: SourceLocation
    track_history_column_list: tuple[str, ...] | None = None
    track_history_except_column_list: tuple[str, ...] | None = None


Flow: TypeAlias = QueryFlow | CdcFlow | SnapshotFlow
