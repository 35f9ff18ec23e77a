"""Resting heart rate and its baseline, on rows worked out by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from fitness.daily_heart_rate import resting_heart_rates, with_baseline
from tests.fitness.data_sets import SETTINGS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MIDNIGHT = datetime(2026, 3, 2)  # noqa: DTZ001 - the session is in UTC
READING = "user_id BIGINT, hr_date DATE, device_id BIGINT, event_time TIMESTAMP, bpm DOUBLE"


def test_resting_is_the_lowest_half_hour_of_minutes(spark: SparkSession) -> None:
    def minute(user: int, number: int, bpm: float, second: int = 0) -> tuple[object, ...]:
        return user, MIDNIGHT.date(), 10, MIDNIGHT + timedelta(minutes=number, seconds=second), bpm

    # Member 1: minutes 0 to 23 at 60, two readings (50 and 70) in each of them; minutes 100 to 129 at 58.
    # Minutes 200 to 222 at 40 are 23 only, one too few.
    rows = [minute(1, n, bpm, second) for n in range(24) for second, bpm in ((0, 50.0), (30, 70.0))]
    rows += [minute(1, n, 58.0) for n in range(100, 130)] + [minute(1, n, 40.0) for n in range(200, 223)]
    # Member 2: a minute with many readings counts as one; 23 minutes at 60 and one at 84: 61.
    rows += [minute(2, n, 60.0) for n in range(23)] + [minute(2, 29, 84.0, second) for second in range(60)]
    # Member 3: the 24 minutes lie within 31, so that no half hour holds them all.
    rows += [minute(3, n, 60.0) for n in (*range(23), 30)]
    result = resting_heart_rates(spark.createDataFrame(rows, READING)).collect()
    assert {row.user_id: row.resting_hr for row in result} == {1: 58.0, 2: 61.0, 3: None}


def test_baseline_is_of_the_days_before(spark: SparkSession) -> None:
    # Days 1 to 7 at 60, 61, ... 66; day 8 at 80. Before day 8: median 63, distances 3 2 1 0 1 2 3, their median 2.
    # Day 29 sees days 1 to 8, median 63.5, distances 3.5 2.5 1.5 0.5 0.5 1.5 2.5 16.5, median (1.5 + 2.5) / 2 = 2;
    # day 30 no longer sees day 1; day 60 sees day 39 only, which has no resting heart rate.
    values = {**{n: 59.0 + n for n in range(1, 8)}, 8: 80.0, 29: 70.5, 30: 70.0, 39: None, 60: 70.0}
    days = [(1, date(2026, 3, 1) + timedelta(days=n - 1), value) for n, value in values.items()]
    frame = spark.createDataFrame(days, "user_id BIGINT, hr_date DATE, resting_hr DOUBLE")
    rows = sorted(with_baseline(frame, SETTINGS).collect(), key=lambda row: str(row.hr_date))
    told = {
        (row.hr_date - date(2026, 3, 1)).days + 1: (
            row.baseline_values,
            row.baseline_hr,
            row.baseline_mad,
            row.drift_bpm,
        )
        for row in rows
    }
    assert told[7] == (6, None, None, None)
    assert told[8] == (7, 63.0, 2.0, 17.0)
    assert told[29] == (8, 63.5, 2.0, 7.0)
    # Days 2 to 8 and 29: 61 62 63 64 65 66 70.5 80, median 64.5, distances 3.5 2.5 1.5 0.5 0.5 1.5 6 15.5: 2.
    assert told[30] == (8, 64.5, 2.0, 5.5)
    assert told[60] == (0, None, None, None)
