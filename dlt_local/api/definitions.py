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


@dataclass(frozen=True, slots=True)
class Expectation:
    """A named predicate over one row; only TRUE passes."""

    name: str
    predicate: Predicate
    action: Action
    location: SourceLocation


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table or view as declared; `recorded` holds arguments without local meaning."""

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


@dataclass(frozen=True, slots=True)
class QueryFlow:
    """A query that fills one data set: the body of a table or view, or an append flow."""

    name: str
    target: str
    function: QueryFunction
    location: SourceLocation
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    comment: str | None = None
    is_append: bool = False


@dataclass(frozen=True, slots=True)
class CdcFlow:
    """Changes of `source`, applied by key and sequence to a streaming table."""

    name: str
    target: str
    source: str
    keys: tuple[str, ...]
    sequence_by: Predicate
    scd_type: int
    location: SourceLocation
    apply_as_deletes: Predicate | None = None
    column_list: tuple[str, ...] | None = None
    except_column_list: tuple[str, ...] | None = None
    track_history_column_list: tuple[str, ...] | None = None
    track_history_except_column_list: tuple[str, ...] | None = None


Flow: TypeAlias = QueryFlow | CdcFlow
