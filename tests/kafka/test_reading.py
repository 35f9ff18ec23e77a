"""Streaming tables that read topics of a real broker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.kafka.another_process import update_in_another_process
from tests.kafka.messages import Message, delete_topic, new_topic, send
from tests.kafka.reading import reading, row

if TYPE_CHECKING:
    from dlt_local.kafka.protocol import KafkaCluster
    from dlt_local.pytest_plugin import PipelineProject


def no_op_messages(pipeline: PipelineProject) -> list[str]:
    return [event.message for event in pipeline.events("flow_progress") if "NO_OP" in event.message]


def test_each_message_becomes_one_row_over_two_processes(pipeline: PipelineProject, kafka: KafkaCluster) -> None:
    topic = new_topic(kafka, partitions=2)
    reading(pipeline, kafka, subscribe=topic, startingOffsets="earliest")
    send(kafka, topic, Message("a", "k1"), Message("b", partition=1), Message("c", "k1"))
    first = pipeline.update()
    assert first.errors == ()
    earlier = [row(0, "a", "k1"), row(1, "c", "k1"), row(0, "b", partition=1)]
    assert pipeline.table("messages") == earlier

    send(kafka, topic, Message("d", partition=1), Message("a", "k1"))
    update_in_another_process(pipeline)
    assert pipeline.table("messages") == [*earlier, row(1, "d", partition=1), row(2, "a", "k1")]
    assert no_op_messages(pipeline) == []

    assert pipeline.update().state == "COMPLETED"
    assert no_op_messages(pipeline) == ["Flow 'main.messages' has nothing new to read: NO_OP."]
    assert len(pipeline.table("messages")) == 5


def test_headers_and_several_topics(pipeline: PipelineProject, kafka: KafkaCluster) -> None:
    one, two = new_topic(kafka), new_topic(kafka)
    send(kafka, one, Message("a", headers=(("source", b"watch"), ("source", b"phone"))))
    send(kafka, two, Message("b"))
    pipeline.settings |= {"servers": kafka.bootstrap_servers, "topics": f"{one}, {two}"}
    pipeline.source(
        "messages.py",
        """
        import dlt

        @dlt.table
        @dlt.expect_or_drop("known", "value <> 'c'")
        def messages():
            messages = spark.readStream.load(
                format="kafka",
                **{
                    "kafka.bootstrap.servers": spark.conf.get("servers"),
                    "subscribe": spark.conf.get("topics"),
                    "startingOffsets": "earliest",
                    "includeHeaders": True,
                },
            )
            return messages.selectExpr("topic", "CAST(value AS STRING) value", "headers")
        """,
    )
    assert pipeline.update().errors == ()
    send(kafka, two, Message("c"), Message("d"))
    pipeline.update()
    headers = [{"key": "source", "value": b"watch"}, {"key": "source", "value": b"phone"}]
    assert pipeline.table("messages") == [
        {"topic": one, "value": "a", "headers": headers},
        {"topic": two, "value": "b", "headers": None},
        {"topic": two, "value": "d", "headers": None},
    ]
    assert pipeline.expectations("messages") == {"known": (1, 1)}


def test_the_first_update_begins_where_starting_offsets_says(pipeline: PipelineProject, kafka: KafkaCluster) -> None:
    topic = new_topic(kafka)
    send(kafka, topic, Message("a"), Message("b"), Message("c"))
    reading(pipeline, kafka, subscribe=topic, startingOffsets=json.dumps({topic: {"0": 2}}))
    pipeline.update()
    assert pipeline.table("messages") == [row(2, "c")]

    reading(pipeline, kafka, subscribe=topic)
    pipeline.update(full_refresh_all=True)
    assert pipeline.table("messages") == []
    assert no_op_messages(pipeline) == ["Flow 'main.messages' has nothing new to read: NO_OP."]
    send(kafka, topic, Message("d"))
    pipeline.update()
    assert pipeline.table("messages") == [row(3, "d")]


def test_a_materialized_view_reads_a_topic_as_it_is(pipeline: PipelineProject, kafka: KafkaCluster) -> None:
    topic = new_topic(kafka)
    pipeline.settings |= {"servers": kafka.bootstrap_servers, "topic": topic}
    pipeline.source(
        "messages.py",
        """
        from pyspark import pipelines as dp

        @dp.materialized_view
        def counted():
            reader = spark.read.format("kafka").option("kafka.bootstrap.servers", spark.conf.get("servers"))
            return reader.option("subscribe", spark.conf.get("topic")).load().groupBy("topic").count()
        """,
    )
    send(kafka, topic, Message("a"))
    assert pipeline.update().errors == ()
    send(kafka, topic, Message("b"))
    pipeline.update()
    assert pipeline.table("counted") == [{"topic": topic, "count": 2}]


def test_a_topic_that_was_made_anew_is_refused_until_the_checkpoint_is_reset(
    pipeline: PipelineProject, kafka: KafkaCluster
) -> None:
    topic = new_topic(kafka)
    reading(pipeline, kafka, subscribe=topic, startingOffsets="earliest")
    send(kafka, topic, Message("a"), Message("b"))
    pipeline.update()
    delete_topic(kafka, topic)
    kafka.create_topics({topic: 1})
    send(kafka, topic, *[Message(f"new {number}") for number in range(3)])

    (error,) = pipeline.update().errors
    assert f"Topic '{topic}' was deleted and made anew since flow 'messages' read it" in error
    assert "--reset-checkpoint messages" in error
    assert len(pipeline.table("messages")) == 2

    assert pipeline.update(reset_checkpoint="messages").errors == ()
    assert sorted(found["value"] for found in pipeline.table("messages")) == ["a", "b", "new 0", "new 1", "new 2"]


def test_a_topic_that_was_made_anew_is_read_on_if_data_may_be_lost(
    pipeline: PipelineProject, kafka: KafkaCluster
) -> None:
    topic = new_topic(kafka)
    reading(pipeline, kafka, subscribe=topic, startingOffsets="earliest", failOnDataLoss="false")
    send(kafka, topic, Message("a"))
    pipeline.update()
    delete_topic(kafka, topic)
    kafka.create_topics({topic: 1})
    send(kafka, topic, Message("lost"), Message("b"))
    assert pipeline.update().errors == ()
    assert pipeline.table("messages", columns=["value"]) == [{"value": "a"}, {"value": "b"}]


def test_every_option_is_taken(pipeline: PipelineProject, kafka: KafkaCluster) -> None:
    topic = new_topic(kafka, partitions=2)
    send(
        kafka,
        topic,
        *[Message(f"{partition}{number}", partition=partition) for number in "abc" for partition in (0, 1)],
    )
    everything, last = {topic: {"0": 0, "1": 0}}, {topic: {"0": 4102444800000, "1": 4102444800000}}
    limits = {
        "failOnDataLoss": "false",
        "fetchOffset.numRetries": "2",
        "fetchOffset.retryIntervalMs": "10",
        "groupIdPrefix": "dlt-local",
        "kafkaConsumer.pollTimeoutMs": "9000",
        "maxRecordsPerPartition": "2",
        "minPartitions": "3",
    }
    steps = {"maxOffsetsPerTrigger": "2", "minOffsetsPerTrigger": "1", "maxTriggerDelay": "1s"}
    by_time = {"startingOffsetsByTimestamp": json.dumps(everything), "startingOffsetsByTimestampStrategy": "error"}
    streams = {
        "stepwise": {"assign": json.dumps({topic: [0]}), "startingTimestamp": "0", **limits, **steps},
        "by_time": {"subscribePattern": f"{topic}.*", **by_time},
    }
    batches = {
        "between": {"subscribe": topic, "startingOffsets": json.dumps({topic: {"0": 1, "1": 0}})}
        | {"endingOffsets": json.dumps({topic: {"0": 2, "1": 1}}), **limits},
        "until": {"subscribe": topic, "startingOffsets": "earliest", "endingTimestamp": "4102444800000"},
        "to_the_end": {"subscribe": topic, "endingOffsetsByTimestamp": json.dumps(last)},
    }
    pipeline.settings |= {"servers": kafka.bootstrap_servers, "all": json.dumps([streams, batches])}
    pipeline.source(
        "messages.py",
        """
        import json
        from pyspark import pipelines as dp

        STREAMS, BATCHES = json.loads(spark.conf.get("all"))

        def values(reader, options):
            reader = reader.format("kafka").option("kafka.bootstrap.servers", spark.conf.get("servers"))
            return reader.options(**options).load().selectExpr("CAST(value AS STRING) value")

        for name, options in STREAMS.items():
            dp.table(name=name)(lambda options=options: values(spark.readStream, options))
        for name, options in BATCHES.items():
            dp.materialized_view(name=name)(lambda options=options: values(spark.read, options))
        """,
    )
    assert pipeline.update().errors == ()
    found = {name: [row["value"] for row in pipeline.table(name)] for name in (*streams, *batches)}
    six = ["0a", "0b", "0c", "1a", "1b", "1c"]
    assert found == {
        "stepwise": ["0a", "0b", "0c"],
        "by_time": six,
        "between": ["0b", "1a"],
        "until": six,
        "to_the_end": six,
    }
    progress = [event for event in pipeline.events("stream_progress") if event.origin["flow_name"] == "stepwise"]
    assert [event.origin["batch_id"] for event in progress] == [0, 1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"subscribe": "t", "startingOfsets": "earliest"},
            "no option 'startingOfsets'. Did you mean 'startingOffsets'",
        ),
        ({"subscribe": "t", "databricks.serviceCredential": "c"}, "'databricks.servicecredential' is served by Databr"),
        ({"subscribe": "t", "databricks.serviceCredential.scope": "s"}, "served by Databricks only"),
        ({"subscribe": "t", "kafka.bootstrap.servers": ""}, "needs the option 'kafka.bootstrap.servers'"),
        ({}, "subscribe, subscribepattern, assign"),
        ({"subscribe": "t", "kafka.enable.auto.commit": "true"}, "'enable.auto.commit' is not supported"),
    ],
)
def test_options_that_cannot_be(
    pipeline: PipelineProject, kafka: KafkaCluster, options: dict[str, str], message: str
) -> None:
    from dlt_local.errors import PipelineError

    reading(pipeline, kafka, **options)
    with pytest.raises(PipelineError) as refusal:
        pipeline.update(validate_only=True)
    assert message.lower() in str(refusal.value).lower()
    assert str(refusal.value).startswith(f"{pipeline.sources}/messages.py:8: ")
