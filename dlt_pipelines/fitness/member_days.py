"""What a member did on each day: visits to a gym, workouts, minutes in motion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.calendar_days import local_day

if TYPE_CHECKING:
    from fitness.settings import Settings

# Whole microseconds, because a sum of doubles depends on the order of the rows.
_MICROSECONDS = "bigint"


def visits_and_workouts(visits: DataFrame, workouts: DataFrame, settings: Settings) -> DataFrame:
    """One row per member and local day with a login or the start of a workout.

    user_id, date, visits, workouts, and active_us: the active time of the workouts in microseconds.
    """
    came = visits.where("user_id IS NOT NULL").select(
        "user_id",
        local_day(sf.col("login"), settings.time_zone).alias("date"),
        sf.lit(1).alias("visits"),
        sf.lit(0).alias("workouts"),
        sf.lit(0).cast(_MICROSECONDS).alias("active_us"),
    )
    active_us = sf.round(sf.coalesce("active_s", sf.lit(0.0)) * 1_000_000).cast(_MICROSECONDS)
    trained = workouts.where("started_at IS NOT NULL").select(
        "user_id",
        local_day(sf.col("started_at"), settings.time_zone).alias("date"),
        sf.lit(0).alias("visits"),
        sf.lit(1).alias("workouts"),
        active_us.alias("active_us"),
    )
    sums = (sf.sum(name).alias(name) for name in ("visits", "workouts", "active_us"))
    return came.union(trained).groupBy("user_id", "date").agg(*sums)
