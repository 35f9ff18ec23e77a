"""Readings that are far from those shortly before them, at rest and in workouts each by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as sf

from fitness.daily_heart_rate import median

if TYPE_CHECKING:
    from fitness.settings import Settings

HEART_RATE_ANOMALIES = """
    user_id BIGINT COMMENT 'Member',
    device_id BIGINT COMMENT 'Device that measured',
    event_time TIMESTAMP COMMENT 'When it measured',
    state STRING COMMENT 'rest or workout; the readings compared with are of the same state',
    bpm DOUBLE COMMENT 'Beats per minute',
    median_bpm DOUBLE COMMENT 'Median of the readings in the whole minutes before, as long as the configured window',
    mad_bpm DOUBLE COMMENT 'Median distance of these from their median, at least 1',
    compared_with BIGINT COMMENT 'Number of these',
    robust_z DOUBLE COMMENT '0.6745 times the distance from the median by the median distance'"""

# Makes the median distance of a normal distribution its standard deviation (Iglewicz and Hoaglin).
_TO_STANDARD_DEVIATION = 0.6745
_LEAST_DISTANCE = 1.0


def heart_rate_anomalies(readings: DataFrame, settings: Settings) -> DataFrame:
    """One row per reading beyond the configured robust z-score; a notice, not a diagnosis.

    `readings` are those of `readings_with_state`; soon after exercise the heart is judged by neither measure.
    """
    minute = sf.expr("unix_micros(event_time) div 60000000")
    judged = readings.where("state IN ('rest', 'workout')").withColumn("minute", minute)
    key = ["user_id", "device_id", "state", "minute"]
    z = sf.lit(_TO_STANDARD_DEVIATION) * (sf.col("bpm") - sf.col("median_bpm")) / sf.col("mad_bpm")
    return (
        judged.join(baselines(judged, settings), key)
        .withColumn("robust_z", sf.round(z, 6))
        .where((sf.abs("robust_z") > settings.anomaly_z) & (sf.col("compared_with") >= settings.anomaly_min_samples))
        .select(
            "user_id", "device_id", "event_time", "state", "bpm",
            "median_bpm", "mad_bpm", "compared_with", "robust_z",
        )
    )  # fmt: skip


def baselines(readings: DataFrame, settings: Settings) -> DataFrame:
    """Median and median distance of the minutes before, once a minute: the window moves in whole minutes."""
    series = ("user_id", "device_id", "state")
    before = (
        Window.partitionBy(*series)
        .orderBy("minute")
        .rangeBetween(-settings.anomaly_window_minutes, Window.currentRow - 1)
    )
    minutes = readings.groupBy(*series, "minute").agg(sf.collect_list("bpm").alias("values"))
    values = sf.col("values_before")
    distances = sf.transform(values, lambda value: sf.abs(value - sf.col("median_bpm")))
    return (
        minutes.withColumn("values_before", sf.flatten(sf.collect_list("values").over(before)))
        .withColumn("median_bpm", median(values))
        .withColumn("mad_bpm", sf.greatest(median(distances), sf.lit(_LEAST_DISTANCE)))
        .select(*series, "minute", "median_bpm", "mad_bpm", sf.size(values).cast("bigint").alias("compared_with"))
    )
