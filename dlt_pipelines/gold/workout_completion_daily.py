"""One row per member and day: workouts started and finished."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from fitness import workout_completion
from fitness.deleted_members import without_deleted_members
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("workout_completion_daily"),
    comment="Workouts that members started on a day, and what became of them.",
    schema=workout_completion.WORKOUT_COMPLETION_DAILY,
)
@dp.expect_all(rules_of("workout_completion_daily"))
def workout_completion_daily() -> DataFrame:
    """One row per member and local day with a started workout (user_id, workout_date); none of deleted members."""
    present = without_deleted_members(
        spark.read.table(silver("workouts")), spark.read.table(silver("member_absences")), at=sf.col("started_at")
    )
    return workout_completion.workout_completion_daily(present, settings())
