"""Workouts: what became of each, and how long it took."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.event_time import seconds_between
from fitness.workout_intervals import WORKOUT

WORKOUTS = """
    user_id BIGINT COMMENT 'Member',
    workout_id BIGINT COMMENT 'Kind of workout as the device counts it',
    session_id BIGINT COMMENT 'Session as the device counts it; a later workout may use it again',
    started_at TIMESTAMP COMMENT 'First start; NULL for an orphan stop',
    ended_at TIMESTAMP COMMENT 'Last stop, else the next start (superseded) or the last reading (abandoned)',
    status STRING COMMENT 'completed, open, abandoned (never stopped), superseded (by another session) or orphan_stop',
    elapsed_s DOUBLE COMMENT 'Seconds from start to end, pauses included; NULL while open',
    active_s DOUBLE COMMENT 'Seconds in which the timer ran; NULL while open',
    starts INT COMMENT 'Starts, one more than pauses or repeated starts',
    stops INT COMMENT 'Stops, repeated ones included'"""


def workouts(intervals: DataFrame, steps: DataFrame) -> DataFrame:
    """One row per workout (user_id, workout_id, session_id, started_at), and one per stop that stops nothing."""
    return started_workouts(intervals).unionByName(_orphan_stops(steps))


def started_workouts(intervals: DataFrame) -> DataFrame:
    """Intervals summed up per workout; how its last interval ended decides what became of it."""
    active_us = sf.unix_micros("interval_end") - sf.unix_micros("interval_start")
    last = sf.max(sf.struct("interval_start", "interval_end", "ended_by")).alias("last")
    summed = intervals.groupBy(*WORKOUT).agg(
        last,
        sf.max("last_stop").alias("last_stop"),
        sf.sum(active_us).alias("active_us"),
        sf.sum("starts").cast("int").alias("starts"),
        sf.sum("stops").cast("int").alias("stops"),
    )
    ended = summed.withColumns({"ended_at": _ended_at(), "status": _status()})
    is_open = sf.col("status") == "open"
    return ended.select(
        *WORKOUT,
        "ended_at",
        "status",
        seconds_between(sf.col("started_at"), sf.col("ended_at")).alias("elapsed_s"),
        sf.when(~is_open, sf.col("active_us") / 1_000_000).alias("active_s"),
        "starts",
        "stops",
    )


def completed_workouts(workouts: DataFrame) -> DataFrame:
    """The workouts that were stopped after some active time."""
    return workouts.where("status = 'completed'")


def _status() -> Column:
    stopped = sf.when(sf.col("active_us") > 0, "completed").otherwise("abandoned")
    return sf.when(sf.col("last.ended_by") == "stop", stopped).otherwise(sf.col("last.ended_by"))


def _ended_at() -> Column:
    return sf.when(sf.col("last.ended_by") == "stop", sf.col("last_stop")).otherwise(sf.col("last.interval_end"))


def _orphan_stops(steps: DataFrame) -> DataFrame:
    unknown = sf.lit(None)
    return steps.where("started_at IS NULL").select(
        "user_id",
        "workout_id",
        "session_id",
        unknown.cast("timestamp").alias("started_at"),
        sf.col("event_time").alias("ended_at"),
        sf.lit("orphan_stop").alias("status"),
        unknown.cast("double").alias("elapsed_s"),
        unknown.cast("double").alias("active_s"),
        sf.lit(0).alias("starts"),
        sf.lit(1).alias("stops"),
    )
