"""Heart rate of members in sliding windows of event time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as sf

from fitness.event_time import after, seconds_between

if TYPE_CHECKING:
    from fitness.settings import Settings

HEART_RATE_WINDOWS = """
    user_id BIGINT COMMENT 'Member',
    device_id BIGINT COMMENT 'Device with the most valid readings of the member on the day',
    window_start TIMESTAMP COMMENT 'First instant of the window',
    window_end TIMESTAMP COMMENT 'First instant after it',
    samples BIGINT COMMENT 'Valid readings in the window',
    min_bpm DOUBLE COMMENT 'Lowest of them',
    avg_bpm DOUBLE COMMENT 'Average over time: each counts until the next, the gap limit or the end of the window',
    max_bpm DOUBLE COMMENT 'Highest of them',
    coverage DOUBLE COMMENT 'Share of the window that they stand for, 0 to 1'"""

# Decimals, because a sum of doubles depends on the order in which files and partitions are read.
_BPM, _SECONDS = "decimal(18,14)", "decimal(10,6)"


def heart_rate_windows(worn_heart_rate: DataFrame, settings: Settings) -> DataFrame:
    """One row per member, device and window with a valid reading; windows overlap, so a reading is in several."""
    series = Window.partitionBy("user_id", "device_id").orderBy("event_time")
    longest = after(sf.col("event_time"), seconds=settings.gap_limit_s)
    length, slide = (f"{minutes} minutes" for minutes in (settings.window_minutes, settings.window_slide_minutes))
    in_windows = (
        worn_heart_rate.withColumn("until", sf.least(sf.lead("event_time").over(series), longest))
        .withColumn("window", sf.window("event_time", length, slide))
        .withColumns({"window_start": sf.col("window.start"), "window_end": sf.col("window.end")})
    )
    weight = seconds_between(sf.col("event_time"), sf.least("until", "window_end")).cast(_SECONDS)
    beats, covered = sf.sum(sf.col("bpm").cast(_BPM) * weight), sf.sum(weight).cast("double")
    return in_windows.groupBy("user_id", "device_id", "window_start", "window_end").agg(
        sf.count("*").alias("samples"),
        sf.min("bpm").alias("min_bpm"),
        (beats.cast("double") / covered).alias("avg_bpm"),
        sf.max("bpm").alias("max_bpm"),
        (covered / (settings.window_minutes * 60)).alias("coverage"),
    )
