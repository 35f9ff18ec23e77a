"""The stretches of a workout in which its timer ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.event_time import after
from fitness.time_bins import readings_within
from fitness.workout_steps import SESSION

if TYPE_CHECKING:
    from fitness.settings import Settings

WORKOUT = (*SESSION, "started_at")

WORKOUT_INTERVALS = """
    user_id BIGINT COMMENT 'Member',
    workout_id BIGINT COMMENT 'Kind of workout as the device counts it',
    session_id BIGINT COMMENT 'Session as the device counts it',
    started_at TIMESTAMP COMMENT 'Start of the workout',
    interval_start TIMESTAMP COMMENT 'First instant of the interval',
    interval_end TIMESTAMP COMMENT 'First instant after it; NULL while open',
    ended_by STRING COMMENT 'stop, superseded (by another session), abandoned (ends at the last reading) or open',
    latest_start TIMESTAMP COMMENT 'Last start in the interval: a start may be repeated',
    last_stop TIMESTAMP COMMENT 'Last stop before the next interval: a stop may be repeated',
    starts INT COMMENT 'Starts in the interval',
    stops INT COMMENT 'Stops up to the next interval'"""


def workout_intervals(
    steps: DataFrame, clock: DataFrame, heart_rate: DataFrame, user_devices: DataFrame, settings: Settings
) -> DataFrame:
    """One row per workout and active interval; the intervals of a workout are disjoint."""
    intervals = timed_intervals(steps).crossJoin(clock)
    deadline = after(sf.col("latest_start"), hours=settings.session_limit_hours)
    ended_by = sf.when(sf.col("latest_event_at") > deadline, "abandoned").otherwise("open")
    decided = intervals.withColumn("ended_by", sf.coalesce("ended_by", ended_by)).drop("latest_event_at")
    return with_assumed_ends(decided, heart_rate, user_devices, settings)


def timed_intervals(steps: DataFrame) -> DataFrame:
    """Intervals from a start to the first stop or supersession after it; without either, they have no end yet."""
    is_start, is_stop, is_end = (sf.expr(f"step {test}") for test in ("= 'start'", "= 'stop'", "<> 'start'"))
    first_end = sf.min(sf.when(is_end, sf.struct("event_time", "step")))
    intervals = (
        steps.where("started_at IS NOT NULL")
        .groupBy(*WORKOUT, "interval_start")
        .agg(
            first_end.alias("end"),
            sf.max(sf.when(is_start, sf.col("event_time"))).alias("latest_start"),
            sf.max(sf.when(is_stop, sf.col("event_time"))).alias("last_stop"),
            sf.count_if(is_start).cast("int").alias("starts"),
            sf.count_if(is_stop).cast("int").alias("stops"),
        )
    )
    ended_by = sf.when(sf.col("end.step") == "supersede", "superseded").otherwise(sf.col("end.step"))
    return intervals.select(
        *WORKOUT,
        "interval_start",
        sf.col("end.event_time").alias("interval_end"),
        ended_by.alias("ended_by"),
        "latest_start",
        "last_stop",
        "starts",
        "stops",
    )


def with_assumed_ends(
    intervals: DataFrame, heart_rate: DataFrame, user_devices: DataFrame, settings: Settings
) -> DataFrame:
    """Abandoned intervals end at the member's last reading within the session limit, else at their latest start."""
    abandoned = intervals.where("ended_by = 'abandoned'").select(*WORKOUT, "interval_start", "latest_start")
    deadline = after(sf.col("latest_start"), hours=settings.session_limit_hours)
    spans = abandoned.select("*", sf.col("latest_start").alias("span_start"), deadline.alias("span_end"))
    last_reading = (
        readings_within(spans, heart_rate, user_devices)
        .groupBy(*WORKOUT, "interval_start")
        .agg(sf.max("event_time").alias("last_reading"))
    )
    assumed = sf.when(sf.col("ended_by") == "abandoned", sf.coalesce("last_reading", "latest_start"))
    ended = intervals.join(last_reading, [*WORKOUT, "interval_start"], "left")
    return ended.withColumn("interval_end", sf.coalesce("interval_end", assumed)).drop("last_reading")
