"""Asks a Kafka cluster, through the client that Spark's connector brings, before a query depends on it."""

from __future__ import annotations

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

_UNKNOWN_TOPIC = "org.apache.kafka.common.errors.UnknownTopicOrPartitionException"
# Of our own question only, whatever the pipeline sets for its queries.
_LIMITS = {"request.timeout.ms": "8000", "default.api.timeout.ms": "8000"}


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

    def partitions(self, topics: Sequence[str]) -> int:
        """How many partitions the topics have together."""
        with self._client() as client:
            described = client.describeTopics(self._jvm.java.util.ArrayList(list(topics))).allTopicNames().get()
            return sum(described.get(topic).partitions().size() for topic in topics)

    def topics_like(self, pattern: str) -> list[str]:
        """The topics whose whole name a pattern of Java matches."""
        with self._client() as client:
            names = [str(name) for name in client.listTopics().names().get()]
        return [name for name in names if self._jvm.java.util.regex.Pattern.matches(pattern, name)]

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
            raise FlowError(f"Kafka at {self.servers} has no topic '{topic}'", remedy=remedy) from None

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
        message = f"Kafka at {self.servers}, the value of '{SERVERS}', cannot be used: {reason}"
        remedy = "Is a broker running there? `python -m dlt_local.kafka` starts one." if is_transient(error) else None
        failure = FlowError(message, remedy=remedy)
        failure.is_transient = is_transient(error)
        return failure


def _classes(error: Py4JJavaError) -> list[str]:
    return [str(throwable.getClass().getName()) for throwable in throwables(error)]
