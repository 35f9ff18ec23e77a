"""Sends and receives messages with another client than the one under test."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, NamedTuple, cast

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from confluent_kafka import Message as Received

    from dlt_local.kafka.protocol import KafkaCluster

_SECONDS = 30


class Message(NamedTuple):
    value: str
    key: str | None = None
    partition: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


def client(kafka: KafkaCluster) -> dict[str, str | int | float | bool]:
    """Settings of a client that may use this cluster."""
    found: dict[str, str | int | float | bool] = {"bootstrap.servers": kafka.bootstrap_servers}
    if kafka.login:
        found |= {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"}
        found |= {"sasl.username": kafka.login.user, "sasl.password": kafka.login.password}
    return found


def new_topic(kafka: KafkaCluster, partitions: int = 1) -> str:
    topic = f"topic-{uuid.uuid4().hex[:8]}"
    kafka.create_topics({topic: partitions})
    return topic


def delete_topic(kafka: KafkaCluster, topic: str) -> None:
    admin = AdminClient(client(kafka))
    admin.delete_topics([topic])[topic].result(_SECONDS)


def forget_messages(kafka: KafkaCluster, topic: str, partition: int, *, before: int) -> None:
    """What retention does, at once."""
    admin = AdminClient(client(kafka))
    place = TopicPartition(topic, partition, before)
    (deleted,) = admin.delete_records([place]).values()
    deleted.result(_SECONDS)


def add_partitions(kafka: KafkaCluster, topic: str, *, total: int) -> None:
    admin = AdminClient(client(kafka))
    admin.create_partitions([NewPartitions(topic, total)])[topic].result(_SECONDS)


def send(kafka: KafkaCluster, topic: str, *messages: Message) -> None:
    producer = Producer(client(kafka))
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
    return [
        Message(
            _text(message.value()) or "",
            _text(message.key()),
            message.partition() or 0,
            tuple(cast("Iterable[tuple[str, bytes]]", message.headers() or ())),
        )
        for message in consumed(kafka, topic, partitions)
    ]


def consumed(kafka: KafkaCluster, topic: str, partitions: int = 1) -> list[Received]:
    """The same as the client gives it."""
    consumer = Consumer({**client(kafka), "group.id": topic, "enable.auto.commit": False})
    found: list[Received] = []
    for partition in range(partitions):
        end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=_SECONDS)[1]
        consumer.assign([TopicPartition(topic, partition, 0)])
        while len([message for message in found if message.partition() == partition]) < end:
            (message,) = consumer.consume(1, timeout=_SECONDS)
            assert message.error() is None
            found.append(message)
    consumer.close()
    return found


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()
