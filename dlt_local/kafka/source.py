"""What must be true before a flow reads Kafka."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.errors import DefinitionError, FlowError
from dlt_local.kafka.cluster import Cluster, Topic, UnknownTopicError
from dlt_local.kafka.options import hide_passwords
from dlt_local.kafka.progress import Offsets, has_offsets, next_offsets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyspark.sql import SparkSession

_FILE = "kafka_topics.json"
_GO_ON = "Set the option 'failOnDataLoss' to false for one update"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a stream is about to read: partitions, messages that are there now, and which ones are lost, if any."""

    partitions: int
    messages: int
    loss: str | None


def refuse_unknown(spark: SparkSession, options: Mapping[str, str]) -> None:
    """FlowError if the broker, or a topic that a read with these options names, is not there."""
    hide_passwords(options)
    _topics_read(Cluster(spark, options), options)


@dataclass(frozen=True, slots=True)
class Stream:
    """The `number`-th streaming read of Kafka of a flow with this checkpoint, with these options in lower case."""

    spark: SparkSession
    checkpoint: Path
    number: int
    options: Mapping[str, str]

    def outlook(self) -> Outlook:
        """FlowError if messages that the flow has not read are gone, or the broker or a topic is not there.

        With `failOnDataLoss` set to false the flow goes on with what is left: then the outlook says what is lost.
        """
        hide_passwords(self.options)
        cluster = Cluster(self.spark, self.options)
        done = next_offsets(self.checkpoint)
        try:
            topics = _topics_read(cluster, self.options)
        except UnknownTopicError as error:
            if error.topic in done:
                raise self._deleted(error.topic, done, error) from None
            raise
        self._refuse_recreated({name: topic.identity for name, topic in topics.items()})
        places = _assigned(self.options) or {name: list(range(topic.partitions)) for name, topic in topics.items()}
        earliest, latest = cluster.earliest_offsets(places), cluster.latest_offsets(places)
        lost = _lost(done, earliest)
        if lost and not self._may_lose:
            raise self._expired(lost)
        partitions = sum(len(numbers) for numbers in places.values())
        return Outlook(partitions, _waiting(done, earliest, latest), self._loss(lost) if lost else None)

    @property
    def _may_lose(self) -> bool:
        return self.options.get("failondataloss", "true").lower() == "false"

    @property
    def _flow(self) -> str:
        return self.checkpoint.parent.name

    def _refuse_recreated(self, ids: Mapping[str, str]) -> None:
        """Spark would go on at the old offset of the new topic, and silently leave out what lies before it."""
        file = self.checkpoint.parent / _FILE
        is_known = file.exists() and has_offsets(self.checkpoint)
        known: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if is_known else {}
        now = {f"{self.number}/{topic}": identity for topic, identity in ids.items()}
        for place, identity in now.items():
            if known.get(place, identity) != identity and not self._may_lose:
                raise self._recreated(place.partition("/")[2])
        _keep(file, known | now)

    def _deleted(self, topic: str, done: Offsets, error: UnknownTopicError) -> FlowError:
        read = ", ".join(f"{offset} of partition {partition}" for partition, offset in sorted(done[topic].items()))
        message = f"{error.what}: it was deleted since flow '{self._flow}' read it, and with it all after offset {read}"
        remedy = (
            f"Make it anew and run with --reset-checkpoint {self._flow}, which keeps the rows and reads all topics from"
            f" 'startingOffsets', or name it no longer. {_GO_ON} to read on without it."
        )
        return FlowError(message, remedy=remedy)

    def _recreated(self, topic: str) -> FlowError:
        table = self.checkpoint.parents[3].name
        message = (
            f"Topic '{topic}' was deleted and made anew since flow '{self._flow}' read it; its offsets begin again"
        )
        remedy = (
            f"Run with --reset-checkpoint {self._flow} to keep the rows and read the new topic from 'startingOffsets',"
            f" or with --full-refresh {table} to drop them as well."
        )
        return FlowError(message, remedy=remedy)

    def _loss(self, lost: list[tuple[str, int, int, int]]) -> str:
        parts = [
            f"{end - begin} of topic '{topic}', partition {partition} (offsets {begin} to {end - 1})"
            for topic, partition, begin, end in lost
        ]
        number = sum(end - begin for _, _, begin, end in lost)
        return f"Kafka has deleted messages before flow '{self._flow}' read them, lost={number}: {', '.join(parts)}"

    def _expired(self, lost: list[tuple[str, int, int, int]]) -> FlowError:
        remedy = f"{_GO_ON} to go on with those that are left, and let the topic keep messages for longer."
        return FlowError(self._loss(lost), remedy=remedy)


def _topics_read(cluster: Cluster, options: Mapping[str, str]) -> dict[str, Topic]:
    """The topics that a read with these options means."""
    pattern = options.get("subscribepattern")
    names = cluster.topics_like(pattern) if pattern else _names(options)
    if names:
        return cluster.topics(names)
    cluster.answers()
    return {}


def _lost(done: Offsets, earliest: Offsets) -> list[tuple[str, int, int, int]]:
    """Topic, partition, and the offsets from and before which messages are gone that nobody has read."""
    return [
        (topic, partition, done[topic][partition], oldest)
        for topic, partitions in sorted(earliest.items())
        for partition, oldest in sorted(partitions.items())
        if partition in done.get(topic, {}) and done[topic][partition] < oldest
    ]


def _waiting(done: Offsets, earliest: Offsets, latest: Offsets) -> int:
    """Messages that the flow has not read; before its first update, all."""
    return sum(
        end - max(earliest[topic][partition], done.get(topic, {}).get(partition, 0))
        for topic, partitions in latest.items()
        for partition, end in partitions.items()
    )


def _names(options: Mapping[str, str]) -> list[str]:
    names = [name.strip() for name in options.get("subscribe", "").split(",")]
    return list(_assigned(options)) or [name for name in names if name]


def _assigned(options: Mapping[str, str]) -> dict[str, list[int]]:
    """Partitions by topic that the option `assign` gives; empty without it."""
    try:
        given = json.loads(options.get("assign", "{}"))
        return {str(topic): [int(partition) for partition in partitions] for topic, partitions in given.items()}
    except (AttributeError, TypeError, ValueError) as error:
        message = f"Kafka option 'assign' is no JSON: {options['assign']}"
        raise DefinitionError(message, remedy='It looks like {"topic": [0, 1]}.') from error


def _keep(file: Path, ids: Mapping[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(ids, indent=1, sort_keys=True), encoding="utf-8")
    partial.replace(file)
