"""Brokers that are not there, go away and come back."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest
from pyspark.errors import StreamingQueryException

from dlt_local.errors import PipelineError
from dlt_local.flows.java_errors import throwables
from dlt_local.flows.retries import is_transient
from dlt_local.kafka.broker import start_broker
from tests.kafka.messages import Message, new_topic, received, send

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from dlt_local.kafka.protocol import KafkaCluster
    from dlt_local.pytest_plugin import PipelineProject

NOBODY_LISTENS = "127.0.0.1:9"
CANARY = "canary-7391"
QUICK = {"kafka.request.timeout.ms": "2000", "kafka.default.api.timeout.ms": "2000"}
QUICK_POLL = {"kafkaConsumer.pollTimeoutMs": "2000"}
QUICK_PRODUCER = {"kafka.max.block.ms": "2000", "kafka.delivery.timeout.ms": "2000", "kafka.request.timeout.ms": "1500"}

READ_AND_WRITE = """
    import json
    from pyspark import pipelines as dp

    SERVERS = {"kafka.bootstrap.servers": spark.conf.get("servers")}


    @dp.table
    def messages():
        options = json.loads(spark.conf.get("options"))
        return spark.readStream.format("kafka").options(**SERVERS, **options).load().selectExpr("string(value) value")


    dp.create_sink("alerts", "kafka", {**SERVERS, "topic": "alerts"})


    @dp.append_flow(target="alerts")
    def all_to_alerts():
        return spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 1).load().selectExpr("'a' AS value")
"""


def test_a_broker_that_is_not_there_is_named_within_half_a_minute(pipeline: PipelineProject) -> None:
    pipeline.settings |= {"servers": NOBODY_LISTENS, "options": '{"subscribe": "bpm"}'}
    pipeline.settings["pipelines.maxFlowRetryAttempts"] = "0"
    pipeline.source("messages.py", READ_AND_WRITE)
    pipeline.update(validate_only=True)
    started = time.monotonic()
    errors = pipeline.update().errors
    assert time.monotonic() - started < 30
    assert len(errors) == 2
    for error in errors:
        assert f"Kafka at {NOBODY_LISTENS}, the value of 'kafka.bootstrap.servers', cannot be used: Timed out" in error
        assert "Is a broker running there?" in error
        assert error.endswith("The configuration has the address under servers.")


@pytest.mark.parametrize(
    ("servers", "message"),
    [("nohost.invalid:9092", "No resolvable bootstrap urls"), ("nowhere", "Invalid url in bootstrap.servers: nowhere")],
)
def test_an_address_that_cannot_be(pipeline: PipelineProject, servers: str, message: str) -> None:
    pipeline.settings |= {"servers": servers, "options": '{"subscribe": "bpm"}'}
    pipeline.source("messages.py", READ_AND_WRITE)
    errors = pipeline.update(refresh="messages").errors
    assert len(errors) == 1
    assert f"Kafka at {servers}, the value of 'kafka.bootstrap.servers', cannot be used: {message}" in errors[0]


def test_a_topic_that_is_not_there_is_named_with_the_nearest_one(
    pipeline: PipelineProject, kafka: KafkaCluster
) -> None:
    kafka.create_topics({"heart_rate": 1})
    pipeline.settings |= {"servers": kafka.bootstrap_servers, "options": '{"subscribe": "hart_rate"}'}
    pipeline.source("messages.py", READ_AND_WRITE)
    (error,) = pipeline.update(refresh="messages").errors
    assert error.endswith(f"Kafka at {kafka.bootstrap_servers} has no topic 'hart_rate'. Did you mean 'heart_rate'?")
    assert error.startswith(f"{pipeline.sources}/messages.py:")


@pytest.mark.parametrize("end", ["", ";"])
def test_passwords_are_shown_nowhere(pipeline: PipelineProject, kafka: KafkaCluster, end: str) -> None:
    login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    options = {
        "subscribe": CANARY,
        "kafka.security.protocol": "SASL_PLAINTEXT",
        "kafka.sasl.mechanism": "PLAIN",
        "kafka.sasl.jaas.config": f'{login} username="ann" password="{CANARY}"{end}',
    }
    pipeline.settings |= {"servers": kafka.bootstrap_servers, "options": json.dumps(options | QUICK)}
    # Spark's own error shows the whole plan, with all options.
    pipeline.source("messages.py", READ_AND_WRITE.replace("string(value) value", "no_such_column"))
    with pytest.raises(PipelineError, match="UNRESOLVED_COLUMN"):
        pipeline.update()
    pipeline.source("messages.py", READ_AND_WRITE)
    errors = pipeline.update(refresh="messages").errors
    assert len(errors) == 1
    assert "cannot be used" in errors[0]
    assert CANARY not in errors[0]
    state = [path.read_bytes() for path in (pipeline.state / "pipelines").rglob("*") if path.is_file()]
    assert state
    assert not any(CANARY.encode() in contents for contents in state)
    assert not any(CANARY in str(event) for event in pipeline.events())


def test_what_kafka_raises_without_a_broker_is_transient(spark: SparkSession, tmp_path: Path) -> None:
    reader = spark.readStream.format("kafka").option("kafka.bootstrap.servers", NOBODY_LISTENS)
    rows = reader.options(subscribe="t", **QUICK, **{"fetchOffset.numRetries": "1"}).load()
    query = rows.writeStream.format("noop").option("checkpointLocation", str(tmp_path / "checkpoint")).start()
    with pytest.raises(StreamingQueryException) as raised:
        query.awaitTermination()
    *_, cause = [throwable.getClass().getName() for throwable in throwables(raised.value)]
    assert cause == "org.apache.kafka.common.errors.TimeoutException"
    assert is_transient(raised.value)


DYING = """
    import json
    import os
    import signal
    from pathlib import Path
    from pyspark import pipelines as dp
    from pyspark.sql.functions import expr, udf

    BROKER, MARK = int(spark.conf.get("broker")), spark.conf.get("mark")
    OPTIONS = json.loads(spark.conf.get("options"))


    @udf("string")
    def deadly(value):
        # Once, at the third message.
        if value == "m2" and not Path(MARK).exists():
            Path(MARK).touch()
            os.kill(BROKER, signal.SIGKILL)
        return value


    @dp.table
    def messages():
        messages = spark.readStream.format("kafka").options(**OPTIONS).load()
        return messages.select(deadly(expr("string(value)")).alias("value"))
