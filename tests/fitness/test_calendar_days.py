"""Days, weeks and months at their borders."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as sf

from fitness.calendar_days import (
    first_instant,
    iso_week,
    iso_week_start,
    iso_weekday,
    local_day,
    month_start,
    sunday_week,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import Column, SparkSession


def values(spark: SparkSession, of: Callable[[Column], Column], given: list[Any]) -> list[Any]:
    rows = spark.createDataFrame([(value,) for value in given], ["value"])
    return [row[0] for row in rows.select(of(sf.col("value"))).collect()]


def test_iso_weeks_belong_to_the_year_of_their_thursday(spark: SparkSession) -> None:
    days = [date(2024, 12, 30), date(2026, 12, 31), date(2027, 1, 3), date(2027, 1, 4)]
    assert values(spark, iso_week, days) == ["2025-W01", "2026-W53", "2026-W53", "2027-W01"]
    assert values(spark, iso_weekday, days) == [1, 4, 7, 1]
    assert values(spark, iso_week_start, days)[1:] == [date(2026, 12, 28), date(2026, 12, 28), date(2027, 1, 4)]


def test_sunday_weeks_begin_anew_each_year(spark: SparkSession) -> None:
    # 2023 begins on a Sunday, 2024 on a Monday.
    days = [date(2023, 1, 7), date(2023, 1, 8), date(2023, 12, 31), date(2024, 1, 6), date(2024, 1, 7)]
    assert values(spark, sunday_week, days) == ["2023-01", "2023-02", "2023-53", "2024-01", "2024-02"]


def test_month(spark: SparkSession) -> None:
    assert values(spark, month_start, [date(2024, 2, 29)]) == [date(2024, 2, 1)]


def test_local_days_of_an_autumn_sunday(spark: SparkSession) -> None:
    # Berlin, 25 October 2026: from 22:00 UTC of the day before to 23:00 UTC.
    times = [datetime(2026, 10, 24, hour, 59, tzinfo=UTC) for hour in (21, 22)]
    assert values(spark, lambda time: local_day(time, "Europe/Berlin"), times) == [
        date(2026, 10, 24),
        date(2026, 10, 25),
    ]
    starts = values(spark, lambda day: first_instant(day, "Europe/Berlin"), [date(2026, 10, 25), date(2026, 10, 26)])
    assert (starts[1] - starts[0]).total_seconds() == 25 * 3600
