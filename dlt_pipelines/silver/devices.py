"""Members and their devices."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.device_owners import USER_DEVICES, USERS, first_registrations
from fitness.device_owners import user_devices as assignments
from fitness.member_events import registrations_of_members
from fitness.settings import silver
from fitness.sql_source import checked_table

spark = SparkSession.active()


@dp.materialized_view(
    name=silver("user_devices"),
    comment="Which member wore which device from when to when, [valid_from, valid_to).",
    schema=USER_DEVICES,
)
def user_devices() -> DataFrame:
    """One row per device and assignment (device_id, valid_from)."""
    return assignments(
        registrations_of_members(
            spark.read.table(checked_table("registered_users")), spark.read.table(silver("member_absences"))
        )
    )


@dp.materialized_view(name=silver("users"), comment="Members with their first registration.", schema=USERS)
def users() -> DataFrame:
    """One row per member (user_id)."""
    return first_registrations(
        registrations_of_members(
            spark.read.table(checked_table("registered_users")), spark.read.table(silver("member_absences"))
        )
    )
