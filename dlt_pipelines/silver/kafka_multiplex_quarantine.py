"""Lines of the multiplex feed that are no message of any known topic."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.deliveries import each_message_once
from fitness.envelope import rejected_envelopes
from fitness.rules import QUARANTINE_SCHEMA
from fitness.settings import bronze, silver

spark = SparkSession.active()


@dp.table(
    name=silver("kafka_multiplex_checked"),
    comment="Lines that are no JSON, and messages of unknown topics, as often as they came.",
    schema=QUARANTINE_SCHEMA,
    private=True,
)
def kafka_multiplex_checked() -> DataFrame:
    """One row per line that no topic's table takes."""
    return rejected_envelopes(spark.readStream.table(bronze("kafka_multiplex_bz")))


@dp.materialized_view(
    name=silver("kafka_multiplex_quarantine"),
    comment="Lines that are no JSON, and messages of unknown topics, as received.",
    schema=QUARANTINE_SCHEMA,
)
def kafka_multiplex_quarantine() -> DataFrame:
    """One row per line; a message that also Kafka delivered is one row."""
    return each_message_once(spark.read.table(silver("kafka_multiplex_checked")), in_envelope=True)
