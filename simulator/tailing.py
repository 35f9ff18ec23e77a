"""Reads topics from their beginning or end, without leaving a trace at the broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    KafkaError,
    KafkaException,
    TopicPartition,
)

from dlt_local.errors import PipelineError, nearest
from dlt_local.kafka.client import waiting_records
from simulator.message_text import ShownMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from confluent_kafka import Message as Record

    from dlt_local.kafka.client import KafkaClient

_POLL_SECONDS = 0.1
_ANSWER_SECONDS = 10


class TailError(PipelineError):
    """A topic cannot be read, or no longer."""


def tail(
    client: KafkaClient,
    topics: Sequence[str],
    *,
    from_beginning: bool = False,
    until_end: bool = False,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Generator[ShownMessage]:
    """The messages of topics as they come, by partition in order; until it is stopped, unless `until_end`.

    New ones only, unless `from_beginning`. `until_end` means where the topics end when reading starts. Nothing is
    committed. BrokerError if nobody answers, TailError if a topic is not there.
    """
    partitions = _partitions(client, topics)
    consumer = client.consumer(enable_partition_eof=True, auto_offset_reset="error", check_crcs=True)
    try:
        ends = {place: _end(consumer, place) for place in partitions} if until_end else {}
        start = OFFSET_BEGINNING if from_beginning else OFFSET_END
        consumer.assign([TopicPartition(topic, partition, start) for topic, partition in partitions])
        yield from _until(consumer, ends, is_stopped) if until_end else _for_ever(consumer, is_stopped)
    finally:
        consumer.close()


def _partitions(client: KafkaClient, topics: Sequence[str]) -> list[tuple[str, int]]:
    known = client.topics()
    for topic in topics:
        if topic not in known:
            remedy = nearest(topic, known) or "Make it, or correct the name."
            raise TailError(f"Kafka at {client.bootstrap_servers} has no topic '{topic}'", remedy=remedy)
    return [(topic, partition) for topic in dict.fromkeys(topics) for partition in range(known[topic])]


def _end(consumer: Consumer, place: tuple[str, int]) -> int:
    try:
        _, end = consumer.get_watermark_offsets(TopicPartition(*place), timeout=_ANSWER_SECONDS)
    except KafkaException as error:
        raise TailError(f"The end of topic '{place[0]}' is unknown: {error.args[0].str()}") from None
    return int(end)


def _for_ever(consumer: Consumer, is_stopped: Callable[[], bool]) -> Iterator[ShownMessage]:
    while not is_stopped():
        for record in waiting_records(consumer, _POLL_SECONDS):
            if _is_message(record):
                yield _shown(record)


def _until(
    consumer: Consumer, ends: dict[tuple[str, int], int], is_stopped: Callable[[], bool]
) -> Iterator[ShownMessage]:
    open_ends = dict(ends)
    while open_ends and not is_stopped():
        for record in waiting_records(consumer, _POLL_SECONDS):
            place = (str(record.topic()), record.partition() or 0)
            # At the end there may be no message: removed ones and marks of transactions have offsets, too.
            if not _is_message(record):
                open_ends.pop(place, None)
            elif (record.offset() or 0) < ends[place]:
                yield _shown(record)
            if (record.offset() or 0) >= ends[place] - 1:
                open_ends.pop(place, None)


def _is_message(record: Record) -> bool:
    """False at the end of a partition."""
    error = record.error()
    if error is None:
        return True
    if error.code() == KafkaError._PARTITION_EOF:
        return False
    raise TailError(f"Topic '{record.topic()}' can no longer be read: {error.str()}")


def _shown(record: Record) -> ShownMessage:
    kind, time_ms = record.timestamp()
    headers = cast("list[tuple[str, bytes | str | None]]", record.headers() or [])
    return ShownMessage(
        str(record.topic()),
        record.partition() or 0,
        record.offset() or 0,
        None if kind == TIMESTAMP_NOT_AVAILABLE else time_ms,
        _as_bytes(record.key()),
        _as_bytes(record.value()),
        tuple((name, _as_bytes(value)) for name, value in headers),
    )


def _as_bytes(content: bytes | str | None) -> bytes | None:
    return content.encode() if isinstance(content, str) else content
