"""Heart rate from Kafka to alert messages on Kafka, as each reading comes, and the messages as a table."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import live_alerts
from fitness.kafka_source import alerts_options, readings_options, secret_keys, sink_options
from fitness.live_settings import flow_settings, refuse_contradictions
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()

configured = settings()
refuse_contradictions(configured)
# Databricks gives secrets to the module, not to the functions of its flows.
secrets = {key: dbutils.secrets.get(configured.kafka_secret_scope, key) for key in secret_keys(configured)}  # type: ignore[name-defined] # noqa: F821

dp.create_sink("health_alerts", "kafka", sink_options(configured, secrets))
alert_flow = dp.update_flow if configured.live_mode == "real_time" else dp.append_flow


@alert_flow(target="health_alerts", name="alerts", spark_conf=flow_settings(configured))
def alerts() -> DataFrame:
    """One message per fresh reading and rule that it breaks."""
    records = spark.readStream.format("kafka").options(**readings_options(configured, secrets)).load()
    has_limits = configured.live_member_limits == "true"
    limits = spark.read.table(gold("heart_rate_limits")) if has_limits else None
    return live_alerts.alert_messages(records, limits, configured)


@dp.table(
    name=silver("health_alert_messages"),
    comment="Live alert messages as sent; a crash may repeat some, and many share an alert_id.",
    schema=live_alerts.RECEIVED,
    # The messages themselves do not wait for it.
    spark_conf={"pipelines.trigger.interval": "30 seconds"},
)
@dp.expect_all(rules_of("health_alert_messages"))
def health_alert_messages() -> DataFrame:
    """One row per message (partition, offset)."""
    records = spark.readStream.format("kafka").options(**alerts_options(configured, secrets)).load()
    return live_alerts.received_messages(records)
