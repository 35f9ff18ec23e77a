"""States of readings and robust z-scores, on rows worked out by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from fitness.heart_rate_anomalies import heart_rate_anomalies
from fitness.heart_rate_states import readings_with_state
from tests.fitness.cases import columns_of
from tests.fitness.data_sets import SETTINGS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

START = datetime(2026, 3, 2, 10)  # noqa: DTZ001 - the session is in UTC
READING = "user_id BIGINT, device_id BIGINT, event_time TIMESTAMP, bpm DOUBLE, state STRING"


def test_state_by_the_workouts(spark: SparkSession) -> None:
    # Active from 10:00 to 10:20 and, after a pause, from 10:40 to 10:50; ten minutes of recovery after both.
    seconds = {-1: "rest", 0: "workout", 1199: "workout", 1200: "recovery", 1799: "recovery", 1800: "rest"}
    seconds |= {2400: "workout", 3000: "recovery", 3600: "rest"}
    times = [(10, START + timedelta(seconds=second), 70.0, "valid", None) for second in seconds]
    readings = spark.createDataFrame(times, columns_of("heart_rate"))
    owners = spark.createDataFrame([(10, 1, "m", START - timedelta(days=1), None)], columns_of("user_devices"))
    active = [
        (1, 1, 1, START, START + timedelta(minutes=start), START + timedelta(minutes=end), "stop", START, START, 1, 1)
        for start, end in ((0, 20), (40, 50))
    ]
    intervals = spark.createDataFrame(active, columns_of("workout_intervals"))
    result = readings_with_state(readings, intervals, owners, SETTINGS).collect()
    assert {int((row.event_time - START).total_seconds()): row.state for row in result} == seconds


def test_far_from_the_readings_before(spark: SparkSession) -> None:
    def minute(number: int, bpm: float, state: str = "rest") -> tuple[object, ...]:
        return 1, 10, START + timedelta(minutes=number), bpm, state

    # 30 minutes of 58 and 62 in turn: median 60, all distances 2. In minute 30, 71 is z = 0.6745 * 11 / 2 = 3.70975
    # and 70 would be 3.37; minute 29 has only 29 readings before it. In minute 31, 30 of 31 are 58 or 62 and one 71.
    # Median 62, distances 15 times 4, 15 times 0, one 9: median 4. 40 is z = 0.6745 * -22 / 4 = -3.70975.
    rest = [minute(n, 58.0 + 4 * (n % 2)) for n in range(29)] + [minute(29, 62.0)]
    # Workouts by themselves: thirty readings of 150 have no distance, so 1 counts: 156 is z = 0.6745 * 6 = 4.047.
    workout = [minute(n, 150.0, "workout") for n in range(100, 130)]
    rows = [*rest, minute(30, 71.0), minute(31, 40.0), *workout, minute(130, 156.0, "workout")]
    rows += [minute(131, 155.0, "workout"), minute(132, 30.0, "recovery")]
    result = heart_rate_anomalies(spark.createDataFrame(rows, READING), SETTINGS).collect()
    told = {
        (int((row.event_time - START).total_seconds()) // 60, row.state): (row.median_bpm, row.mad_bpm, row.robust_z)
        for row in result
    }
    assert told == {
        (30, "rest"): (60.0, 2.0, pytest.approx(3.70975)),
        (31, "rest"): (62.0, 4.0, pytest.approx(-3.70975)),
        (130, "workout"): (150.0, 1.0, pytest.approx(4.047)),
    }