"""


def test_a_broker_that_is_killed_and_comes_back_costs_no_row(pipeline: PipelineProject, tmp_path: Path) -> None:
    broker = start_broker(tmp_path / "broker")
    try:
        topic = new_topic(broker.cluster)
        # Each is larger than what one fetch returns, so that none waits in a buffer while the broker dies.
        sent = [f"m{number}" for number in range(6)]
        send(broker.cluster, topic, *[Message(value, headers=(("padding", b"x" * 2000),)) for value in sent])
        options = {
            "kafka.bootstrap.servers": broker.cluster.bootstrap_servers,
            "subscribe": topic,
            "startingOffsets": "earliest",
            "maxOffsetsPerTrigger": "1",
            "kafka.max.partition.fetch.bytes": "1000",
            "kafka.fetch.max.bytes": "1000",
            **QUICK,
            **QUICK_POLL,
        }
        pipeline.settings |= {
            "broker": str(broker.process.pid),
            "mark": str(tmp_path / "mark"),
            "options": json.dumps(options),
            "pipelines.maxFlowRetryAttempts": "1",
        }
        pipeline.source("messages.py", DYING)
        (error,) = pipeline.update().errors
        assert broker.process.wait() == -signal.SIGKILL
        assert "cannot be used" in error
        assert any("is started again (attempt 2)" in event.message for event in pipeline.events())
        kept = [row["value"] for row in pipeline.table("messages")]
        assert kept == sent[: len(kept)]
        assert 0 < len(kept) < len(sent)

        port = int(broker.cluster.bootstrap_servers.rpartition(":")[2])
        broker = start_broker(tmp_path / "broker", port=port)
        assert pipeline.update().errors == ()
        assert [row["value"] for row in pipeline.table("messages")] == sent
    finally:
        broker.stop()


STOPPING = """

    @dp.on_event_hook
    def woken(event):
        # The flow waits for the broker no longer.
        if "is started again" in event["message"]:
            os.kill(BROKER, signal.SIGCONT)
"""


def test_a_broker_that_stands_still_costs_no_row(pipeline: PipelineProject, tmp_path: Path) -> None:
    broker = start_broker(tmp_path / "broker")
    try:
        topic, sent = new_topic(broker.cluster), [f"m{number}" for number in range(6)]
        send(broker.cluster, topic, *[Message(value, headers=(("padding", b"x" * 2000),)) for value in sent])
        options = {
            "kafka.bootstrap.servers": broker.cluster.bootstrap_servers,
            "subscribe": topic,
            "startingOffsets": "earliest",
            "maxOffsetsPerTrigger": "1",
            "kafka.max.partition.fetch.bytes": "1000",
            "kafka.fetch.max.bytes": "1000",
            **QUICK,
            **QUICK_POLL,
        }
        pipeline.settings |= {
            "broker": str(broker.process.pid),
            "mark": str(tmp_path / "mark"),
            "options": json.dumps(options),
            "pipelines.maxFlowRetryAttempts": "3",
        }
        pipeline.source("messages.py", DYING.replace("signal.SIGKILL", "signal.SIGSTOP") + STOPPING)
        assert pipeline.update().errors == ()
        assert any("is started again (attempt 2)" in event.message for event in pipeline.events())
        assert [row["value"] for row in pipeline.table("messages")] == sent
    finally:
        broker.process.send_signal(signal.SIGCONT)
        broker.stop()


def test_a_broker_that_is_killed_while_a_sink_writes_is_a_transient_error(
    pipeline: PipelineProject, tmp_path: Path
) -> None:
    broker = start_broker(tmp_path / "broker")
    try:
        broker.cluster.create_topics({"alerts": 1})
        pipeline.land("1.json", [{"value": "a"}, {"value": "b"}])
        pipeline.settings |= {
            "broker": str(broker.process.pid),
            "mark": str(tmp_path / "mark"),
            "options": json.dumps({"kafka.bootstrap.servers": broker.cluster.bootstrap_servers, "topic": "alerts"}),
            "pipelines.maxFlowRetryAttempts": "1",
        }
        pipeline.source(
            "alerts.py",
            DYING.partition("    @dp.table")[0].replace('"m2"', '"b"')
            + f"""
    dp.create_sink("alerts", "kafka", {{**OPTIONS, **{QUICK_PRODUCER!r}}})


    @dp.append_flow(target="alerts")
    def all_to_alerts():
        rows = spark.readStream.schema("value STRING").json(spark.conf.get("landing"))
        return rows.select(deadly("value").alias("value"))
""",
        )
        (error,) = pipeline.update().errors
        assert "cannot be used" in error
        assert broker.process.wait() == -signal.SIGKILL
        assert sum("is started again (attempt 2)" in event.message for event in pipeline.events()) == 1

        port = int(broker.cluster.bootstrap_servers.rpartition(":")[2])
        broker = start_broker(tmp_path / "broker", port=port)
        assert pipeline.update().errors == ()
        # At least once: what was acknowledged before the kill is written again with its batch.
        assert {message.value for message in received(broker.cluster, "alerts")} == {"a", "b"}
    finally:
        broker.stop()
