"""Notifications about a member's heart rate. They are not a diagnosis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.alert_episodes import Rule, episodes

if TYPE_CHECKING:
    from fitness.settings import Settings

HEALTH_ALERTS = """
    alert_id STRING COMMENT 'Follows from rule, member, device and detection: the same episode has the same id',
    rule STRING COMMENT 'HIGH_HR_AT_REST or LOW_HR',
    severity STRING COMMENT 'warning; a notification, not a diagnosis',
    user_id BIGINT COMMENT 'Member',
    device_id BIGINT COMMENT 'Device that measured',
    started_at TIMESTAMP COMMENT 'First reading of the stretch that raised it',
    detected_at TIMESTAMP COMMENT 'Reading at which the rule was met',
    ended_at TIMESTAMP COMMENT 'Reading at which it was over, or the last one before the watch ended',
    min_bpm DOUBLE COMMENT 'Lowest reading of the episode',
    avg_bpm DOUBLE COMMENT 'Average over time',
    max_bpm DOUBLE COMMENT 'Highest reading of the episode',
    samples BIGINT COMMENT 'Readings from the start to the end'"""


def health_alerts(readings: DataFrame, settings: Settings) -> DataFrame:
    """One row per episode; `readings` are those of `readings_with_state`.

    Steps are known by the day only, so they cannot tell that a member sat still.
    """
    at_rest = readings.withColumn("is_watched", sf.col("state") == "rest")
    always = readings.withColumn("is_watched", sf.lit(True))
    high = episodes(at_rest, high_at_rest(settings), gap_limit_s=settings.gap_limit_s)
    return high.unionByName(episodes(always, low(settings), gap_limit_s=settings.gap_limit_s))


def high_at_rest(settings: Settings) -> Rule:
    """Above the limit for ten minutes away from exercise and the recovery after it."""
    return Rule(
        name="HIGH_HR_AT_REST",
        severity="warning",
        raised_if=f"bpm > {settings.high_hr_bpm}",
        raised_after_s=settings.alert_after_s,
        cleared_if=f"bpm < {settings.high_hr_clear_bpm}",
        cleared_after_s=settings.high_hr_clear_s,
    )


def low(settings: Settings) -> Rule:
    """Below the limit for ten minutes."""
    return Rule(
        name="LOW_HR",
        severity="warning",
        raised_if=f"bpm < {settings.low_hr_bpm}",
        raised_after_s=settings.alert_after_s,
        cleared_if=f"bpm >= {settings.low_hr_clear_bpm}",
        cleared_after_s=0,
    )
