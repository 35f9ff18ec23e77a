"""Update flows on a real broker: in real-time mode, in micro-batches, and with too few task slots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import SparkSession

from tests.kafka.messages import Message, new_topic, received, send

if TYPE_CHECKING:
    from dlt_local.event_log import Event
    from dlt_local.kafka.protocol import KafkaCluster
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    from pyspark import pipelines as dp
    from pyspark.sql.functions import broadcast, expr

    SERVERS = {"kafka.bootstrap.servers": spark.conf.get("servers")}
    dp.create_sink("alerts", "kafka", {**SERVERS, "topic": spark.conf.get("alerts")})


    @dp.update_flow(target="alerts")
    def high():
        options = {**SERVERS, "subscribe": spark.conf.get("readings"), "startingOffsets": "earliest"}
        readings = spark.readStream.format("kafka").options(**options).load()
        texts = readings.selectExpr("CAST(value AS STRING) AS value")
        return texts.join(broadcast(spark.range(100, 200)), expr("CAST(value AS INT) = id")).select("value")
"""


def test_real_time_sends_each_message_while_its_batch_goes_on(pipeline: PipelineProject, kafka: KafkaCluster) -> None:
    """The interval is longer than the test: in micro-batches the second message would come after five minutes."""
    readings, alerts = project(pipeline, kafka, partitions=1)
    pipeline.settings |= {"pipelines.trigger": "RealTime", "pipelines.trigger.interval": "5 minutes"}
    send(kafka, readings, Message("90"), Message("120"))
    with pipeline.running() as update:
        update.until(lambda: values(kafka, alerts) == ["120"])
        send(kafka, readings, Message("130"), Message("70"))
        update.until(lambda: values(kafka, alerts) == ["120", "130"])
        result = update.stop()
    assert (result.state, result.errors) == ("CANCELED", ())

    # No checkpoint was reached, so that everything comes again: at least once.
    with pipeline.running() as update:
        update.until(lambda: values(kafka, alerts) == ["120", "130", "120", "130"])


def test_the_same_flow_runs_in_micro_batches(pipeline: PipelineProject, kafka: KafkaCluster) -> None:
    readings, alerts = project(pipeline, kafka, partitions=3)
    send(kafka, readings, Message("90"), Message("120", partition=1), Message("101", partition=2))
    assert pipeline.update().errors == ()
    assert sorted(values(kafka, alerts)) == ["101", "120"]
    pipeline.settings["pipelines.trigger.interval"] = "100 milliseconds"
    with pipeline.running() as update:
        send(kafka, readings, Message("150", partition=2))
        update.until(lambda: sorted(values(kafka, alerts)) == ["101", "120", "150"])


def test_partitions_without_a_task_slot_are_an_error(pipeline: PipelineProject, kafka: KafkaCluster) -> None:
    slots = SparkSession.builder.getOrCreate().sparkContext.defaultParallelism
    project(pipeline, kafka, partitions=slots)
    pipeline.settings["pipelines.trigger"] = "RealTime"
    with pipeline.running() as update:
        update.until(lambda: "FAILED" in [event.details["flow_progress"]["status"] for event in flows(pipeline)])
        result = update.stop()
    (error,) = result.errors
    assert f"Real-time flow 'high' reads {slots} partitions and keeps a task slot of Spark for each; " in error
    assert f"{slots} of {slots} are free" in error
    assert f"Set DLT_LOCAL_TASK_SLOTS={slots + 1}" in error


def project(pipeline: PipelineProject, kafka: KafkaCluster, *, partitions: int) -> tuple[str, str]:
    readings, alerts = new_topic(kafka, partitions), new_topic(kafka)
    pipeline.settings |= {"servers": kafka.bootstrap_servers, "readings": readings, "alerts": alerts}
    pipeline.source("alerts.py", SOURCE)
    return readings, alerts


def values(kafka: KafkaCluster, topic: str) -> list[str]:
    return [message.value for message in received(kafka, topic)]


def flows(pipeline: PipelineProject) -> list[Event]:
    return pipeline.events("flow_progress")
