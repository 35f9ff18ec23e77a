"""Profile messages, typed and judged: the valid ones feed silver, the others the quarantine."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.deliveries import each_message_once
from fitness.member_lives import updates_of_nobody
from fitness.profile_messages import CHECKED, checked_profile_messages
from fitness.rules import QUARANTINE_SCHEMA, as_expectations, quarantine
from fitness.settings import bronze, settings, silver

spark = SparkSession.active()


@dp.table(
    name=silver("user_info_checked"),
    comment="Profile messages, typed, each with the names of the rules it violates.",
    schema=CHECKED,
    partition_cols=["is_quarantined"],
    private=True,
)
@dp.expect_all(as_expectations("user_info_checked"))
def user_info_checked() -> DataFrame:
    """One row per message in bronze."""
    return checked_profile_messages(spark.readStream.table(bronze("kafka_multiplex_bz")), settings())


@dp.materialized_view(
    name=silver("user_info_quarantine"),
    comment="Profile messages that violate a rule, and updates of deleted members, with the names of the rules.",
    schema=QUARANTINE_SCHEMA,
)
def user_info_quarantine() -> DataFrame:
    """One row per rejected message."""
    checked = spark.read.table(silver("user_info_checked"))
    return each_message_once(quarantine(checked).unionByName(updates_of_nobody(checked)))
