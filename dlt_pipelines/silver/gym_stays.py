"""How long each visitor was in the gym."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import gym_stays as stays
from fitness.settings import settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=silver("gym_stays"),
    comment="Time on site of each visit; where nobody logged out, an assumed one.",
    schema=stays.GYM_STAYS,
    private=True,
)
def gym_stays() -> DataFrame:
    """One row per visit (mac_address, gym, login)."""
    return stays.gym_stays(
        spark.read.table(silver("gym_logs")),
        spark.read.table(silver("gyms")),
        spark.read.table(silver("data_clock")),
        settings(),
    )
