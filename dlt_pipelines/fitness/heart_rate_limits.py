"""What heart rate is too low or too high for who wears a device now: what the live alerts compare readings with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.calendar_days import local_day
from fitness.event_time import after
from fitness.health_alerts import with_highest_rate

if TYPE_CHECKING:
    from fitness.settings import Settings

HEART_RATE_LIMITS = """
    device_id BIGINT COMMENT 'Device',
    user_id BIGINT COMMENT 'Member who wears it now',
    resting_hr DOUBLE COMMENT 'Latest baseline of the resting heart rate; NULL if unknown',
    hr_max DOUBLE COMMENT 'Highest heart rate of the age; NULL without a believable age',
    low_bpm DOUBLE COMMENT 'A reading below this is low',
    high_at_rest_bpm DOUBLE COMMENT 'One above this is high at rest; NULL in exercise and recovery as of known_at',
    over_max_bpm DOUBLE COMMENT 'One above this is too high in any state; NULL without hr_max',
    artefact_bpm DOUBLE COMMENT 'Above this the device counts something else; NULL without hr_max',
    known_at TIMESTAMP COMMENT 'Latest event that the row knows of'"""


def heart_rate_limits(
    user_devices: DataFrame,
    profiles: DataFrame,
    workouts: DataFrame,
    days: DataFrame,
    clock: DataFrame,
    settings: Settings,
) -> DataFrame:
    """One row per device that a member wears now; `days` are those of hr_daily, `profiles` have dob and sex."""
    now = sf.col("latest_event_at")
    worn = user_devices.where("user_id IS NOT NULL AND valid_to IS NULL").select("device_id", "user_id")
    dated = worn.crossJoin(sf.broadcast(clock)).withColumn("hr_date", local_day(now, settings.time_zone))
    baselines = days.where("baseline_hr IS NOT NULL").groupBy("user_id")
    resting = baselines.agg(sf.max_by("baseline_hr", "hr_date").alias("resting_hr"))
    exercising = workouts.crossJoin(sf.broadcast(clock)).where(_goes_on(settings)).select("user_id").distinct()
    known = (
        with_highest_rate(dated, profiles, settings)
        .join(resting, "user_id", "left")
        .join(exercising.withColumn("is_exercising", sf.lit(True)), "user_id", "left")
    )
    return known.select(
        "device_id",
        "user_id",
        "resting_hr",
        "hr_max",
        sf.lit(float(settings.low_hr_bpm)).alias("low_bpm"),
        sf.when(sf.col("is_exercising").isNull(), sf.lit(float(settings.high_hr_bpm))).alias("high_at_rest_bpm"),
        _percent_of_highest(settings.over_max_percent).alias("over_max_bpm"),
        _percent_of_highest(settings.artefact_percent).alias("artefact_bpm"),
        now.alias("known_at"),
    )


def _goes_on(settings: Settings) -> Column:
    """A workout that is open, or after which the heart still recovers."""
    rested = after(sf.col("ended_at"), minutes=settings.recovery_minutes)
    return (sf.col("status") == "open") | (rested > sf.col("latest_event_at"))


def _percent_of_highest(percent: float) -> Column:
    return sf.col("hr_max") * percent / 100
