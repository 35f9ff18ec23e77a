"""A client of a Kafka cluster in Python, by librdkafka; for commands that send or show messages.

Pipelines do not need it: their messages go through Spark's own connector.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.cimpl import NewTopic

from dlt_local.kafka.errors import BrokerError
from dlt_local.kafka.protocol import SERVERS
from dlt_local.redaction import hide

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from confluent_kafka import Message as Record

_REFUSED = frozenset({KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED})
_OTHERS_MAY = 0o077
_Client = TypeVar("_Client")
_ANSWER_SECONDS = 10
_AT_A_TIME = 500
_SECRET = re.compile(r"password|secret|\.pem$", re.IGNORECASE)
# What librdkafka logs it also raises or reports, to us.
_SILENT = logging.getLogger(f"{__name__}.librdkafka")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


@dataclass(frozen=True, slots=True)
class KafkaClient:
    """Where brokers listen, and further settings of the client by librdkafka's names."""

    bootstrap_servers: str
    settings: Mapping[str, str] = field(default_factory=dict)

    def producer(self, **more: Any) -> Producer:
        """A producer whose messages count as delivered once every copy has them, in order and each once."""
        wanted = {
            "acks": "all",
            "enable.idempotence": True,
            # The partition of a key that Java's clients choose as well.
            "partitioner": "murmur2_random",
            **{name.replace("_", "."): value for name, value in more.items()},
        }
        return self._checked(Producer, wanted)

    def consumer(self, **more: Any) -> Consumer:
        """A consumer that commits nothing by itself and reads what is committed."""
        wanted = {
            "group.id": "fitness-console",  # demanded also where partitions are assigned by hand
            "enable.auto.commit": False,
            **{name.replace("_", "."): value for name, value in more.items()},
        }
        return self._checked(Consumer, wanted)

    def topics(self) -> dict[str, int]:
        """All topics with their numbers of partitions; BrokerError, within ten seconds, if nobody answers."""
        admin, reasons = self._admin()
        try:
            found = admin.list_topics(timeout=_ANSWER_SECONDS).topics
        except KafkaException as error:
            admin.poll(0)
            raise self._no_answer(error, reasons) from None
        return {name: len(topic.partitions) for name, topic in found.items()}

    def create_topic(self, name: str, *, partitions: int, settings: Mapping[str, str] | None = None) -> bool:
        """Whether it was made; one that is there stays as it is. BrokerError if it can not be made."""
        admin, _ = self._admin()
        wanted = NewTopic(name, num_partitions=partitions, replication_factor=-1, config=dict(settings or {}))
        try:
            admin.create_topics([wanted], operation_timeout=_ANSWER_SECONDS)[name].result(2 * _ANSWER_SECONDS)
        except KafkaException as error:
            if error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS:
                return False
            message = f"Topic '{name}' cannot be made at {self.bootstrap_servers}: {error.args[0].str()}"
            raise BrokerError(message) from None
        return True

    def retention_ms(self, topic: str) -> int | None:
        """For how long the topic keeps messages, by their own times; None for ever, or if it may not be asked."""
        admin, _ = self._admin()
        wanted = ConfigResource(ConfigResource.Type.TOPIC, topic)
        try:
            found = admin.describe_configs([wanted])[wanted].result(_ANSWER_SECONDS)
        except KafkaException:
            return None
        counts_from_arrival = found["message.timestamp.type"].value == "LogAppendTime"
        retention = int(found["retention.ms"].value)
        return None if counts_from_arrival or retention < 0 else retention

    def _admin(self) -> tuple[AdminClient, list[KafkaError]]:
        reasons: list[KafkaError] = []
        return self._checked(AdminClient, {"error_cb": reasons.append}), reasons

    def _checked(self, kind: Callable[..., _Client], wanted: Mapping[str, Any]) -> _Client:
        try:
            return kind(
                {"bootstrap.servers": self.bootstrap_servers, **wanted, **self.settings, "log_level": 2}, logger=_SILENT
            )
        except KafkaException as error:
            raise BrokerError(f"A setting of the Kafka client is wrong: {error.args[0].str()}") from None

    def _no_answer(self, error: KafkaException, reasons: list[KafkaError]) -> BrokerError:
        reason = (reasons or [error.args[0]])[0]
        message = f"Kafka at {self.bootstrap_servers}, the value of --bootstrap-servers or {SERVERS}, gives no answer"
        is_refused = reason.code() in _REFUSED
        remedy = (
            "Correct the login in the client settings." if is_refused else "`python -m dlt_local.kafka` starts one."
        )
        return BrokerError(f"{message}: {reason.str()}", remedy=remedy)


def waiting_records(consumer: Consumer, seconds: float) -> list[Record]:
    """Records and errors, as soon as there is one; none if none comes within so many seconds."""
    first = consumer.consume(1, seconds)
    return [*first, *consumer.consume(_AT_A_TIME, 0)] if first else []


def settings_of_file(file: Path) -> dict[str, str]:
    """The lines `name=value` of a file of client settings; lines with # are comments. No error shows its secrets."""
    settings: dict[str, str] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        name, separator, value = (part.strip() for part in line.partition("="))
        if not name or name.startswith("#"):
            continue
        if not separator:
            raise BrokerError(f"{file}:{number}: '{name}' is not NAME=VALUE")
        if _SECRET.search(name):
            hide(value)
            _refuse_other_readers(file)
        settings[name] = value
    return settings


def _refuse_other_readers(file: Path) -> None:
    if file.stat().st_mode & _OTHERS_MAY:
        raise BrokerError(f"Others can read the secrets in {file}", remedy=f"chmod 600 {file}")
