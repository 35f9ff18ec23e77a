"""Episodes with hysteresis, on readings worked out by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from fitness.alert_episodes import Rule, episodes

if TYPE_CHECKING:
    from pyspark.sql import Row, SparkSession

START = datetime(2026, 3, 2, 3)  # noqa: DTZ001 - the session is in UTC
READING = "user_id BIGINT, device_id BIGINT, event_time TIMESTAMP, bpm DOUBLE, stands_s DOUBLE, is_watched BOOLEAN"
HIGH = Rule("HIGH", "warning", "bpm > 120", 600, "bpm < 115", 120)
LOW = Rule("LOW", "warning", "bpm < 40", 600, "bpm >= 42", 0)

Reading = tuple[int, int, datetime, float, float, bool]


def each_ten_seconds(user: int, first: int, last: int, bpm: float, *, watched: bool = True) -> list[Reading]:
    return [(user, 10, START + timedelta(seconds=s), bpm, 10.0, watched) for s in range(first, last + 1, 10)]


def found(spark: SparkSession, readings: list[Reading], rule: Rule) -> list[Row]:
    backwards = spark.createDataFrame(readings[::-1], READING)
    return sorted(episodes(backwards, rule, gap_limit_s=60).collect(), key=lambda row: str(row.started_at))


def seconds(row: Row) -> tuple[float, ...]:
    return tuple((time - START).total_seconds() for time in (row.started_at, row.detected_at, row.ended_at))


def test_one_row_from_the_first_high_reading_until_it_is_low_for_long_enough(spark: SparkSession) -> None:
    # High from 300 s, so known at 900 s. At 118 it is neither high nor over. Below 115 from 970 s, over at 1090 s.
    high = [*each_ten_seconds(1, 0, 290, 100.0), *each_ten_seconds(1, 300, 900, 125.0)]
    high += [*each_ten_seconds(1, 910, 960, 118.0), *each_ten_seconds(1, 970, 1200, 110.0)]
    (row,) = found(spark, high, HIGH)
    assert seconds(row) == (300, 900, 1090)
    # 61 readings of 125, six of 118, and twelve of 110 before the end, 10 s each.
    assert (row.samples, row.min_bpm, row.max_bpm, row.coverage) == (79, 110.0, 125.0, 1.0)
    assert row.avg_bpm == pytest.approx((61 * 125 + 6 * 118 + 12 * 110) / 79)
    assert (row.rule, row.severity, row.user_id, row.device_id) == ("HIGH", "warning", 1, 10)
    (again,) = found(spark, high[::2] + high[1::2], HIGH)
    assert again == row


def test_too_short_interrupted_or_not_watched_is_nothing(spark: SparkSession) -> None:
    short = each_ten_seconds(2, 0, 590, 125.0)
    silent = [*each_ten_seconds(3, 0, 300, 125.0), *each_ten_seconds(3, 361, 951, 125.0)]
    moving = [*each_ten_seconds(4, 0, 300, 125.0), *each_ten_seconds(4, 310, 310, 125.0, watched=False)]
    moving += each_ten_seconds(4, 320, 910, 125.0)
    dipped = [*each_ten_seconds(5, 0, 300, 125.0), *each_ten_seconds(5, 310, 310, 120.0)]
    dipped += each_ten_seconds(5, 320, 910, 125.0)
    assert found(spark, [*short, *silent, *moving, *dipped], HIGH) == []


def test_a_second_episode_needs_the_whole_time_again(spark: SparkSession) -> None:
    # The end of the watch ends the first one at its last reading; 42 ends the second at once, 41 does not.
    low = [*each_ten_seconds(6, 0, 700, 39.0), *each_ten_seconds(6, 1000, 1600, 39.0)]
    low += [*each_ten_seconds(6, 1610, 1610, 41.0), *each_ten_seconds(6, 1620, 1700, 42.0)]
    first, second = found(spark, low, LOW)
    assert (seconds(first), first.samples) == ((0, 600, 700), 71)
    assert (seconds(second), second.samples) == ((1000, 1600, 1620), 62)
    assert first.alert_id != second.alert_id
