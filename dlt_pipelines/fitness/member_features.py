"""What was known about a member at the end of a day, in one row: the input of models, such as of who is about to leave.

Nothing of a row stems from a later event. So a workout counts on the day on which it ends, while the tables about
training and activity have it on the day on which it starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, Window, WindowSpec
from pyspark.sql import functions as sf

from fitness.calendar_days import local_day
from fitness.training_load import training_load_daily
from fitness.training_parameters import params_version

if TYPE_CHECKING:
    from fitness.settings import Settings

MEMBER_FEATURES_DAILY = """
    user_id BIGINT COMMENT 'Member',
    date DATE COMMENT 'Local day; all features are as of its end',
    is_active BOOLEAN COMMENT 'Whether the member came to a gym or started a workout that day',
    active_days_7 INT COMMENT 'Active days of the last 7',
    active_days_28 INT COMMENT 'Active days of the last 28',
    streak_days INT COMMENT 'Active days in a row up to this day',
    recency_days INT COMMENT 'Days since the last visit or workout; NULL if there was none yet',
    actual_visits BIGINT COMMENT 'Visits of the last 28 days',
    expected_visits DOUBLE COMMENT 'Visits per 28 days in the 84 days before those',
    frequency_90 BIGINT COMMENT 'Visits of the last 90 days',
    usual_gap_days DOUBLE COMMENT 'Median days between two days with visits so far; NULL before the second',
    is_churn_risk BOOLEAN COMMENT 'Away for much longer than usual, or far fewer visits than expected',
    workout_minutes_7 DOUBLE COMMENT 'Active minutes of completed workouts that ended in the last 7 days',
    workout_minutes_28 DOUBLE COMMENT 'The same for 28 days',
    load DOUBLE COMMENT 'Training impulse of the workouts that ended on the day; NULL before the first load',
    ctl DOUBLE COMMENT 'Fitness: chronic load; NULL before the first load',
    atl DOUBLE COMMENT 'Fatigue: acute load; NULL before the first load',
    tsb DOUBLE COMMENT 'Form: fitness minus fatigue of the day before; NULL before the first load',
    resting_hr DOUBLE COMMENT 'Resting heart rate of the day; NULL if it was not measured',
    baseline_hr DOUBLE COMMENT 'Median resting heart rate of the weeks before; NULL if unknown',
    drift_bpm DOUBLE COMMENT 'resting_hr minus baseline_hr',
    wear_minutes BIGINT COMMENT 'Minutes with a valid heart rate; 0 if there is none',
    steps BIGINT COMMENT 'Steps of the day; NULL without a report of the tracker',
    worn_days_7 BIGINT COMMENT 'Days of the last 7 on which the tracker counted steps',
    mean_steps_7 DOUBLE COMMENT 'Steps per such day; NULL without any',
    params_version STRING COMMENT 'Settings that the features were computed with'"""

_ENGAGEMENT = (
    "is_active", "active_days_7", "active_days_28", "streak_days", "recency_days",
    "actual_visits", "expected_visits", "frequency_90", "usual_gap_days", "is_churn_risk",
)  # fmt: skip
_LOADS = ("load", "ctl", "atl", "tsb")
_HEART = ("resting_hr", "baseline_hr", "drift_bpm")


def member_features_daily(
    engagement: DataFrame, efforts: DataFrame, heart_rate_days: DataFrame, activity_days: DataFrame, settings: Settings
) -> DataFrame:
    """One row per member and day of `engagement`, which has every day since the member is one.

    `efforts` are those of `efforts_by_end`.
    """
    day = ["user_id", "date"]
    hearts = heart_rate_days.withColumnRenamed("hr_date", "date").select(*day, *_HEART, "wear_minutes")
    known = (
        engagement.select(*day, *_ENGAGEMENT)
        .join(efforts, day, "left")
        .join(hearts, day, "left")
        .join(activity_days.select(*day, "steps"), day, "left")
    )
    is_worn = sf.col("steps") > 0
    worn_days = sf.count_if(is_worn).over(_days(7))
    worn_steps = sf.sum(sf.when(is_worn, sf.col("steps"))).over(_days(7))
    return known.select(
        *day,
        *_ENGAGEMENT,
        *(
            (sf.coalesce(sf.sum("active_us").over(_days(n)), sf.lit(0)) / 60_000_000).alias(f"workout_minutes_{n}")
            for n in (7, 28)
        ),
        *_LOADS,
        *_HEART,
        sf.coalesce("wear_minutes", sf.lit(0).cast("bigint")).alias("wear_minutes"),
        "steps",
        worn_days.alias("worn_days_7"),
        sf.try_divide(worn_steps, worn_days).alias("mean_steps_7"),
        sf.lit(params_version(settings)).alias("params_version"),
    )


def efforts_by_end(workouts: DataFrame, summaries: DataFrame, clock: DataFrame, settings: Settings) -> DataFrame:
    """Active time and training load per member and local day, by when the workouts ended."""
    loads = loads_by_end(summaries, clock, settings)
    return finished_workouts(workouts, settings).join(loads, ["user_id", "date"], "full")


def finished_workouts(workouts: DataFrame, settings: Settings) -> DataFrame:
    """`active_us`, the active time in microseconds, of the completed workouts by the local day on which they ended."""
    active_us = sf.round(sf.col("active_s") * 1_000_000).cast("bigint")
    date = local_day(sf.col("ended_at"), settings.time_zone).alias("date")
    completed = workouts.where("status = 'completed'").groupBy("user_id", date)
    return completed.agg(sf.sum(active_us).alias("active_us"))


def loads_by_end(summaries: DataFrame, clock: DataFrame, settings: Settings) -> DataFrame:
    """Training load by the local day on which the workouts ended."""
    ended = summaries.withColumn("workout_date", local_day(sf.col("ended_at"), settings.time_zone))
    days = training_load_daily(ended, clock, settings)
    return days.select("user_id", sf.col("load_date").alias("date"), *_LOADS)


def _days(days: int) -> WindowSpec:
    """The last days of a member, of whom every day has a row."""
    return Window.partitionBy("user_id").orderBy("date").rowsBetween(1 - days, 0)
