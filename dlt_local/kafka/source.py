"""What must be true before a flow reads Kafka."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dlt_local.errors import DefinitionError, FlowError
from dlt_local.kafka.cluster import Cluster
from dlt_local.kafka.options import hide_passwords

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyspark.sql import SparkSession

_FILE = "kafka_topics.json"


def topics_read(spark: SparkSession, options: Mapping[str, str]) -> dict[str, str]:
    """The topics that a read with these options names, with their ids; FlowError if one, or the broker, is not there.

    None for a pattern: what it matches is seen by Spark alone.
    """
    hide_passwords(options)
    cluster = Cluster(spark, options)
    topics = _topics(options)
    if topics:
        return cluster.topic_ids(topics)
    cluster.answers()
    return {}


def partitions_read(spark: SparkSession, options: Mapping[str, str]) -> int:
    """How many partitions a read with these options takes from; FlowError as above."""
    cluster = Cluster(spark, options)
    if "assign" in options:
        return sum(len(partitions) for partitions in json.loads(options["assign"]).values())
    return cluster.partitions(_topics(options) or cluster.topics_like(options.get("subscribepattern", "")))


def refuse_recreated(checkpoint: Path, number: int, ids: Mapping[str, str], options: Mapping[str, str]) -> None:
    """FlowError if a topic of the flow's `number`-th read is another one than the checkpoint speaks of.

    Spark would go on at the old offset of the new topic, and silently leave out what lies before it. With
    `failOnDataLoss` set to false that is what the pipeline wants.
    """
    file = checkpoint.parent / _FILE
    known: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if _has_offsets(checkpoint, file) else {}
    now = {f"{number}/{topic}": identity for topic, identity in ids.items()}
    if options.get("failondataloss", "true").lower() != "false":
        for place, identity in now.items():
            if known.get(place, identity) != identity:
                raise _recreated(place.partition("/")[2], checkpoint)
    _keep(file, known | now)


def _topics(options: Mapping[str, str]) -> list[str]:
    if "assign" in options:
        try:
            return [str(topic) for topic in json.loads(options["assign"])]
        except ValueError as error:
            message = f"Kafka option 'assign' is no JSON: {options['assign']}"
            raise DefinitionError(message, remedy='It looks like {"topic": [0, 1]}.') from error
    names = [name.strip() for name in options.get("subscribe", "").split(",")]
    return [name for name in names if name]


def _has_offsets(checkpoint: Path, file: Path) -> bool:
    return file.exists() and any((checkpoint / "offsets").glob("[0-9]*"))


def _recreated(topic: str, checkpoint: Path) -> FlowError:
    flow, table = checkpoint.parent.name, checkpoint.parents[3].name
    message = f"Topic '{topic}' was deleted and made anew since flow '{flow}' read it; its offsets begin again"
    remedy = (
        f"Run with --reset-checkpoint {flow} to keep the rows and read the new topic from 'startingOffsets',"
        f" or with --full-refresh {table} to drop them as well."
    )
    return FlowError(message, remedy=remedy)


def _keep(file: Path, ids: Mapping[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(ids, indent=1, sort_keys=True), encoding="utf-8")
    partial.replace(file)
