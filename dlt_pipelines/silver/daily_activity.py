"""Days of the members as their trackers sum them up."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import daily_activity as activity
from fitness.member_events import days_of_members
from fitness.settings import settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=silver("daily_activity"),
    comment="The latest record of each member's day.",
    schema=activity.DAY,
)
def daily_activity() -> DataFrame:
    """One row per member and day (user_id, date)."""
    return activity.daily_activity(
        days_of_members(
            spark.read.table(silver("daily_activity_checked")),
            spark.read.table(silver("member_absences")),
            settings(),
        )
    )
