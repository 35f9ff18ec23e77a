"""What became of messages that a flow has not read yet: either it is said, or each of them is a row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dlt_local.kafka.progress import next_offsets
from tests.kafka.messages import Message, add_partitions, delete_topic, forget_messages, new_topic, send
from tests.kafka.reading import reading, row

if TYPE_CHECKING:
    from pathlib import Path

    from dlt_local.kafka.protocol import KafkaCluster
    from dlt_local.pytest_plugin import PipelineProject


def test_messages_that_expired_before_they_were_read(pipeline: PipelineProject, kafka: KafkaCluster) -> None:
    topic = new_topic(kafka, partitions=3)
    reading(pipeline, kafka, subscribe=topic, startingOffsets="earliest")
    for partition in range(3):
        send(kafka, topic, *[Message(f"{partition}{number}", partition=partition) for number in range(2)])
    assert pipeline.update().errors == ()
    for partition in range(3):
        send(kafka, topic, *[Message(f"{partition}{number}", partition=partition) for number in range(2, 7)])
    forget_messages(kafka, topic, 0, before=5)
    forget_messages(kafka, topic, 1, before=2)
    forget_messages(kafka, topic, 2, before=7)

    (error,) = pipeline.update().errors
    assert error.endswith(
        "Kafka has deleted messages before flow 'messages' read them, lost=8:"
        f" 3 of topic '{topic}', partition 0 (offsets 2 to 4), 5 of topic '{topic}', partition 2 (offsets 2 to 6)."
        " Set the option 'failOnDataLoss' to false for one update to go on with those that are left, and let the topic"
        " keep messages for longer."
    )
    assert len(pipeline.table("messages")) == 6

    reading(pipeline, kafka, subscribe=topic, startingOffsets="earliest", failOnDataLoss="false")
    assert pipeline.update().errors == ()
    read = {(partition, offset) for partition in range(3) for offset in range(2)}
    left = {(0, 5), (0, 6), *((1, offset) for offset in range(2, 7))}
    assert pipeline.table("messages") == [row(o, f"{p}{o}", partition=p) for p, o in sorted(read | left)]
    (warning,) = [event.message for event in pipeline.events("flow_progress") if event.level == "WARN"]
    assert "lost=8" in warning

    reading(pipeline, kafka, subscribe=topic, startingOffsets="earliest")
    assert pipeline.update().errors == ()


def test_a_new_partition_is_read_from_its_beginning(pipeline: PipelineProject, kafka: KafkaCluster) -> None:
    topic = new_topic(kafka)
    send(kafka, topic, Message("before the first update"))
    reading(pipeline, kafka, subscribe=topic)
    pipeline.update()
    send(kafka, topic, Message("a"))
    add_partitions(kafka, topic, total=3)
    send(kafka, topic, Message("b", partition=1), Message("c", partition=2), Message("d", partition=2))
    assert pipeline.update().errors == ()
    assert pipeline.table("messages") == [
        row(1, "a"),
        row(0, "b", partition=1),
        row(0, "c", partition=2),
        row(1, "d", partition=2),
    ]


def test_a_deleted_topic_is_missed_until_loss_is_allowed(pipeline: PipelineProject, kafka: KafkaCluster) -> None:
    kept, deleted = new_topic(kafka), new_topic(kafka, partitions=2)
    reading(pipeline, kafka, subscribe=f"{kept},{deleted}", startingOffsets="earliest")
    send(kafka, kept, Message("a"))
    send(kafka, deleted, Message("b"), Message("c"), Message("d", partition=1))
    assert pipeline.update().errors == ()
    delete_topic(kafka, deleted)
    send(kafka, kept, Message("e"))

    (error,) = pipeline.update().errors
    assert (
        f"has no topic '{deleted}': it was deleted since flow 'messages' read it, and with it all after offset"
        " 2 of partition 0, 1 of partition 1. Make it anew and run with --reset-checkpoint messages"
    ) in error

    reading(pipeline, kafka, subscribe=kept, startingOffsets="earliest", failOnDataLoss="false")
    assert pipeline.update().errors == ()
    assert [found["value"] for found in pipeline.table("messages") if found["value"] in "ae"] == ["a", "e"]
    reading(pipeline, kafka, subscribe=kept, startingOffsets="earliest")
    send(kafka, kept, Message("f"))
    assert pipeline.update().errors == ()
    assert len(pipeline.table("messages")) == 6


def test_topics_of_a_pattern_are_watched_too(pipeline: PipelineProject, kafka: KafkaCluster) -> None:
    topic = new_topic(kafka)
    reading(pipeline, kafka, subscribePattern=f"{topic[:-1]}.", startingOffsets="earliest")
    send(kafka, topic, Message("a"), Message("b"))
    pipeline.update()
    delete_topic(kafka, topic)
    kafka.create_topics({topic: 1})
    send(kafka, topic, *[Message(f"new {number}") for number in range(3)])
    (error,) = pipeline.update().errors
    assert f"Topic '{topic}' was deleted and made anew since flow 'messages' read it" in error


@pytest.mark.parametrize(
    ("batches", "committed", "expected"),
    [
        ([], [], {"bpm": {0: 3, 1: 4}}),
        ([{"bpm": {"0": 5, "1": 4}}], [], {"bpm": {0: 3, 1: 4}}),
        ([{"bpm": {"0": 5, "1": 4}}], [0], {"bpm": {0: 5, 1: 4}}),
        ([{"bpm": {"0": 5, "1": 4}}, {"bpm": {"0": 9, "1": 9}}], [0], {"bpm": {0: 5, 1: 4}}),
    ],
)
def test_a_flow_goes_on_after_the_last_batch_that_was_committed(
    tmp_path: Path, batches: list[object], committed: list[int], expected: dict[str, dict[int, int]]
) -> None:
    """As Spark does: a batch that was only planned is read again."""
    facts = json.dumps({"batchWatermarkMs": 0, "conf": {"spark.sql.shuffle.partitions": "2"}})
    delta = json.dumps({"sourceVersion": 1, "reservoirVersion": 7, "index": -1})
    files = {"sources/0/0": f"\0v1\n{json.dumps({'bpm': {'0': 3, '1': 4}})}"}
    files |= {f"offsets/{number}": f"v1\n{facts}\n{delta}\n{json.dumps(end)}" for number, end in enumerate(batches)}
    files |= {f"commits/{number}": "v1\n{}" for number in committed}
    files |= {"offsets/.0.crc": "crc"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert next_offsets(tmp_path) == expected
