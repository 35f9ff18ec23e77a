"""One row per visit to a gym: minutes there, minutes exercising, the workouts."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import gym_summary as visits
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("gym_summary"),
    comment="Visits to the gyms: minutes there, and how many of them exercising.",
    schema=visits.GYM_SUMMARY,
)
def gym_summary() -> DataFrame:
    """One row per visit, also without workout, logout or known member."""
    return visits.gym_summary(
        spark.read.table(silver("gym_logs")),
        spark.read.table(silver("workout_intervals")),
        spark.read.table(silver("workouts")),
        settings(),
    )
