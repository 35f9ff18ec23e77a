"""How far the data tell."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import data_clock as clock
from fitness.rules import valid
from fitness.settings import silver
from fitness.sql_source import checked_table

spark = SparkSession.active()


@dp.materialized_view(
    name=silver("data_clock"),
    comment="The latest event time of all feeds; what is open is open as of it.",
    schema=clock.DATA_CLOCK,
    private=True,
)
def data_clock() -> DataFrame:
    """One row."""
    logins = valid(spark.read.table(checked_table("gym_logins")))
    return clock.data_clock(
        valid(spark.read.table(checked_table("registered_users"))).select("registered_at"),
        logins.select("login"),
        logins.select("logout"),
        valid(spark.read.table(silver("user_info_checked"))).select("event_time"),
        valid(spark.read.table(silver("workout_checked"))).select("event_time"),
        valid(spark.read.table(silver("bpm_checked"))).select("event_time"),
    )
