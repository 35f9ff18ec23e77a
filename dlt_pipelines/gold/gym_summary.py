"""One row per visit to a gym: minutes there, minutes exercising, the workouts."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from fitness import gym_summary as visits
from fitness.deleted_members import without_deleted_members
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("gym_summary"),
    comment="Visits to the gyms: minutes there, and how many of them exercising.",
    schema=visits.GYM_SUMMARY,
)
@dp.expect_all(rules_of("gym_summary"))
def gym_summary() -> DataFrame:
    """One row per visit (gym, user_id, login), also without workout, logout or known member, none of deleted ones."""
    absences = spark.read.table(silver("member_absences"))
    return visits.gym_summary(
        without_deleted_members(spark.read.table(silver("gym_logs")), absences, at=sf.col("login")),
        spark.read.table(silver("workout_intervals")),
        without_deleted_members(spark.read.table(silver("workouts")), absences, at=sf.col("started_at")),
        settings(),
    )
