"""Visits to the gyms."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import gym_visits
from fitness.member_events import logins_of_members, registrations_of_members
from fitness.settings import settings, silver
from fitness.sql_source import checked_table

spark = SparkSession.active()


@dp.materialized_view(
    name=silver("gym_logs"),
    comment="Visits to a gym with their members, also those without logout.",
    schema=gym_visits.GYM_LOGS,
)
def gym_logs() -> DataFrame:
    """One row per visit (mac_address, gym, login)."""
    registered = spark.read.table(checked_table("registered_users"))
    absences = spark.read.table(silver("member_absences"))
    return gym_visits.gym_logs(
        logins_of_members(spark.read.table(checked_table("gym_logins")), registered, absences),
        registrations_of_members(registered, absences),
        spark.read.table(silver("data_clock")),
        settings(),
    )
