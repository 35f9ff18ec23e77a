"""Heart rate of members: who wore the device, on which day, and whether in a workout, soon after it, or at rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as sf

from fitness.calendar_days import local_day
from fitness.event_time import after, seconds_between
from fitness.workout_heart_rate import active_spans

if TYPE_CHECKING:
    from fitness.settings import Settings

WORN_HEART_RATE = """
    user_id BIGINT COMMENT 'Member who wore the device when it measured',
    hr_date DATE COMMENT 'Local day',
    device_id BIGINT COMMENT 'Device with the most valid readings of the member on the day; others are not mixed in',
    event_time TIMESTAMP COMMENT 'When it measured',
    bpm DOUBLE COMMENT 'Beats per minute',
    stands_s DOUBLE COMMENT 'Seconds until the device reported again, be it no contact, at most the gap limit',
    state STRING COMMENT 'workout while the timer runs, recovery soon after and in pauses, else rest',
    state_since TIMESTAMP COMMENT 'Start of the workout; for rest the end of the latest recovery, NULL before any'"""


def worn_heart_rate(
    heart_rate: DataFrame, intervals: DataFrame, user_devices: DataFrame, settings: Settings
) -> DataFrame:
    """One row per valid reading of the one device that tells a member's day."""
    worn = with_state(worn_readings(heart_rate, user_devices, settings), intervals, settings)
    standing = with_standing_seconds(worn, settings).where("status = 'valid'")
    return of_one_device_a_day(standing).select(
        "user_id", "hr_date", "device_id", "event_time", "bpm", "stands_s", "state", "state_since"
    )


def worn_readings(heart_rate: DataFrame, user_devices: DataFrame, settings: Settings) -> DataFrame:
    """Readings of any status with the member who wore the device, and the local day."""
    owners = user_devices.where("user_id IS NOT NULL").select("device_id", "user_id", "valid_from", "valid_to")
    worn = sf.expr("event_time >= valid_from AND (valid_to IS NULL OR event_time < valid_to)")
    return (
        heart_rate.join(owners, "device_id")
        .where(worn)
        .withColumn("hr_date", local_day(sf.col("event_time"), settings.time_zone))
        .select("user_id", "hr_date", "device_id", "event_time", "bpm", "status")
    )


def with_state(readings: DataFrame, intervals: DataFrame, settings: Settings) -> DataFrame:
    """`state` and `state_since` of each reading, by the member's active time that began by then and ends last.

    Starts of active time are sorted in among the readings: that costs one pass, however many workouts there are.
    """
    span = sf.struct("span_end", "started_at")
    starts = active_spans(intervals, settings).select(
        "user_id", sf.col("span_start").alias("event_time"), span.alias("span")
    )
    by_then = Window.partitionBy("user_id").orderBy("event_time")  # with those of the same instant
    together = readings.withColumn("is_reading", sf.lit(True)).unionByName(starts, allowMissingColumns=True)
    placed = together.withColumn("latest", sf.max("span").over(by_then)).where("is_reading")
    active_end = sf.col("latest.span_end")
    rested = after(active_end, minutes=settings.recovery_minutes)
    state = sf.when(sf.col("event_time") < active_end, "workout").when(sf.col("event_time") < rested, "recovery")
    since = sf.when(sf.col("state") == "rest", rested).otherwise(sf.col("latest.started_at"))
    stated = placed.withColumn("state", sf.coalesce(state, sf.lit("rest"))).withColumn("state_since", since)
    return stated.drop("span", "latest", "is_reading")


def with_standing_seconds(readings: DataFrame, settings: Settings) -> DataFrame:
    """`stands_s`: a reading says nothing about the time after the device's next one, whatever that is worth."""
    of_device = Window.partitionBy("user_id", "device_id").orderBy("event_time")
    longest = after(sf.col("event_time"), seconds=settings.gap_limit_s)
    until = sf.least(sf.lead("event_time").over(of_device), longest)
    return readings.withColumn("stands_s", seconds_between(sf.col("event_time"), until))


def of_one_device_a_day(readings: DataFrame) -> DataFrame:
    """The readings of the device with the most of the member's day, of the lowest id if several have as many."""
    day = ("user_id", "hr_date")
    samples = sf.count("*").over(Window.partitionBy(*day, "device_id"))
    preferred = sf.struct(-sf.col("samples"), "device_id")
    best = sf.min(preferred).over(Window.partitionBy(*day))
    counted = readings.withColumn("samples", samples)
    return counted.withColumn("is_best", preferred == best).where("is_best").drop("samples", "is_best")
