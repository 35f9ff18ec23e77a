"""One row per device worn now: the limits of the member's heart rate, for the live alerts."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from fitness import heart_rate_limits as limits
from fitness.deleted_members import without_deleted_members
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("heart_rate_limits"),
    comment="What heart rate is too low or too high for the member who wears a device now.",
    schema=limits.HEART_RATE_LIMITS,
)
@dp.expect_all(rules_of("heart_rate_limits"))
def heart_rate_limits() -> DataFrame:
    """One row per device that a member wears now (device_id); none of deleted members."""
    absences = spark.read.table(silver("member_absences"))
    devices = spark.read.table(silver("user_devices"))
    # Who left and came back wears a device of before again: what counts is how long it is worn.
    worn_until = sf.coalesce("valid_to", sf.lit("9999-12-31T00:00:00Z").cast("timestamp"))
    return limits.heart_rate_limits(
        without_deleted_members(devices, absences, at=worn_until),
        spark.read.table(silver("user_profile")),
        spark.read.table(silver("workouts")),
        spark.read.table(gold("hr_daily")),
        spark.read.table(silver("data_clock")),
        settings(),
    )
