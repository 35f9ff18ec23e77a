"""One row per feed, rule and day: how many rows kept it."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import data_quality
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver
from fitness.sql_source import checked_table

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("data_quality_daily"),
    comment="Rows of each feed that kept or violated each rule, by the day on which they came in.",
    schema=data_quality.DATA_QUALITY_DAILY,
)
@dp.expect_all(rules_of("data_quality_daily"))
def data_quality_daily() -> DataFrame:
    """One row per feed, rule and day (feed, rule, date), also for rules that no row violated."""
    checked = {
        "registered_users": spark.read.table(checked_table("registered_users")),
        "gym_logins": spark.read.table(checked_table("gym_logins")),
        "gyms": spark.read.table(silver("gyms_checked")),
        "user_info": spark.read.table(silver("user_info_checked")),
        "workout": spark.read.table(silver("workout_checked")),
        "bpm": spark.read.table(silver("bpm_checked")),
        "daily_activity": spark.read.table(silver("daily_activity_checked")),
    }
    quarantines = {
        "registered_users": spark.read.table(silver("registered_users_quarantine")),
        "gym_logins": spark.read.table(silver("gym_logins_quarantine")),
        "gyms": spark.read.table(silver("gyms_quarantine")),
        "user_info": spark.read.table(silver("user_info_quarantine")),
        "workout": spark.read.table(silver("workout_quarantine")),
        "bpm": spark.read.table(silver("bpm_quarantine")),
        "daily_activity": spark.read.table(silver("daily_activity_quarantine")),
        "kafka_multiplex": spark.read.table(silver("kafka_multiplex_quarantine")),
    }
    return data_quality.data_quality_daily(checked, quarantines, settings())
