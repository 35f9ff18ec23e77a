"""One row per member and local day: how regularly the member comes, and the risk of losing them."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from fitness import engagement
from fitness.deleted_members import from_their_return, without_deleted_members
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("user_engagement_daily"),
    comment="Each member's day: activity of the last weeks, recency, frequency and active minutes, risk of churn.",
    schema=engagement.USER_ENGAGEMENT_DAILY,
)
@dp.expect_all(rules_of("user_engagement_daily"))
def user_engagement_daily() -> DataFrame:
    """One row per member and local day (user_id, date); none of deleted members."""
    absences = spark.read.table(silver("member_absences"))
    return engagement.user_engagement_daily(
        without_deleted_members(spark.read.table(silver("gym_logs")), absences, at=sf.col("login")),
        without_deleted_members(spark.read.table(silver("workouts")), absences, at=sf.col("started_at")),
        from_their_return(spark.read.table(silver("users")), absences, start="registered_at"),
        spark.read.table(silver("data_clock")),
        settings(),
    )
