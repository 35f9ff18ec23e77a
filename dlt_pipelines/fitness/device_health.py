"""Devices that stop measuring: stuck on one value, or silent in a workout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from fitness.alert_episodes import EPISODE, identified
from fitness.event_time import after, seconds_between
from fitness.workout_intervals import WORKOUT

if TYPE_CHECKING:
    from fitness.settings import Settings

DEVICE_HEALTH = EPISODE.format(
    rules="SENSOR_STUCK: the same value for too long; SENSOR_DROPOUT: no valid reading for too long in active time",
    severity="info; about the device, not about the member",
    samples="Readings from start to end; 0 for SENSOR_DROPOUT",
)

_SECONDS = "decimal(18,6)"


def device_health(
    worn_heart_rate: DataFrame, workout_bpm: DataFrame, intervals: DataFrame, settings: Settings
) -> DataFrame:
    """One row per episode."""
    return stuck(worn_heart_rate, settings).unionByName(dropouts(workout_bpm, intervals, settings))


def stuck(readings: DataFrame, settings: Settings) -> DataFrame:
    """One row per run of one value that lasts too long, for a workout or for any other time.

    It ends with the first other value, or with the last reading before a silence.
    """
    runs = _runs(readings, settings)
    run = ("user_id", "device_id", "run")
    workout = sf.col("state") == "workout"
    since = sf.min(_us()).over(Window.partitionBy(*run))
    in_workout_since = sf.min(sf.when(workout, _us())).over(Window.partitionBy(*run))
    at_rest = _us() - since >= settings.stuck_rest_s * 1_000_000
    exercising = workout & (_us() - in_workout_since >= settings.stuck_workout_s * 1_000_000)
    # The last reading before a silence stands beyond the end of the episode.
    beyond = sf.coalesce(sf.max(sf.when(sf.col("next_at").isNull(), _stands())), sf.lit(0))
    episodes = (
        runs.withColumn("is_stuck", sf.coalesce(at_rest, sf.lit(False)) | sf.coalesce(exercising, sf.lit(False)))
        .groupBy(*run)
        .agg(
            sf.min("event_time").alias("started_at"),
            sf.min(sf.when(sf.col("is_stuck"), sf.col("event_time"))).alias("detected_at"),
            sf.max(sf.coalesce("next_at", "event_time")).alias("ended_at"),
            *(sf.min("bpm").alias(name) for name in ("min_bpm", "avg_bpm", "max_bpm")),
            sf.count("*").alias("samples"),
            (sf.sum(_stands()) - beyond).cast("double").alias("covered_s"),
        )
        .where("detected_at IS NOT NULL")
    )
    length_s = seconds_between(sf.col("started_at"), sf.col("ended_at"))
    covered = episodes.withColumn("coverage", sf.col("covered_s") / length_s)
    return identified(covered, "SENSOR_STUCK", "info")


def dropouts(workout_bpm: DataFrame, intervals: DataFrame, settings: Settings) -> DataFrame:
    """One row per time without valid reading in an active interval of a workout with readings.

    It starts with the last reading, or with the interval, and ends with the next, or with the interval; an interval
    that is still open has no end yet. Who wore no device in a workout has no dropout in it.
    """
    devices = workout_bpm.groupBy(*WORKOUT).agg(sf.min("device_id").alias("device_id"))
    spans = intervals.join(devices, [*WORKOUT])
    series = [*WORKOUT, "device_id"]
    moments = (
        workout_bpm.select(*series, sf.col("event_time").alias("moment"), sf.lit(1).alias("place"))
        .unionByName(spans.select(*series, sf.col("interval_start").alias("moment"), sf.lit(1).alias("place")))
        .unionByName(spans.select(*series, sf.col("interval_end").alias("moment"), sf.lit(0).alias("place")))
        .where("moment IS NOT NULL")
    )
    # Of one instant the end of an interval comes before the start of the next.
    in_time = Window.partitionBy(*series).orderBy("moment", "place")
    silence = (
        moments.withColumn("until", sf.lead("moment").over(in_time))
        .where("place = 1")
        .where(seconds_between(sf.col("moment"), sf.col("until")) > settings.dropout_s)
    )
    unknown = {name: sf.lit(None).cast("double") for name in ("min_bpm", "avg_bpm", "max_bpm")}
    times = {
        "started_at": sf.col("moment"),
        "detected_at": after(sf.col("moment"), seconds=settings.dropout_s),
        "ended_at": sf.col("until"),
    }
    nothing = {"samples": sf.lit(0).cast("bigint"), "coverage": sf.lit(0.0)}
    return identified(silence.withColumns({**unknown, **times, **nothing}), "SENSOR_DROPOUT", "info")


def _runs(readings: DataFrame, settings: Settings) -> DataFrame:
    in_time = Window.partitionBy("user_id", "device_id").orderBy("event_time")
    silence_us = _us() - sf.lag(_us()).over(in_time)
    continues = (sf.lag("bpm").over(in_time) == sf.col("bpm")) & (silence_us <= settings.gap_limit_s * 1_000_000)
    next_at = sf.lead("event_time").over(in_time)
    in_time_for_next = sf.unix_micros(next_at) - _us() <= settings.gap_limit_s * 1_000_000
    return (
        readings.withColumn("begins", ~sf.coalesce(continues, sf.lit(False)))
        .withColumn("next_at", sf.when(in_time_for_next, next_at))
        .withColumn("run", sf.count_if("begins").over(in_time))
    )


def _stands() -> Column:
    return sf.col("stands_s").cast(_SECONDS)


def _us() -> Column:
    return sf.unix_micros("event_time")
