"""A member's days and weeks: what the tracker counted, and the workouts beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.calendar_days import iso_week, iso_week_start
from fitness.member_days import visits_and_workouts

if TYPE_CHECKING:
    from fitness.settings import Settings

DAILY_ACTIVITY_SUMMARY = """
    user_id BIGINT COMMENT 'Member',
    date DATE COMMENT 'Day in the calendar of the member',
    iso_week STRING COMMENT 'ISO week of the day, such as 2026-W16',
    has_tracker_day BOOLEAN COMMENT 'Whether the tracker reported this day',
    not_worn BOOLEAN COMMENT 'Whether the tracker counted no step at all; NULL without its report',
    steps BIGINT COMMENT 'Steps',
    distance_km DOUBLE COMMENT 'Distance in km',
    active_minutes INT COMMENT 'Minutes in motion as the tracker counts them',
    workouts BIGINT COMMENT 'Workouts started that day',
    workout_minutes DOUBLE COMMENT 'Active minutes of these workouts',
    gym_visits BIGINT COMMENT 'Visits to a gym that day'"""

WEEKLY_ACTIVITY_SUMMARY = """
    user_id BIGINT COMMENT 'Member',
    iso_week STRING COMMENT 'ISO week, such as 2026-W16',
    week_start DATE COMMENT 'Its Monday',
    tracker_days BIGINT COMMENT 'Days that the tracker reported',
    worn_days BIGINT COMMENT 'Those on which it was worn; averages are over these',
    wear_rate DOUBLE COMMENT 'worn_days as a share of tracker_days; NULL without any',
    mean_steps DOUBLE COMMENT 'Steps per worn day',
    mean_distance_km DOUBLE COMMENT 'Distance in km per worn day',
    mean_active_minutes DOUBLE COMMENT 'Minutes in motion per worn day',
    workouts BIGINT COMMENT 'Workouts started',
    workout_minutes DOUBLE COMMENT 'Active minutes of these workouts',
    gym_visits BIGINT COMMENT 'Visits to a gym'"""


def daily_activity_summary(
    tracker_days: DataFrame, visits: DataFrame, workouts: DataFrame, settings: Settings
) -> DataFrame:
    """One row per member and day with a tracker's report, a visit or a workout."""
    tracked = tracker_days.select(
        "user_id",
        "date",
        "steps",
        "distance_km",
        "active_minutes",
        sf.coalesce(sf.col("steps") == 0, sf.lit(False)).alias("not_worn"),
    )
    done = visits_and_workouts(visits, workouts, settings)
    none = sf.lit(0).cast("bigint")
    return tracked.join(done, ["user_id", "date"], "full").select(
        "user_id",
        "date",
        iso_week(sf.col("date")).alias("iso_week"),
        sf.col("not_worn").isNotNull().alias("has_tracker_day"),
        "not_worn",
        "steps",
        "distance_km",
        "active_minutes",
        sf.coalesce("workouts", none).alias("workouts"),
        (sf.coalesce("active_us", none) / 60_000_000).alias("workout_minutes"),
        sf.coalesce("visits", none).alias("gym_visits"),
    )


def weekly_activity_summary(days: DataFrame) -> DataFrame:
    """One row per member and ISO week with any day; days on which the tracker was not worn are in no average."""
    worn = sf.col("has_tracker_day") & ~sf.col("not_worn")
    monday = iso_week_start(sf.col("date"))
    counts = days.groupBy("user_id", "iso_week", monday.alias("week_start")).agg(
        sf.count_if("has_tracker_day").alias("tracker_days"),
        sf.count_if(worn).alias("worn_days"),
        _mean("steps", worn).alias("mean_steps"),
        _mean("distance_km", worn).alias("mean_distance_km"),
        _mean("active_minutes", worn).alias("mean_active_minutes"),
        sf.sum("workouts").alias("workouts"),
        sf.sum(_exact("workout_minutes")).cast("double").alias("workout_minutes"),
        sf.sum("gym_visits").alias("gym_visits"),
    )
    wear_rate = sf.try_divide("worn_days", "tracker_days").alias("wear_rate")
    return counts.select(
        "user_id",
        "iso_week",
        "week_start",
        "tracker_days",
        "worn_days",
        wear_rate,
        "mean_steps",
        "mean_distance_km",
        "mean_active_minutes",
        "workouts",
        "workout_minutes",
        "gym_visits",
    )


def _mean(column: str, worn: Column) -> Column:
    value = sf.when(worn, _exact(column))
    return sf.try_divide(sf.sum(value).cast("double"), sf.count(value))


def _exact(column: str) -> Column:
    """In decimals, because a sum of doubles depends on the order of the rows."""
    return sf.col(column).cast("decimal(20,9)")
