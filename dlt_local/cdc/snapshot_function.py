"""Calls the user's function that gives snapshots, and checks what it returns."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from pyspark.sql import DataFrame
from pyspark.sql.types import (
    BinaryType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    LongType,
    StringType,
    TimestampType,
)

if TYPE_CHECKING:
    from dlt_local.api.definitions import SnapshotFunction

Version: TypeAlias = int | str | float | bytes | datetime | date | Decimal
_PAIR = 2
# A datetime is a date as well, so it comes first.
_TYPES: dict[type, DataType] = {
    datetime: TimestampType(),
    date: DateType(),
    int: LongType(),
    float: DoubleType(),
    str: StringType(),
    bytes: BinaryType(),
    Decimal: DecimalType(38, 18),
}


def next_snapshot(function: SnapshotFunction, latest: Version | None) -> tuple[DataFrame, Version] | None:
    """The snapshot after version `latest`, None if there is none; ValueError or TypeError if it is no snapshot."""
    found = function(latest)
    if found is None:
        return None
    if not isinstance(found, tuple | list) or len(found) != _PAIR:
        raise ValueError(f"a snapshot function must return (DataFrame, version) or None, got {found!r}")
    frame, version = found
    if not isinstance(frame, DataFrame):
        raise TypeError(f"a snapshot function must return a DataFrame first, got {type(frame).__name__}")
    if frame.isStreaming:
        raise ValueError("a snapshot must be a batch DataFrame, got a streaming one")
    version_type(version)
    return frame, version


def version_type(version: Version) -> DataType:
    """The Spark type of a snapshot's version."""
    found = next((spark for python, spark in _TYPES.items() if isinstance(version, python)), None)
    if found is None or isinstance(version, bool):
        kinds = ", ".join(kind.__name__ for kind in _TYPES)
        raise TypeError(f"the version of a snapshot must be one of {kinds}, got {version!r}")
    return found
