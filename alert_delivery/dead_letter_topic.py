"""Dead letters for others to see: a Kafka topic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Producer

    from alert_delivery.outbox import DeadLetter, Outbox
    from dlt_local.kafka.client import KafkaClient

_FLUSH_SECONDS = 10
_LARGEST_BYTES = 64 * 2**20
_NO_ANSWER = object()


class DeadLetterTopicError(PipelineError):
    """The topic did not take a dead letter."""


@dataclass(slots=True)
class DeadLetterTopic:
    """Sends each dead letter with its reason and source as headers; at least once, keyed by the alert's id."""

    client: KafkaClient
    topic: str
    outbox: Outbox
    _producer: Producer = field(init=False)

    def __post_init__(self) -> None:
        if self.topic not in self.client.topics():
            raise DeadLetterTopicError(
                f"Kafka at {self.client.bootstrap_servers} has no topic '{self.topic}'", remedy="Make it."
            )
        self._producer = self.client.producer(linger_ms=0, delivery_timeout_ms=30_000, message_max_bytes=_LARGEST_BYTES)

    def publish(self) -> None:
        """Send those that the topic does not have yet; DeadLetterTopicError if it does not take them."""
        letters = self.outbox.dead_letters(unpublished=True)
        if not letters:
            return
        answers: dict[int, KafkaError | None] = {}
        for letter in letters:
            self._send(letter, answers)
        self._producer.flush(_FLUSH_SECONDS)
        self.outbox.published([letter for letter in letters if answers.get(letter.number, _NO_ANSWER) is None])
        missing = len(letters) - list(answers.values()).count(None)
        if missing:
            reason = next((error.str() for error in answers.values() if error), "no acknowledgement in time")
            raise DeadLetterTopicError(f"{missing} dead letters are not yet in topic '{self.topic}': {reason}")

    def _send(self, letter: DeadLetter, answers: dict[int, KafkaError | None]) -> None:
        self._producer.produce(
            self.topic,
            letter.body,
            letter.alert_id,
            headers=[("reason", letter.reason.encode()), ("source", letter.source.encode())],
            on_delivery=lambda error, _: answers.update({letter.number: error}),
        )
