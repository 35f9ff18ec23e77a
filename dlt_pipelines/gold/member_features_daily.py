"""One row per member and day: what was known about the member at its end."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from fitness import member_features
from fitness.deleted_members import without_deleted_members
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("member_features_daily"),
    comment="Engagement, training load, resting heart rate and activity as of the end of each day: input of models.",
    schema=member_features.MEMBER_FEATURES_DAILY,
)
@dp.expect_all(rules_of("member_features_daily"))
def member_features_daily() -> DataFrame:
    """One row per member and local day (user_id, date); none of deleted members, nothing of later events."""
    workouts = without_deleted_members(
        spark.read.table(silver("workouts")), spark.read.table(silver("member_absences")), at=sf.col("started_at")
    )
    efforts = member_features.efforts_by_end(
        workouts, spark.read.table(gold("workout_bpm_summary")), spark.read.table(silver("data_clock")), settings()
    )
    return member_features.member_features_daily(
        spark.read.table(gold("user_engagement_daily")),
        efforts,
        spark.read.table(gold("hr_daily")),
        spark.read.table(gold("daily_activity_summary")),
        settings(),
    )
