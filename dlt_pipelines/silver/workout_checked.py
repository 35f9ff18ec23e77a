"""Workout messages, typed and judged: the valid ones feed silver, the others the quarantine."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.deliveries import each_message_once
from fitness.member_events import workout_messages_of_deleted_members
from fitness.rules import QUARANTINE_SCHEMA, as_expectations, quarantine
from fitness.settings import bronze, settings, silver
from fitness.workout_messages import CHECKED, checked_workout_messages

spark = SparkSession.active()


@dp.table(
    name=silver("workout_checked"),
    comment="Workout messages, typed, each with the names of the rules it violates.",
    schema=CHECKED,
    partition_cols=["is_quarantined"],
    private=True,
)
@dp.expect_all(as_expectations("workout_checked"))
def workout_checked() -> DataFrame:
    """One row per message in bronze."""
    return checked_workout_messages(spark.readStream.table(bronze("kafka_multiplex_bz")), settings())


@dp.materialized_view(
    name=silver("workout_quarantine"),
    comment="Workout messages that violate a rule, or of deleted members, with the names of the rules.",
    schema=QUARANTINE_SCHEMA,
)
def workout_quarantine() -> DataFrame:
    """One row per rejected message."""
    checked = spark.read.table(silver("workout_checked"))
    absences = spark.read.table(silver("member_absences"))
    return each_message_once(quarantine(checked).unionByName(workout_messages_of_deleted_members(checked, absences)))
