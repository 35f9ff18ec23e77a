"""One row per gym and local day: visits, visitors, how long they stayed, how full it was."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import gym_days
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("gym_daily"),
    comment="Each gym's day; numbers about fewer than five people are withheld.",
    schema=gym_days.GYM_DAILY,
)
@dp.expect_all(rules_of("gym_daily"))
def gym_daily() -> DataFrame:
    """One row per gym and local day (gym, local_date)."""
    return gym_days.gym_daily(
        spark.read.table(silver("gym_stays")),
        spark.read.table(gold("gym_occupancy_15m")),
        spark.read.table(silver("gyms")),
        settings(),
    )
