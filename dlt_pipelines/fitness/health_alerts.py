"""Notifications about a member's heart rate. They are not a diagnosis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from fitness import training_parameters as parameters
from fitness.alert_episodes import EPISODE, Rule, episodes
from fitness.demographics import OLDEST, age
from fitness.resting_drift import resting_drifts

if TYPE_CHECKING:
    from fitness.settings import Settings

HEALTH_ALERTS = EPISODE.format(
    rules="HIGH_HR_AT_REST, LOW_HR, HR_OVER_MAX or RHR_DRIFT",
    severity="warning; a notification, not a diagnosis",
    samples="Readings from start to end; for RHR_DRIFT days, each with its resting heart rate",
)


def health_alerts(worn_heart_rate: DataFrame, days: DataFrame, profiles: DataFrame, settings: Settings) -> DataFrame:
    """One row per episode; `days` are those of hr_daily, `profiles` have dob and sex.

    Steps are known by the day only, so they cannot tell that a member sat still.
    """
    at_rest = worn_heart_rate.withColumn("is_watched", sf.col("state") == "rest")
    always = worn_heart_rate.withColumn("is_watched", sf.lit(True))
    exercising = in_workouts(with_highest_rate(worn_heart_rate, profiles, settings), settings)
    gap_limit_s = settings.gap_limit_s
    return (
        episodes(at_rest, high_at_rest(settings), gap_limit_s=gap_limit_s)
        .unionByName(episodes(always, low(settings), gap_limit_s=gap_limit_s))
        .unionByName(episodes(exercising, over_max(settings), gap_limit_s=gap_limit_s))
        .unionByName(resting_drifts(days, settings))
    )


def high_at_rest(settings: Settings) -> Rule:
    """Above the limit for ten minutes away from exercise and the recovery after it."""
    return Rule(
        name="HIGH_HR_AT_REST",
        severity="warning",
        raised_if=f"bpm > {settings.high_hr_bpm}",
        raised_after_s=settings.alert_after_s,
        cleared_if=f"bpm < {settings.high_hr_clear_bpm}",
        cleared_after_s=settings.high_hr_clear_s,
        coverage_percent=settings.alert_coverage_percent,
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
        coverage_percent=settings.alert_coverage_percent,
    )


def over_max(settings: Settings) -> Rule:
    """Above the highest rate of the member's age for a minute of a workout."""
    return Rule(
        name="HR_OVER_MAX",
        severity="warning",
        raised_if=f"round(bpm * 100 - hr_max * {settings.over_max_percent}, 6) > 0",
        raised_after_s=settings.over_max_after_s,
        cleared_if=f"round(bpm * 100 - hr_max * {settings.over_max_percent}, 6) <= 0",
        cleared_after_s=settings.over_max_clear_s,
    )


def with_highest_rate(readings: DataFrame, profiles: DataFrame, settings: Settings) -> DataFrame:
    """`hr_max` of the member on the day; NULL without a believable age."""
    years = age(sf.col("dob"), sf.col("hr_date"))
    highest = parameters.hr_max(sf.when(years.between(0, OLDEST), years), sf.col("sex"), settings).cast("double")
    members = profiles.select("user_id", "dob", "sex")
    return readings.join(members, "user_id", "left").withColumn("hr_max", highest).drop("dob", "sex")


def in_workouts(readings: DataFrame, settings: Settings) -> DataFrame:
    """Readings away from rest; watched are those in a workout, but not where the device counted something else."""
    near = readings.where("state <> 'rest' AND hr_max IS NOT NULL")
    in_time = Window.partitionBy("user_id", "device_id").orderBy("event_time")
    us = sf.unix_micros("event_time")
    silent = sf.coalesce(us - sf.lag(us).over(in_time) > settings.gap_limit_s * 1_000_000, sf.lit(True))
    beyond = sf.round(sf.col("bpm") * 100 - sf.col("hr_max") * settings.artefact_percent, 6) > 0
    stretch = Window.partitionBy("user_id", "device_id", "beyond", "stretch")
    lasting = sf.max(us).over(stretch) - sf.min(us).over(stretch) >= settings.artefact_after_s * 1_000_000
    return (
        near.withColumns({"beyond": beyond, "begins": silent | ~beyond})
        .withColumn("stretch", sf.count_if("begins").over(in_time))
        .withColumn("is_watched", _in_workout() & ~(sf.col("beyond") & lasting))
        .drop("beyond", "begins", "stretch")
    )


def _in_workout() -> Column:
    return sf.col("state") == "workout"
