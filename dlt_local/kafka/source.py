"""What must be true before a flow reads Kafka."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.errors import DefinitionError, FlowError
from dlt_local.kafka.cluster import Cluster, UnknownTopicError
from dlt_local.kafka.options import hide_passwords
from dlt_local.kafka.progress import Offsets, has_offsets, next_offsets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyspark.sql import SparkSession

_FILE = "kafka_topics.json"
_GO_ON = "Set the option 'failOnDataLoss' to false for one update"


def refuse_unknown(spark: SparkSession, options: Mapping[str, str]) -> None:
    """FlowError if the broker, or a topic that a read with these options names, is not there."""
    hide_passwords(options)
    _ids(Cluster(spark, options), options)


@dataclass(frozen=True, slots=True)
class Stream:
    """The `number`-th streaming read of Kafka of a flow with this checkpoint, with these options in lower case."""

    spark: SparkSession
    checkpoint: Path
    number: int
    options: Mapping[str, str]

    def refuse_losses(self) -> str | None:
        """FlowError if messages that the flow has not read are gone, or the broker or a topic is not there.

        With `failOnDataLoss` set to false the flow goes on with what is left: then this says what is lost, if anything.
        """
        hide_passwords(self.options)
        cluster = Cluster(self.spark, self.options)
        places = next_offsets(self.checkpoint)
        try:
            ids = _ids(cluster, self.options)
        except UnknownTopicError as error:
            if error.topic in places:
                raise self._deleted(error.topic, places, error) from None
            raise
        self._refuse_recreated(ids)
        known = {topic: places[topic] for topic in ids if topic in places}
        lost = _lost(known, cluster.earliest_offsets(known)) if known else []
        if lost and not self._may_lose:
            raise self._expired(lost)
        return self._loss(lost) if lost else None

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

    def _deleted(self, topic: str, places: Offsets, error: UnknownTopicError) -> FlowError:
        read = ", ".join(f"{offset} of partition {partition}" for partition, offset in sorted(places[topic].items()))
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


def _ids(cluster: Cluster, options: Mapping[str, str]) -> dict[str, str]:
    """The id of each topic that a read with these options means."""
    pattern = options.get("subscribepattern")
    topics = cluster.matching(pattern) if pattern else _topics(options)
    if topics:
        return cluster.topic_ids(topics)
    cluster.answers()
    return {}


def _lost(places: Offsets, earliest: Offsets) -> list[tuple[str, int, int, int]]:
    """Topic, partition, and the offsets from and before which messages are gone that nobody has read."""
    return [
        (topic, partition, offset, earliest[topic][partition])
        for topic, partitions in sorted(places.items())
        for partition, offset in sorted(partitions.items())
        if offset < earliest[topic].get(partition, offset)
    ]


def _topics(options: Mapping[str, str]) -> list[str]:
    if "assign" in options:
        try:
            return [str(topic) for topic in json.loads(options["assign"])]
        except ValueError as error:
            message = f"Kafka option 'assign' is no JSON: {options['assign']}"
            raise DefinitionError(message, remedy='It looks like {"topic": [0, 1]}.') from error
    names = [name.strip() for name in options.get("subscribe", "").split(",")]
    return [name for name in names if name]


def _keep(file: Path, ids: Mapping[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(ids, indent=1, sort_keys=True), encoding="utf-8")
    partial.replace(file)
