"""Workout messages, typed and judged: the valid ones feed silver, the others the quarantine."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.rules import QUARANTINE_SCHEMA, as_expectations, quarantine
from fitness.settings import bronze, settings, silver
from fitness.workout_messages import CHECKED, FLAGS, RULES, checked_workout_messages

spark = SparkSession.active()


@dp.table(
    name=silver("workout_checked"),
    comment="Workout messages, typed, each with the names of the rules it violates.",
    schema=CHECKED,
    partition_cols=["is_quarantined"],
    private=True,
)
@dp.expect_all(as_expectations(RULES))
@dp.expect_all(as_expectations(FLAGS, column="flags"))
def workout_checked() -> DataFrame:
    """One row per message in bronze."""
    return checked_workout_messages(spark.readStream.table(bronze("kafka_multiplex_bz")), settings())


@dp.materialized_view(
    name=silver("workout_quarantine"),
    comment="Workout messages that violate a rule, as received, with the names of these rules.",
    schema=QUARANTINE_SCHEMA,
)
def workout_quarantine() -> DataFrame:
    """One row per rejected message."""
    return quarantine(spark.read.table(silver("workout_checked")))
