"""One row per gym and hour of the day: how many come, and how long they stay."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import gym_hours
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("gym_hourly"),
    comment="Visits of the last 28 days by the hour in which they began; numbers about few people are withheld.",
    schema=gym_hours.GYM_HOURLY,
)
@dp.expect_all(rules_of("gym_hourly"))
def gym_hourly() -> DataFrame:
    """One row per gym and local hour of the login (gym, local_hour)."""
    return gym_hours.gym_hourly(
        spark.read.table(silver("gym_stays")),
        spark.read.table(silver("gyms")),
        spark.read.table(silver("data_clock")),
        settings(),
    )
