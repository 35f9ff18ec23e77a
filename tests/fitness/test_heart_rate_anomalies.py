"""States of readings and robust z-scores, on rows worked out by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from fitness.heart_rate_anomalies import heart_rate_anomalies
from fitness.worn_heart_rate import worn_heart_rate
from tests.fitness.cases import columns_of
from tests.fitness.data_sets import SETTINGS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

START = datetime(2026, 3, 2, 10)  # noqa: DTZ001 - the session is in UTC
READING = "user_id BIGINT, device_id BIGINT, event_time TIMESTAMP, bpm DOUBLE, state STRING, state_since TIMESTAMP"


def test_state_by_the_workouts(spark: SparkSession) -> None:
    # Active from 10:00 to 10:20 and, after a pause, from 10:40 to 10:50; ten minutes of recovery after both.
    # Rest is since the end of the recovery, seconds 1800 and 3600; the pause in between has rest of its own.
    seconds: dict[int, tuple[str, int | None]] = {-1: ("rest", None), 0: ("workout", 0), 1199: ("workout", 0)}
    seconds |= {1200: ("recovery", 0), 1799: ("recovery", 0), 1800: ("rest", 1800), 2399: ("rest", 1800)}
    seconds |= {2400: ("workout", 0), 3000: ("recovery", 0), 3600: ("rest", 3600)}
    times = [(10, START + timedelta(seconds=second), 70.0, "valid", None) for second in seconds]
    readings = spark.createDataFrame(times, columns_of("heart_rate"))
    owners = spark.createDataFrame([(10, 1, "m", START - timedelta(days=1), None)], columns_of("user_devices"))
    active = [
        (1, 1, 1, START, START + timedelta(minutes=start), START + timedelta(minutes=end), "stop", START, START, 1, 1)
        for start, end in ((0, 20), (40, 50))
    ]
    intervals = spark.createDataFrame(active, columns_of("workout_intervals"))
    result = worn_heart_rate(readings, intervals, owners, SETTINGS).collect()
    assert {second(row.event_time): (row.state, second(row.state_since)) for row in result} == seconds


def second(time: datetime | None) -> int | None:
    return None if time is None else int((time - START).total_seconds())


def test_far_from_the_readings_before(spark: SparkSession) -> None:
    def minute(number: int, bpm: float, state: str = "rest", since: int | None = None) -> tuple[object, ...]:
        began = None if since is None else START + timedelta(minutes=since)
        return 1, 10, START + timedelta(minutes=number), bpm, state, began

    # 30 minutes of 58 and 62 in turn: median 60, all distances 2. In minute 30, 71 is z = 0.6745 * 11 / 2 = 3.70975
    # and 70 would be 3.37. Minutes 31 and 32 are in the same step of five minutes, so compared with the same: 49 is
    # z = 0.6745 * -11 / 2, and 70 no anomaly. In minute 35 the step before counts too: 49, fifteen times 58, fifteen
    # times 62, 70, 71: median 62, distances fifteen times 0 and 4, then 8, 9, 13: median 4. 85 is z = 0.6745 * 23 / 4.
    rest = [minute(n, 58.0 + 4 * (n % 2)) for n in range(29)] + [minute(29, 62.0)]
    # Workouts by themselves: thirty readings of 150 have no distance, so 1 counts: 156 is z = 0.6745 * 6 = 4.047.
    workout = [minute(n, 150.0, "workout", 100) for n in range(100, 130)]
    rows = [
        *rest,
        minute(30, 71.0),
        minute(31, 49.0),
        minute(32, 70.0),
        minute(35, 85.0),
        *workout,
        minute(130, 156.0, "workout", 100),
    ]
    rows += [minute(131, 155.0, "workout", 100), minute(132, 30.0, "recovery", 100)]
    # A second workout and the rest after it begin anew: 90 is far from 150, and 100 from 60, but nobody compares them.
    rows += [minute(n, 90.0, "workout", 135) for n in range(135, 140)] + [
        minute(n, 100.0, "rest", 150) for n in (150, 151)
    ]
    result = heart_rate_anomalies(spark.createDataFrame(rows, READING), SETTINGS).collect()
    told = {
        (int((row.event_time - START).total_seconds()) // 60, row.state): (row.median_bpm, row.mad_bpm, row.robust_z)
        for row in result
    }
    assert told == {
        (30, "rest"): (60.0, 2.0, pytest.approx(3.70975)),
        (31, "rest"): (60.0, 2.0, pytest.approx(-3.70975)),
        (35, "rest"): (62.0, 4.0, pytest.approx(3.878375)),
        (130, "workout"): (150.0, 1.0, pytest.approx(4.047)),
    }


def test_too_little_before(spark: SparkSession) -> None:
    # Readings a second apart: those of nine minutes are too few minutes; with a tenth the 156 of minute 12 is judged.
    # Of the 30 of member 3, 25 lie in the steps before: too few readings.
    def at(user: int, minute: int, second: int, bpm: float) -> tuple[object, ...]:
        return user, 10, START + timedelta(minutes=minute, seconds=second), bpm, "rest", None

    nine = [at(1, minute, second, 150.0) for minute in range(9) for second in range(60)] + [at(1, 12, 0, 156.0)]
    ten = [at(2, minute, second, 150.0) for minute in range(10) for second in range(60)] + [at(2, 12, 0, 156.0)]
    few = [at(3, minute, 0, 150.0) for minute in range(29)] + [at(3, 29, 0, 156.0)]
    result = heart_rate_anomalies(spark.createDataFrame([*nine, *ten, *few], READING), SETTINGS).collect()
    assert [(row.user_id, second(row.event_time), row.compared_with) for row in result] == [(2, 720, 600)]
