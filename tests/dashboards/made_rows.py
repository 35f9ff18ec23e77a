"""Rows made up for a schema: few different values, so that groups and joins meet, and NULL in every measure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    TimestampType,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql.types import StructType

# Closed sets that queries distinguish; any other text is one of three.
TEXTS = {
    "status": ["passed", "failed", "violated", "no_data"],
    "state": ["COMPLETED", "FAILED"],
    "rule": ["LOW_HR", "HR_OVER_MAX", "SENSOR_STUCK"],
}
NEVER_NULL = {"gym", "local_date", "update_id", "pipeline_id", "started_at", "user_id", "is_open", "has_door_data"}
_FIRST_DAY = date(2026, 4, 13)


def made_rows(schema: StructType, *, count: int, seed: int) -> list[tuple[Any, ...]]:
    """Always the same rows for the same seed."""
    random = Random(seed)  # noqa: S311 - rows, no secrets
    return [tuple(_value(random, field.name, field.dataType) for field in schema) for _ in range(count)]


def _value(random: Random, name: str, kind: DataType) -> Any:
    if name not in NEVER_NULL and random.random() < 0.2:
        return None
    makers: dict[type[DataType], Callable[[], Any]] = {
        StringType: lambda: random.choice(TEXTS.get(name, ["a", "b", "c"])),
        BooleanType: lambda: random.random() < 0.7,
        IntegerType: lambda: random.randint(1, 7),
        LongType: lambda: random.randint(1, 3) if name in NEVER_NULL else random.randint(0, 40),
        DoubleType: lambda: round(random.uniform(0, 90), 3),
        DateType: lambda: _FIRST_DAY + timedelta(days=random.randint(0, 3)),
        TimestampType: lambda: datetime(2026, 4, 13, tzinfo=UTC) + timedelta(minutes=15 * random.randint(0, 12)),
        ArrayType: list,
    }
    return makers[type(kind)]()
