"""Asks a Kafka cluster, through the client that Spark's connector brings, before a query depends on it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from py4j.protocol import Py4JJavaError

from dlt_local.errors import FlowError, nearest
from dlt_local.flows.java_errors import throwables
from dlt_local.flows.retries import is_transient
from dlt_local.kafka.options import CLIENT, SERVERS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from pyspark.sql import SparkSession

    from dlt_local.kafka.progress import Offsets

    Places = Mapping[str, Collection[int]]
    """Partitions by topic."""

_UNKNOWN_TOPIC = "org.apache.kafka.common.errors.UnknownTopicOrPartitionException"
_REFUSED = re.compile(r"errors\.(Sasl)?Authenti\w*Exception")
# Of our own question only, whatever the pipeline sets for its queries.
_LIMITS = {"request.timeout.ms": "8000", "default.api.timeout.ms": "8000"}


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is: one that is deleted and made anew has another identity."""

    identity: str
    partitions: int


class UnknownTopicError(FlowError):
    """A topic that the cluster does not have."""

    def __init__(self, what: str, *, topic: str, remedy: str) -> None:
        self.topic = topic
        super().__init__(what, remedy=remedy)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster that the options of a source or sink (names in lower case) lead to."""

    spark: SparkSession
    options: Mapping[str, str]

    @property
    def servers(self) -> str:
        """As the pipeline gives them."""
        return self.options[SERVERS]

    def topics(self, names: Sequence[str]) -> dict[str, Topic]:
        """The topics of these names; FlowError, within ten seconds, if nobody answers or one is unknown."""
        with self._client() as client:
            described = client.describeTopics(self._jvm.java.util.ArrayList(list(names))).topicNameValues()
            return {name: self._topic(client, described, name) for name in names}

    def topics_like(self, pattern: str) -> list[str]:
        """The topics whose whole name a pattern of Java matches."""
        with self._client() as client:
            names = sorted(str(name) for name in client.listTopics().names().get())
        return [name for name in names if self._jvm.java.util.regex.Pattern.matches(pattern, name)]

    def earliest_offsets(self, places: Places) -> Offsets:
        """The offset of the oldest message that each of these partitions still has, or would have next."""
        return self._offsets(places, self._jvm.org.apache.kafka.clients.admin.OffsetSpec.earliest())

    def latest_offsets(self, places: Places) -> Offsets:
        """The offset that the next message of each of these partitions will have."""
        return self._offsets(places, self._jvm.org.apache.kafka.clients.admin.OffsetSpec.latest())

    def answers(self) -> None:
        """FlowError, within ten seconds, if nobody does."""
        with self._client() as client:
            client.describeCluster().nodes().get()

    @property
    def _jvm(self) -> Any:
        return self.spark._jvm

    def _topic(self, client: Any, described: Any, name: str) -> Topic:
        try:
            found = described.get(name).get()
        except Py4JJavaError as error:
            if _UNKNOWN_TOPIC not in _classes(error):
                raise
            known = sorted(str(known) for known in client.listTopics().names().get())
            remedy = nearest(name, known) or "Make it, or correct the name."
            message = f"Kafka at {self.servers} has no topic '{name}'"
            raise UnknownTopicError(message, topic=name, remedy=remedy) from None
        return Topic(str(found.topicId()), int(found.partitions().size()))

    def _offsets(self, places: Places, spec: Any) -> Offsets:
        partition_of = self._jvm.org.apache.kafka.common.TopicPartition
        keys = {(topic, number): partition_of(topic, number) for topic in places for number in places[topic]}
        wanted = self._jvm.java.util.HashMap()
        for key in keys.values():
            wanted.put(key, spec)
        found: Offsets = {topic: {} for topic in places}
        with self._client() as client:
            results = client.listOffsets(wanted)
            for (topic, number), key in keys.items():
                found[topic][number] = int(results.partitionResult(key).get().offset())
        return found

    @contextmanager
    def _client(self) -> Iterator[Any]:
        own = {name.removeprefix(CLIENT): value for name, value in self.options.items() if name.startswith(CLIENT)}
        settings = self._jvm.java.util.HashMap()
        for name, value in {**own, **_LIMITS}.items():
            settings.put(name, value)
        client = None
        try:
            client = self._jvm.org.apache.kafka.clients.admin.AdminClient.create(settings)
            yield client
        except Py4JJavaError as error:
            raise self._no_answer(error) from None
        finally:
            if client is not None:
                client.close(self._jvm.java.time.Duration.ofMillis(0))

    def _no_answer(self, error: Py4JJavaError) -> FlowError:
        *_, cause = throwables(error)
        reason = cause.getMessage() or cause.getClass().getSimpleName()
        what = "refuses the login" if _REFUSED.search(cause.getClass().getName()) else "cannot be used"
        message = f"Kafka at {self.servers}, the value of '{SERVERS}', {what}: {reason}"
        failure = FlowError(message, remedy=self._remedy() if is_transient(error) else None)
        failure.is_transient = is_transient(error)
        return failure

    def _remedy(self) -> str:
        configuration: Mapping[str, str] = self.spark.conf.getAll
        keys = sorted(key for key, value in configuration.items() if value == self.servers)
        origin = f" The configuration has the address under {', '.join(keys)}." if keys else ""
        return f"Is a broker running there? `python -m dlt_local.kafka` starts one.{origin}"


def _classes(error: Py4JJavaError) -> list[str]:
    return [str(throwable.getClass().getName()) for throwable in throwables(error)]
