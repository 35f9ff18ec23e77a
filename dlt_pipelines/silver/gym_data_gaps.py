"""When the doors of the gyms said nothing."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import gym_data_gaps as gaps
from fitness.rule_files import rules_of
from fitness.settings import settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=silver("gym_data_gaps"),
    comment="Times in which the door of a gym was silent for so long that it is taken to be offline.",
    schema=gaps.GYM_DATA_GAPS,
)
@dp.expect_all(rules_of("gym_data_gaps"))
def gym_data_gaps() -> DataFrame:
    """One row per gym and gap (gym, offline_from)."""
    return gaps.gym_data_gaps(spark.read.table(silver("gym_stays")), spark.read.table(silver("data_clock")), settings())
