"""One line about a visit to a gym: how long, and how much of it exercising."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.calendar_days import local_day
from fitness.event_time import after, seconds_between
from fitness.time_bins import overlaps
from fitness.workout_intervals import WORKOUT

if TYPE_CHECKING:
    from fitness.settings import Settings

WORKOUTS_OF_VISIT = """ARRAY<STRUCT<
    workout_id: BIGINT, session_id: BIGINT, started_at: TIMESTAMP, ended_at: TIMESTAMP, minutes_exercising: DOUBLE>>"""

GYM_SUMMARY = f"""
    visit_date DATE COMMENT 'Local day of the login',
    gym BIGINT COMMENT 'Gym',
    user_id BIGINT COMMENT 'Member; NULL if nobody is known to wear the device',
    login TIMESTAMP COMMENT 'Start of the visit',
    logout TIMESTAMP COMMENT 'End of the visit as far as known or assumed; NULL while open',
    status STRING COMMENT 'closed, inferred, auto_closed or open',
    minutes_in_gym DOUBLE COMMENT 'Minutes from login to logout; NULL unless closed or inferred',
    minutes_exercising DOUBLE COMMENT 'Active minutes of workouts of the member that fall into the visit',
    workouts {WORKOUTS_OF_VISIT} COMMENT 'The workouts of the visit in order of their starts'"""

VISIT = ("gym", "mac_address", "login")


def gym_summary(visits: DataFrame, intervals: DataFrame, workouts: DataFrame, settings: Settings) -> DataFrame:
    """One row per visit, also without workout, logout or known member."""
    exercise = exercise_in_visits(visits, intervals, workouts, settings)
    has_end = sf.col("status").isin("closed", "inferred")
    none = sf.array().cast(WORKOUTS_OF_VISIT)
    return visits.join(exercise, [*VISIT], "left").select(
        local_day(sf.col("login"), settings.time_zone).alias("visit_date"),
        "gym",
        "user_id",
        "login",
        "logout",
        "status",
        sf.when(has_end, sf.round(seconds_between(sf.col("login"), sf.col("logout")) / 60, 2)).alias("minutes_in_gym"),
        _minutes(sf.coalesce("exercise_us", sf.lit(0))).alias("minutes_exercising"),
        sf.coalesce("workouts", none).alias("workouts"),
    )


def exercise_in_visits(visits: DataFrame, intervals: DataFrame, workouts: DataFrame, settings: Settings) -> DataFrame:
    """Per visit the active time of the member's workouts clipped to it, in microseconds, and the workouts in order."""
    on_site_until = after(sf.col("login"), minutes=settings.max_visit_minutes)
    stays = visits.select(
        *VISIT, "user_id", sf.col("login").alias("left_start"), sf.coalesce("logout", on_site_until).alias("left_end")
    )
    active = intervals.where("interval_end > interval_start").select(
        *WORKOUT, sf.col("interval_start").alias("right_start"), sf.col("interval_end").alias("right_end")
    )
    in_visit = overlaps(stays, active).groupBy(*VISIT, *WORKOUT).agg(sf.sum("overlap_us").alias("exercise_us"))
    workout = sf.struct(
        "started_at",
        "workout_id",
        "session_id",
        "ended_at",
        _minutes(sf.col("exercise_us")).alias("minutes_exercising"),
    )
    return (
        in_visit.join(workouts.select(*WORKOUT, "ended_at"), [*WORKOUT])
        .groupBy(*VISIT)
        .agg(sf.sum("exercise_us").alias("exercise_us"), sf.array_sort(sf.collect_list(workout)).alias("workouts"))
        .withColumn("workouts", sf.transform("workouts", _in_order_of_columns))
    )


def _in_order_of_columns(workout: Column) -> Column:
    names = ("workout_id", "session_id", "started_at", "ended_at", "minutes_exercising")
    return sf.struct(*(workout[name].alias(name) for name in names))


def _minutes(microseconds: Column) -> Column:
    return sf.round(microseconds / 60_000_000, 2)
