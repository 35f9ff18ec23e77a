"""Kafka messages as received, straight from a broker; only if the configuration names one."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.envelope import envelope_as_text, kafka_records
from fitness.kafka_source import daily_activity_options, multiplex_options, reads_kafka, secret_keys
from fitness.landing_files import with_kafka_lineage
from fitness.settings import bronze, settings

spark = SparkSession.active()

configured = settings()
if reads_kafka(configured):
    # Databricks gives secrets to the module, not to the functions of its flows.
    secrets = {key: dbutils.secrets.get(configured.kafka_secret_scope, key) for key in secret_keys(configured)}  # type: ignore[name-defined] # noqa: F821

    @dp.append_flow(target=bronze("kafka_multiplex_bz"), name="kafka")
    def kafka_flow() -> DataFrame:
        """One row per message of the topics, but for that of the daily activity."""
        records = spark.readStream.format("kafka").options(**multiplex_options(configured, secrets)).load()
        others = records.where(records["topic"] != configured.kafka_daily_activity_topic)
        return with_kafka_lineage(kafka_records(others))


if reads_kafka(configured) and configured.kafka_daily_activity_topic:

    @dp.append_flow(target=bronze("daily_activity_bz"), name="kafka_daily_activity")
    def kafka_daily_activity_flow() -> DataFrame:
        """One row per message, as the line that a Kafka connector would write."""
        records = spark.readStream.format("kafka").options(**daily_activity_options(configured, secrets)).load()
        lines = kafka_records(records).select(envelope_as_text().alias("value"))
        return with_kafka_lineage(lines)
