"""Heart-rate readings inside workouts, each with the seconds it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as sf

from fitness.event_time import after, seconds_between
from fitness.time_bins import readings_within
from fitness.workout_intervals import WORKOUT

if TYPE_CHECKING:
    from fitness.settings import Settings

WORKOUT_BPM = """
    user_id BIGINT COMMENT 'Member',
    workout_id BIGINT COMMENT 'Kind of workout as the device counts it',
    session_id BIGINT COMMENT 'Session as the device counts it',
    started_at TIMESTAMP COMMENT 'Start of the workout',
    device_id BIGINT COMMENT 'Device that measured; one per workout',
    event_time TIMESTAMP COMMENT 'When it measured',
    bpm DOUBLE COMMENT 'Beats per minute',
    weight_s DOUBLE COMMENT 'Seconds it stands for: until the next one, the gap limit or the end of the interval'"""


def workout_bpm(heart_rate: DataFrame, intervals: DataFrame, user_devices: DataFrame, settings: Settings) -> DataFrame:
    """One row per valid reading of the member's device in an active interval, start <= event_time < end."""
    inside = readings_within(active_spans(intervals, settings), heart_rate, user_devices)
    return with_weight(of_one_device(inside), settings).select(*WORKOUT, "device_id", "event_time", "bpm", "weight_s")


def active_spans(intervals: DataFrame, settings: Settings) -> DataFrame:
    """The active intervals; an open one counts until the session limit."""
    latest_end = after(sf.col("latest_start"), hours=settings.session_limit_hours)
    return intervals.select(
        *WORKOUT,
        "interval_start",
        sf.col("interval_start").alias("span_start"),
        sf.coalesce("interval_end", latest_end).alias("span_end"),
    )


def of_one_device(readings: DataFrame) -> DataFrame:
    """The readings of the device with the most readings in the workout, of the lowest id if several have as many."""
    samples = sf.count("*").over(Window.partitionBy(*WORKOUT, "device_id"))
    counted = readings.withColumn("samples", samples)
    preferred = sf.struct(-sf.col("samples"), "device_id")
    best = sf.min(preferred).over(Window.partitionBy(*WORKOUT))
    return counted.withColumn("is_best", preferred == best).where("is_best").drop("samples", "is_best")


def with_weight(readings: DataFrame, settings: Settings) -> DataFrame:
    """Each reading with the seconds it stands for."""
    series = Window.partitionBy(*WORKOUT, "interval_start").orderBy("event_time")
    longest = after(sf.col("event_time"), seconds=settings.gap_limit_s)
    until = sf.least(sf.lead("event_time").over(series), "span_end", longest)
    return readings.withColumn("weight_s", seconds_between(sf.col("event_time"), until))
