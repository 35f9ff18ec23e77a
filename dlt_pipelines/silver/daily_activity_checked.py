"""Records of a member's day, typed and judged: the valid ones feed silver, the others the quarantine."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.daily_activity import CHECKED, checked_daily_activity
from fitness.deliveries import each_message_once
from fitness.member_events import days_of_deleted_members
from fitness.rules import QUARANTINE_SCHEMA, as_expectations, quarantine
from fitness.settings import bronze, settings, silver

spark = SparkSession.active()


@dp.table(
    name=silver("daily_activity_checked"),
    comment="Records of a member's day, typed, each with the names of the rules it violates.",
    schema=CHECKED,
    partition_cols=["is_quarantined"],
    private=True,
)
@dp.expect_all(as_expectations("daily_activity_checked"))
def daily_activity_checked() -> DataFrame:
    """One row per record in bronze."""
    return checked_daily_activity(spark.readStream.table(bronze("daily_activity_bz")), settings())


@dp.materialized_view(
    name=silver("daily_activity_quarantine"),
    comment="Records of a member's day that violate a rule, or of deleted members, with the names of the rules.",
    schema=QUARANTINE_SCHEMA,
)
def daily_activity_quarantine() -> DataFrame:
    """One row per rejected record."""
    checked = spark.read.table(silver("daily_activity_checked"))
    absences = spark.read.table(silver("member_absences"))
    later = days_of_deleted_members(checked, absences, settings())
    return each_message_once(quarantine(checked).unionByName(later), in_envelope=True)
