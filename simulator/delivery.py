"""Hands messages to Kafka and accounts for each of them."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from confluent_kafka import KafkaError, KafkaException

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from dlt_local.kafka.client import KafkaClient
    from simulator.message import Message, Place

# A broker may be away for that long: it was killed and starts again, or the machine was asleep.
_DAY_MS = 24 * 3600 * 1000
_DELIVERY_MS = 60_000
_LARGEST_BYTES = 64 * 2**20
_QUEUE_KB = 2 * _LARGEST_BYTES // 1024
# Kafka refuses what is too large for a topic by the batch: only a message larger than this is in one of its own.
_BATCH_BYTES = 2**16
# The topics' own limits decide; these messages say so and the others go on.
_OF_ONE_MESSAGE = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.INVALID_MSG,
        KafkaError.INVALID_TIMESTAMP,
        KafkaError.INVALID_RECORD,
        KafkaError.POLICY_VIOLATION,
        KafkaError._UNKNOWN_PARTITION,
    }
)


class DeliveryError(PipelineError):
    """Kafka did not take messages."""


@dataclass(frozen=True, slots=True)
class NewTopics:
    """How topics are made that are not there; `partitions` None if they shall not be made."""

    partitions: int | None = 1
    # Messages carry the times of their events: by default Kafka deletes what is older than a week, however new it is.
    settings: dict[str, str] = field(default_factory=lambda: {"retention.ms": "-1"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that Kafka did not take, and why."""

    topic: str
    place: Place | None
    reason: str


class Delivery:
    """Sends messages, each acknowledged by every copy of its partition; `delivered` counts them by topic.

    Kafka's refusal of one message is kept in `refused`. Anything that concerns all of them is a DeliveryError.
    """

    def __init__(
        self,
        client: KafkaClient,
        *,
        topics: NewTopics | None = None,
        keep_partitions: bool = False,
        linger_ms: int = 5,
        on_warning: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Ask the broker first: BrokerError, within ten seconds, if nobody answers."""
        self.delivered: Counter[str] = Counter()
        self.refused: list[Refusal] = []
        self._client = client
        self._keep_partitions = keep_partitions
        self._new_topics = topics or NewTopics()
        self._failure: KafkaError | None = None
        self._known = set(client.topics())
        self._oldest_ms: dict[str, int] = {}
        self._on_warning = on_warning
        self._producer = client.producer(
            linger_ms=linger_ms,
            delivery_timeout_ms=_DELIVERY_MS,
            message_max_bytes=_LARGEST_BYTES,
            batch_size=_BATCH_BYTES,
            queue_buffering_max_kbytes=_QUEUE_KB,
        )

    def __enter__(self) -> Self:
        """Nothing to prepare."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is on its way; after an error it is given up."""
        if kind is None:
            self.flush()
        else:
            self._producer.purge()

    @property
    def pending(self) -> int:
        """Messages that are on their way."""
        return len(self._producer)

    def send(self, message: Message) -> None:
        """Queue it; waits while the queue is full."""
        if self._failure is not None:
            raise self._error(self._failure)
        if message.topic not in self._oldest_ms:
            self._meet(message.topic)
        if message.time_ms is not None and message.time_ms < self._oldest_ms[message.topic]:
            self._warn_of_loss(message)
        options: dict[str, Any] = {"timestamp": message.time_ms} if message.time_ms is not None else {}
        if self._keep_partitions and message.partition is not None:
            options["partition"] = message.partition
        self._queue(message, options)
        self._producer.poll(0)

    def wait(self, seconds: float) -> None:
        """Take in acknowledgements for so long."""
        self._producer.poll(seconds)

    def flush(self) -> None:
        """Return once every message is acknowledged or refused; DeliveryError if they cannot be delivered."""
        while self.pending and self._failure is None:
            self._producer.flush(0.2)
        if self._failure is not None:
            raise self._error(self._failure)

    def _meet(self, topic: str) -> None:
        """At its first message, see that the topic is there, and from when on it keeps messages."""
        if topic not in self._known:
            self._make(topic)
        retention_ms = self._client.retention_ms(topic)
        self._oldest_ms[topic] = 0 if retention_ms is None else int(time.time() * 1000) - retention_ms

    def _warn_of_loss(self, message: Message) -> None:
        days = (time.time() * 1000 - self._oldest_ms[message.topic]) / _DAY_MS
        self._on_warning(
            f"Topic '{message.topic}' keeps messages for {days:.3g} days from their own times on: Kafka will soon"
            f" delete older ones, such as that of {message.place}. Set the topic's retention.ms to -1 to keep them."
        )
        self._oldest_ms[message.topic] = 0

    def _make(self, topic: str) -> None:
        if self._new_topics.partitions is None:
            raise DeliveryError(f"Kafka at {self._client.bootstrap_servers} has no topic '{topic}'")
        self._client.create_topic(topic, partitions=self._new_topics.partitions, settings=self._new_topics.settings)

    def _queue(self, message: Message, options: dict[str, Any]) -> None:
        done = partial(self._on_delivery, message.topic, message.place)
        while self._failure is None:
            try:
                self._producer.produce(
                    message.topic,
                    message.value,
                    message.key,
                    headers=list(message.headers) or None,
                    on_delivery=done,
                    **options,
                )
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                done(error.args[0], None)
                return
            else:
                return

    def _on_delivery(self, topic: str, place: Place | None, error: KafkaError | None, _record: object) -> None:
        if error is None:
            self.delivered[topic] += 1
        elif error.code() in _OF_ONE_MESSAGE:
            self.refused.append(Refusal(topic, place, error.str()))
        elif self._failure is None:
            self._failure = error

    def _error(self, error: KafkaError) -> DeliveryError:
        reason = "no acknowledgement in time" if error.code() == KafkaError._MSG_TIMED_OUT else error.str()
        message = f"Kafka at {self._client.bootstrap_servers} did not take all messages: {reason}"
        taken = sum(self.delivered.values())
        return DeliveryError(message, remedy=f"{taken} were delivered; playing again sends them twice.")
