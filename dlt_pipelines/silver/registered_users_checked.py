"""Lines and events of registrations, typed and judged: the valid ones feed silver, the others the quarantine."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.deliveries import each_message_once
from fitness.member_events import registrations_of_deleted_members
from fitness.registrations import CHECKED, checked_registration_events, checked_registrations
from fitness.rules import QUARANTINE_SCHEMA, as_expectations, quarantine
from fitness.settings import bronze, settings, silver
from fitness.sql_source import checked_table

spark = SparkSession.active()


@dp.table(
    name=silver("registered_users_checked"),
    comment="Registrations, typed, each with the names of the rules it violates.",
    schema=CHECKED,
    partition_cols=["is_quarantined"],
    private=True,
)
@dp.expect_all(as_expectations("registered_users_checked"))
def registered_users_checked() -> DataFrame:
    """One row per line in bronze."""
    return checked_registrations(spark.readStream.table(bronze("registered_users_bz")), settings())


@dp.append_flow(target=silver("registered_users_checked"))
def registration_events() -> DataFrame:
    """One row per message of the topic."""
    return checked_registration_events(spark.readStream.table(bronze("kafka_multiplex_bz")), settings())


@dp.materialized_view(
    name=silver("registered_users_quarantine"),
    comment="Registrations that violate a rule, or of deleted members, with the names of the rules.",
    schema=QUARANTINE_SCHEMA,
)
def registered_users_quarantine() -> DataFrame:
    """One row per rejected registration."""
    checked = spark.read.table(checked_table("registered_users"))
    absences = spark.read.table(silver("member_absences"))
    return each_message_once(quarantine(checked).unionByName(registrations_of_deleted_members(checked, absences)))
