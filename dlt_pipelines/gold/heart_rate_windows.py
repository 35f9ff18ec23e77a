"""One row per member, device and sliding window: heart rate."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from fitness import heart_rate_windows as windows
from fitness.deleted_members import without_deleted_members
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("heart_rate_windows"),
    comment="Heart rate of members in sliding windows: lowest, highest, and the average over time.",
    schema=windows.HEART_RATE_WINDOWS,
)
@dp.expect_all(rules_of("heart_rate_windows"))
def heart_rate_windows() -> DataFrame:
    """One row per member, device and window (user_id, device_id, window_start); none of deleted members."""
    present = without_deleted_members(
        spark.read.table(silver("worn_heart_rate")),
        spark.read.table(silver("member_absences")),
        at=sf.col("event_time"),
    )
    return windows.heart_rate_windows(present, settings())
