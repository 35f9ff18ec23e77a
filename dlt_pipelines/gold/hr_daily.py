"""One row per member and day: heart rate at rest, its baseline, lowest and highest, wear time."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from fitness import daily_heart_rate
from fitness.deleted_members import without_deleted_members
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("hr_daily"),
    comment="Heart rate of members by day: at rest, against the weeks before, lowest, highest, and how long worn.",
    schema=daily_heart_rate.HR_DAILY,
)
@dp.expect_all(rules_of("hr_daily"))
def hr_daily() -> DataFrame:
    """One row per member and local day with a valid reading (user_id, hr_date); none of deleted members."""
    present = without_deleted_members(
        spark.read.table(silver("worn_heart_rate")),
        spark.read.table(silver("member_absences")),
        at=sf.col("event_time"),
    )
    return daily_heart_rate.hr_daily(present, settings())
