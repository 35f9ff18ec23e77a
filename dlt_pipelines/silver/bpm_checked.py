"""Heart-rate messages, typed and judged: the valid ones feed silver, the others the quarantine."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.deliveries import each_message_once
from fitness.heart_rate_messages import CHECKED, checked_heart_rate_messages
from fitness.member_events import readings_of_deleted_members
from fitness.rules import QUARANTINE_SCHEMA, as_expectations, quarantine
from fitness.settings import bronze, settings, silver

spark = SparkSession.active()


@dp.table(
    name=silver("bpm_checked"),
    comment="Heart-rate messages, typed, each with the names of the rules it violates.",
    schema=CHECKED,
    partition_cols=["is_quarantined"],
    private=True,
)
@dp.expect_all(as_expectations("bpm_checked"))
def bpm_checked() -> DataFrame:
    """One row per message in bronze."""
    return checked_heart_rate_messages(spark.readStream.table(bronze("kafka_multiplex_bz")), settings())


@dp.materialized_view(
    name=silver("bpm_quarantine"),
    comment="Heart-rate messages that violate a rule, or of deleted members, with the names of the rules.",
    schema=QUARANTINE_SCHEMA,
)
def bpm_quarantine() -> DataFrame:
    """One row per rejected message."""
    checked = spark.read.table(silver("bpm_checked"))
    later = readings_of_deleted_members(
        checked, spark.read.table(silver("user_devices")), spark.read.table(silver("member_absences"))
    )
    return each_message_once(quarantine(checked).unionByName(later))
