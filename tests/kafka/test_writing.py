"""Append flows into `kafka` sinks on a real broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError
from tests.kafka.another_process import update_in_another_process
from tests.kafka.messages import Message, new_topic, received

if TYPE_CHECKING:
    from dlt_local.kafka.protocol import KafkaCluster
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    from pyspark import pipelines as dp

    SERVERS = {"kafka.bootstrap.servers": spark.conf.get("servers")}
    READINGS = "device STRING, bpm INT"
    dp.create_sink("plain", "kafka", {**SERVERS, "topic": spark.conf.get("plain")})
    dp.create_sink("rich", "Kafka", SERVERS)


    def readings():
        return spark.readStream.schema(READINGS).json(spark.conf.get("landing"))


    @dp.append_flow(target="plain")
    def all_readings():
        return readings().selectExpr("to_json(struct(*)) AS value")


    @dp.append_flow(target="rich")
    def keyed_readings():
        return readings().selectExpr(
            "device AS key",
            "CAST(bpm AS STRING) AS value",
            "'" + spark.conf.get("rich") + "' AS topic",
            "bpm % 2 AS partition",
            "array(struct('unit' AS key, CAST('bpm' AS BINARY) AS value)) AS headers",
            "device",
        )
"""


def test_each_row_becomes_one_message_over_two_processes(pipeline: PipelineProject, kafka: KafkaCluster) -> None:
    plain, rich = new_topic(kafka), new_topic(kafka, partitions=2)
    pipeline.settings |= {"servers": kafka.bootstrap_servers, "plain": plain, "rich": rich}
    pipeline.settings["landing"] = str(pipeline.landing)
    pipeline.source("sinks.py", SOURCE)
    pipeline.land("1.json", [{"device": "a", "bpm": 60}, {"device": "b", "bpm": 61}])
    assert pipeline.update().errors == ()
    pipeline.land("2.json", [{"device": "a", "bpm": 62}])
    update_in_another_process(pipeline)
    assert pipeline.update().errors == ()

    assert received(kafka, plain) == [
        Message('{"device":"a","bpm":60}'),
        Message('{"device":"b","bpm":61}'),
        Message('{"device":"a","bpm":62}'),
    ]
    unit = (("unit", b"bpm"),)
    assert received(kafka, rich, partitions=2) == [
        Message("60", "a", 0, unit),
        Message("62", "a", 0, unit),
        Message("61", "b", 1, unit),
    ]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("'a' AS payload", "Flow 'flow' writes to Kafka and has no column 'value'; it has payload."),
        (
            "1 AS value",
            "Column 'value' of flow 'flow' is INT; Kafka takes STRING or BINARY. Cast it: CAST(value AS STR",
        ),
        ("'a' AS value, 1L AS key", "Column 'key' of flow 'flow' is BIGINT; Kafka takes STRING or BINARY."),
        ("'a' AS value, '1' AS partition", "Column 'partition' of flow 'flow' is STRING; Kafka takes INT."),
        (
            "'a' AS value, map('a','b') AS headers",
            "Column 'headers' of flow 'flow' is MAP<STRING,STRING>; Kafka takes",
        ),
    ],
)
def test_rows_that_are_no_messages(pipeline: PipelineProject, kafka: KafkaCluster, columns: str, message: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        update(pipeline, columns, f'{{"kafka.bootstrap.servers": "{kafka.bootstrap_servers}", "topic": "t"}}')
    assert str(refusal.value).startswith(f"{pipeline.sources}/sinks.py:6: {message}")


@pytest.mark.parametrize(
    ("options", "line", "message"),
    [
        ('{"kafka.bootstrap.servers": "x:1"}', 6, "Flow 'flow' writes to Kafka without a topic"),
        ('{"topic": "t"}', 4, "The Kafka sink needs the option 'kafka.bootstrap.servers'"),
        (
            '{"kafka.bootstrap.servers": "x:1", "topc": "t"}',
            4,
            "The Kafka sink has no option 'topc'. Did you mean 'top",
        ),
    ],
)
def test_sinks_that_cannot_be(pipeline: PipelineProject, options: str, line: int, message: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        update(pipeline, "'a' AS value", options)
    assert str(refusal.value).startswith(f"{pipeline.sources}/sinks.py:{line}: {message}")


def test_a_topic_that_is_not_there_is_named(pipeline: PipelineProject, kafka: KafkaCluster) -> None:
    options = (
        f'{{"kafka.bootstrap.servers": "{kafka.bootstrap_servers}", "topic": "bmp", "kafka.max.block.ms": "2000"}}'
    )
    (error,) = update(pipeline, "'a' AS value", options)
    assert "Topic bmp not present in metadata after 2000 ms. Make the topic" in error
    assert not any("started again" in event.message for event in pipeline.events())


def update(pipeline: PipelineProject, columns: str, options: str) -> tuple[str, ...]:
    pipeline.settings["pipelines.maxFlowRetryAttempts"] = "1"
    pipeline.source(
        "sinks.py",
        f"""
        from pyspark import pipelines as dp

        dp.create_sink("messages", "kafka", {options})

        @dp.append_flow(target="messages")
        def flow():
            return spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 1).load().selectExpr(
                {", ".join(repr(column) for column in columns.split(", "))}
            )
        """,
    )
    return pipeline.update().errors
