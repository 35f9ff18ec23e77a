"""Sends and receives messages with another client than the one under test."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, NamedTuple, cast

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlt_local.kafka.protocol import KafkaCluster

_SECONDS = 30


class Message(NamedTuple):
    value: str
    key: str | None = None
    partition: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


def new_topic(kafka: KafkaCluster, partitions: int = 1) -> str:
    topic = f"topic-{uuid.uuid4().hex[:8]}"
    kafka.create_topics({topic: partitions})
    return topic


def delete_topic(kafka: KafkaCluster, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    admin.delete_topics([topic])[topic].result(_SECONDS)


def send(kafka: KafkaCluster, topic: str, *messages: Message) -> None:
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers})
    failures: list[object] = []
    for message in messages:
        producer.produce(
            topic,
            value=message.value.encode(),
            key=message.key,
            partition=message.partition,
            headers=list(message.headers),
            on_delivery=lambda error, _: failures.append(error) if error else None,
        )
    assert producer.flush(_SECONDS) == 0
    assert failures == []


def received(kafka: KafkaCluster, topic: str, partitions: int = 1) -> list[Message]:
    """Everything in a topic, by partition and offset."""
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap_servers, "group.id": topic, "enable.auto.commit": False})
    found: list[Message] = []
    for partition in range(partitions):
        end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=_SECONDS)[1]
        consumer.assign([TopicPartition(topic, partition, 0)])
        while len([message for message in found if message.partition == partition]) < end:
            (message,) = consumer.consume(1, timeout=_SECONDS)
            assert message.error() is None
            headers = cast("Iterable[tuple[str, bytes]]", message.headers() or ())
            found.append(Message(_text(message.value()) or "", _text(message.key()), partition, tuple(headers)))
    consumer.close()
    return found


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()
