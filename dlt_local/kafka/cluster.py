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
    from collections.abc import Iterator, Mapping, Sequence

    from pyspark.sql import SparkSession

    from dlt_local.kafka.progress import Offsets

_UNKNOWN_TOPIC = "org.apache.kafka.common.errors.UnknownTopicOrPartitionException"
_REFUSED = re.compile(r"errors\.(Sasl)?Authenti\w*Exception")
# Of our own question only, whatever the pipeline sets for its queries.
_LIMITS = {"request.timeout.ms": "8000", "default.api.timeout.ms": "8000"}


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

    def topic_ids(self, topics: Sequence[str]) -> dict[str, str]:
        """The id of each topic, which a topic that is deleted and made anew does not keep.

        FlowError, within ten seconds, if nobody answers at the address or a topic is unknown.
        """
        with self._client() as client:
            described = client.describeTopics(self._jvm.java.util.ArrayList(list(topics))).topicNameValues()
            return {topic: self._topic_id(client, described, topic) for topic in topics}

    def matching(self, pattern: str) -> list[str]:
        """Names of the topics that a regular expression matches as a whole."""
        with self._client() as client:
            names = sorted(str(name) for name in client.listTopics().names().get())
        return [name for name in names if self._jvm.java.util.regex.Pattern.matches(pattern, name)]

    def earliest_offsets(self, places: Offsets) -> Offsets:
        """The offset of the oldest message that each of these partitions still has, or would have next."""
        partition_of = self._jvm.org.apache.kafka.common.TopicPartition
        wanted = self._jvm.java.util.HashMap()
        for topic, partitions in places.items():
            for partition in partitions:
                wanted.put(
                    partition_of(topic, partition), self._jvm.org.apache.kafka.clients.admin.OffsetSpec.earliest()
                )
        with self._client() as client:
            found = client.listOffsets(wanted)
            return {
                topic: {
                    partition: int(found.partitionResult(partition_of(topic, partition)).get().offset())
                    for partition in partitions
                }
                for topic, partitions in places.items()
            }

    def answers(self) -> None:
        """FlowError, within ten seconds, if nobody does."""
        with self._client() as client:
            client.describeCluster().nodes().get()

    @property
    def _jvm(self) -> Any:
        return self.spark._jvm

    def _topic_id(self, client: Any, described: Any, topic: str) -> str:
        try:
            return str(described.get(topic).get().topicId())
        except Py4JJavaError as error:
            if _UNKNOWN_TOPIC not in _classes(error):
                raise
            known = sorted(str(name) for name in client.listTopics().names().get())
            remedy = nearest(topic, known) or "Make it, or correct the name."
            message = f"Kafka at {self.servers} has no topic '{topic}'"
            raise UnknownTopicError(message, topic=topic, remedy=remedy) from None

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
