"""Days of worn devices where clocks change."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from fitness.daily_heart_rate import hr_daily
from fitness.worn_heart_rate import worn_heart_rate
from tests.fitness.cases import columns_of
from tests.fitness.data_sets import SETTINGS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SUMMER_TIME_ENDS = datetime(2026, 10, 24, 22)  # noqa: DTZ001 - the session is in UTC; midnight in Berlin


def test_the_day_on_which_summer_time_ends_has_25_hours(spark: SparkSession) -> None:
    # In Berlin 25 October is from 22:00 UTC of the 24th to 23:00 UTC of the 25th: readings at 0, 30, ... 1470 minutes.
    # The day before ends at minute -1, the day after begins at minute 1500.
    berlin = replace(SETTINGS, time_zone="Europe/Berlin")
    minutes = [-1, *range(0, 1500, 30), 1500]
    rows = [(10, SUMMER_TIME_ENDS + timedelta(minutes=minute), 60.0, "valid", None) for minute in minutes]
    readings = spark.createDataFrame(rows, columns_of("heart_rate"))
    owner = (10, 1, "m", SUMMER_TIME_ENDS - timedelta(days=1), None)
    owners = spark.createDataFrame([owner], columns_of("user_devices"))
    intervals = spark.createDataFrame([], columns_of("workout_intervals"))
    worn = worn_heart_rate(readings, intervals, owners, berlin)
    days = Counter({row.hr_date: row.samples for row in hr_daily(worn, berlin).collect()})
    assert days == {date(2026, 10, 24): 1, date(2026, 10, 25): 50, date(2026, 10, 26): 1}
