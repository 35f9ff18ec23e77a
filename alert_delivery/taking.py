"""From the topic to the outbox; an offset is committed once its message is on disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from confluent_kafka import OFFSET_BEGINNING, OFFSET_INVALID, KafkaError, KafkaException, TopicPartition
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from alert_delivery.alert import UnreadableAlertError, alert_of
from dlt_local.errors import PipelineError, nearest
from dlt_local.kafka.client import waiting_records

if TYPE_CHECKING:
    from confluent_kafka import Consumer
    from confluent_kafka import Message as Record

    from alert_delivery.outbox import Outbox
    from dlt_local.kafka.client import KafkaClient

_ANSWER_SECONDS = 10
_WAIT_SECONDS = 0.2
_LOOK_FOR_PARTITIONS_SECONDS = 30.0

_PATIENCE_SECONDS = 20
# A broker that has just started does not know its groups at once.
_PASSING = frozenset(
    {
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._TIMED_OUT,
        KafkaError._TRANSPORT,
        KafkaError._WAIT_COORD,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
    }
)

Warned = Callable[[str], None]


class TopicError(PipelineError):
    """The topic of the alerts cannot be read."""


@dataclass(slots=True)
class Taker:
    """Reads one topic, all of its partitions, on behalf of a consumer group that keeps how far it has come.

    The group has no members, so that a process that takes over from a killed one need not wait for its session to end.
    """

    client: KafkaClient
    topic: str
    group: str
    outbox: Outbox
    clock: Callable[[], float] = time.time
    on_warning: Warned = lambda _: None
    _consumer: Consumer = field(init=False)
    _ends: dict[int, int] = field(init=False, default_factory=dict)
    _at: dict[int, int] = field(init=False, default_factory=dict)
    _looked_at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        partitions = self._partitions()
        self._consumer = self.client.consumer(group_id=self.group, auto_offset_reset="error", enable_partition_eof=True)
        patiently = Retrying(
            retry=retry_if_exception(_is_passing),
            stop=stop_after_delay(_PATIENCE_SECONDS),
            wait=wait_fixed(_WAIT_SECONDS),
            reraise=True,
        )
        try:
            patiently(self._assign, partitions)
        except KafkaException as error:
            self.close()
            raise TopicError(f"Topic '{self.topic}' cannot be read: {error.args[0].str()}") from None

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    @property
    def is_at_end(self) -> bool:
        """Whether everything is taken that was in the topic when reading began."""
        return all(self._at.get(partition, 0) >= end for partition, end in self._ends.items())

    def take(self, seconds: float) -> int:
        """Wait so long for messages, put them on disk, then commit; how many there were."""
        self._look_for_new_partitions()
        records = [record for record in waiting_records(self._consumer, seconds) if self._is_message(record)]
        if not records:
            return 0
        with self.outbox.changes():
            for record in records:
                self._keep(record)
        self._commit({record.partition() or 0: (record.offset() or 0) + 1 for record in records})
        return len(records)

    def _keep(self, record: Record) -> None:
        value, now = record.value(), self.clock()
        body = value.encode() if isinstance(value, str) else value
        source = f"{record.topic()}/{record.partition()}/{record.offset()}"
        try:
            alert = alert_of(body)
        except UnreadableAlertError as error:
            self.outbox.refuse(body, source, str(error), now)
            return
        sent_at = record.timestamp()[1] / 1000
        fresh_since = alert.happened_at if alert.happened_at is not None else sent_at
        self.outbox.take(alert, source, fresh_since=fresh_since, now=now)

    def _commit(self, offsets: dict[int, int]) -> None:
        self._at |= offsets
        places = [TopicPartition(self.topic, partition, offset) for partition, offset in offsets.items()]
        try:
            self._consumer.commit(offsets=places, asynchronous=False)
        except KafkaException as error:
            # The messages will come again, and are known by their ids.
            self.on_warning(f"Offsets of topic '{self.topic}' are not committed: {error.args[0].str()}")

    def _is_message(self, record: Record) -> bool:
        error = record.error()
        if error is None:
            return True
        if error.code() == KafkaError._AUTO_OFFSET_RESET:
            self.on_warning(
                f"Partition {record.partition()} of topic '{self.topic}' no longer has what comes next; alerts may be"
                " lost. It is read from its beginning; alerts that are known are not sent again."
            )
            self._consumer.seek(TopicPartition(self.topic, record.partition() or 0, OFFSET_BEGINNING))
            return False
        if error.code() == KafkaError._PARTITION_EOF:
            # Marks of transactions have offsets, too.
            self._at[record.partition() or 0] = record.offset() or 0
            return False
        if error.code() in _PASSING:
            self.on_warning(f"Kafka at {self.client.bootstrap_servers}: {error.str()}")
            return False
        raise TopicError(f"Topic '{self.topic}' can no longer be read: {error.str()}")

    def _partitions(self) -> int:
        known = self.client.topics()
        if self.topic not in known:
            remedy = nearest(self.topic, known) or "Make it, or correct the name."
            message = f"Kafka at {self.client.bootstrap_servers} has no topic '{self.topic}'"
            raise TopicError(message, remedy=remedy)
        return known[self.topic]

    def _assign(self, partitions: int) -> None:
        places = [TopicPartition(self.topic, partition) for partition in range(partitions)]
        starts: list[TopicPartition] = []
        for place in self._consumer.committed(places, timeout=_ANSWER_SECONDS):
            first, end = self._consumer.get_watermark_offsets(place, timeout=_ANSWER_SECONDS)
            is_new = place.offset == OFFSET_INVALID
            self._at[place.partition] = first if is_new else place.offset
            self._ends[place.partition] = end
            starts.append(TopicPartition(self.topic, place.partition, OFFSET_BEGINNING if is_new else place.offset))
        self._consumer.assign(starts)
        self._looked_at = time.monotonic()

    def _look_for_new_partitions(self) -> None:
        if time.monotonic() - self._looked_at < _LOOK_FOR_PARTITIONS_SECONDS:
            return
        self._looked_at = time.monotonic()
        try:
            found = self._consumer.list_topics(self.topic, timeout=1).topics[self.topic].partitions
        except KafkaException:
            return
        new = [partition for partition in found if partition not in self._at]
        if new:
            self._at |= dict.fromkeys(new, 0)
            self._consumer.incremental_assign([TopicPartition(self.topic, p, OFFSET_BEGINNING) for p in new])


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, KafkaException) and error.args[0].code() in _PASSING
