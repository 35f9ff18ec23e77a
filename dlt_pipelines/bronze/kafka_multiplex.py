"""Kafka messages of all topics as received."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.envelope import ENVELOPE
from fitness.landing_files import LINEAGE_SCHEMA, with_lineage
from fitness.rule_files import rules_of
from fitness.settings import bronze, landing

spark = SparkSession.active()

dp.create_streaming_table(
    name=bronze("kafka_multiplex_bz"),
    comment="Kafka messages of all topics, as received.",
    schema=f"{ENVELOPE}, {LINEAGE_SCHEMA}",
    partition_cols=["topic"],
    expect_all=rules_of("kafka_multiplex_bz"),
)


@dp.append_flow(target=bronze("kafka_multiplex_bz"), name="landing")
def landing_flow() -> DataFrame:
    """One row per line of a JSON file that a Kafka connector wrote."""
    files = (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", "json")
        .option("rescuedDataColumn", "_rescued_data")
        .schema(ENVELOPE)
        .load(landing("kafka_multiplex"))
    )
    return with_lineage(files)
