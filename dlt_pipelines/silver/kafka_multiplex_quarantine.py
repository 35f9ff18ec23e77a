"""Lines of the multiplex feed that are no message of any known topic."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.envelope import rejected_envelopes
from fitness.rules import QUARANTINE_SCHEMA
from fitness.settings import bronze, silver

spark = SparkSession.active()


@dp.table(
    name=silver("kafka_multiplex_quarantine"),
    comment="Lines that are no JSON, and messages of unknown topics, as received.",
    schema=QUARANTINE_SCHEMA,
)
def kafka_multiplex_quarantine() -> DataFrame:
    """One row per line that no topic's table takes."""
    return rejected_envelopes(spark.readStream.table(bronze("kafka_multiplex_bz")))
