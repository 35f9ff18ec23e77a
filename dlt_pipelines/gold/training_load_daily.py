"""One row per member and calendar day: training load, fitness, fatigue and form."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import training_load
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("training_load_daily"),
    comment="Training load of each day, and what the days before leave of it: fitness, fatigue and form.",
    schema=training_load.TRAINING_LOAD_DAILY,
)
@dp.expect_all(rules_of("training_load_daily"))
def training_load_daily() -> DataFrame:
    """One row per member and day since the first load (user_id, load_date), days off included."""
    return training_load.training_load_daily(
        spark.read.table(gold("workout_bpm_summary")), spark.read.table(silver("data_clock")), settings()
    )
