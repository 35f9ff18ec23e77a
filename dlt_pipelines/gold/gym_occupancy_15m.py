"""One row per gym and quarter of an hour: people there, and how full that makes it."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import gym_occupancy as occupancy
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("gym_occupancy_15m"),
    comment="People in each gym per quarter of an hour of its opening hours, empty ones included.",
    schema=occupancy.GYM_OCCUPANCY_15M,
)
@dp.expect_all(rules_of("gym_occupancy_15m"))
def gym_occupancy_15m() -> DataFrame:
    """One row per gym and quarter of an hour (gym, bucket_start)."""
    return occupancy.gym_occupancy_15m(
        spark.read.table(silver("gym_stays")),
        spark.read.table(silver("gyms")),
        spark.read.table(silver("gym_data_gaps")),
        spark.read.table(silver("data_clock")),
        settings(),
    )


@dp.materialized_view(
    name=gold("gym_occupancy_balance"),
    comment="Minutes of all people per gym, once from the quarters of an hour and once from the stays.",
    schema=occupancy.GYM_OCCUPANCY_BALANCE,
    private=True,
)
@dp.expect_all_or_fail(rules_of("gym_occupancy_balance"))
def gym_occupancy_balance() -> DataFrame:
    """One row per gym (gym)."""
    return occupancy.gym_occupancy_balance(
        spark.read.table(silver("gym_stays")), spark.read.table(gold("gym_occupancy_15m"))
    )
