"""A member's days and weeks: steps, distance, minutes in motion, workouts, visits."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from fitness import activity_summary
from fitness.calendar_days import last_instant
from fitness.deleted_members import without_deleted_members
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("daily_activity_summary"),
    comment="Each member's day as the tracker counted it, with the workouts and visits of that day.",
    schema=activity_summary.DAILY_ACTIVITY_SUMMARY,
)
@dp.expect_all(rules_of("daily_activity_summary"))
def daily_activity_summary() -> DataFrame:
    """One row per member and day (user_id, date); none of deleted members."""
    absences = spark.read.table(silver("member_absences"))
    day_end = last_instant(sf.col("date"), settings().time_zone)
    return activity_summary.daily_activity_summary(
        without_deleted_members(spark.read.table(silver("daily_activity")), absences, at=day_end),
        without_deleted_members(spark.read.table(silver("gym_logs")), absences, at=sf.col("login")),
        without_deleted_members(spark.read.table(silver("workouts")), absences, at=sf.col("started_at")),
        settings(),
    )


@dp.materialized_view(
    name=gold("weekly_activity_summary"),
    comment="Each member's ISO week: averages over the days on which the tracker was worn, workouts and visits.",
    schema=activity_summary.WEEKLY_ACTIVITY_SUMMARY,
)
@dp.expect_all(rules_of("weekly_activity_summary"))
def weekly_activity_summary() -> DataFrame:
    """One row per member and ISO week (user_id, iso_week)."""
    return activity_summary.weekly_activity_summary(spark.read.table(gold("daily_activity_summary")))
