"""Lines and events of the doors, typed and judged: the valid ones feed silver, the others the quarantine."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.deliveries import each_message_once
from fitness.gym_logins import CHECKED, checked_gym_login_events, checked_gym_logins
from fitness.gym_visits import rejected_events
from fitness.member_events import logins_of_deleted_members, logins_of_members, registrations_of_members
from fitness.rules import QUARANTINE_SCHEMA, as_expectations, quarantine
from fitness.settings import bronze, settings, silver
from fitness.sql_source import checked_table

spark = SparkSession.active()


@dp.table(
    name=silver("gym_logins_checked"),
    comment="Lines and events of the doors, typed, each with the names of the rules it violates.",
    schema=CHECKED,
    partition_cols=["is_quarantined"],
    private=True,
)
@dp.expect_all(as_expectations("gym_logins_checked"))
def gym_logins_checked() -> DataFrame:
    """One row per line in bronze."""
    return checked_gym_logins(spark.readStream.table(bronze("gym_logins_bz")), settings())


@dp.append_flow(target=silver("gym_logins_checked"))
def gym_login_events() -> DataFrame:
    """One row per message of the topic."""
    return checked_gym_login_events(spark.readStream.table(bronze("kafka_multiplex_bz")), settings())


@dp.materialized_view(
    name=silver("gym_logins_quarantine"),
    comment="Lines and events of the doors that break a rule, belong to no visit or to deleted members, with reasons.",
    schema=QUARANTINE_SCHEMA,
)
def gym_logins_quarantine() -> DataFrame:
    """One row per rejected line or event."""
    checked = spark.read.table(checked_table("gym_logins"))
    registered = spark.read.table(checked_table("registered_users"))
    absences = spark.read.table(silver("member_absences"))
    of_members = logins_of_members(checked, registered, absences)
    astray = rejected_events(of_members, registrations_of_members(registered, absences), settings())
    later = logins_of_deleted_members(checked, registered, absences)
    return each_message_once(quarantine(checked).unionByName(later).unionByName(astray))
