"""The options of Spark's Kafka source and sink: which there are, which we set, which hold secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlt_local.errors import DefinitionError, UnsupportedError, nearest
from dlt_local.redaction import hide

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dlt_local.source_location import SourceLocation

KAFKA = "kafka"
SERVERS = "kafka.bootstrap.servers"
CLIENT = "kafka."
SOURCE_OPTIONS = (
    "assign",
    "subscribe",
    "subscribePattern",
    "startingOffsets",
    "startingOffsetsByTimestamp",
    "startingOffsetsByTimestampStrategy",
    "startingTimestamp",
    "endingOffsets",
    "endingOffsetsByTimestamp",
    "endingTimestamp",
    "failOnDataLoss",
    "fetchOffset.numRetries",
    "fetchOffset.retryIntervalMs",
    "groupIdPrefix",
    "includeHeaders",
    "kafkaConsumer.pollTimeoutMs",
    "maxOffsetsPerTrigger",
    "maxRecordsPerPartition",
    "maxTriggerDelay",
    "minOffsetsPerTrigger",
    "minPartitions",
)
SINK_OPTIONS = ("topic", "includeHeaders")
DATABRICKS_OPTIONS = ("databricks.serviceCredential", "databricks.serviceCredential.scope", "serviceCredential")
# Kafka's clients and Spark's own repetitions try for minutes by default. A limit that the pipeline sets replaces its
# whole group, because Kafka demands an order among them.
_SOURCE_LIMITS: tuple[Mapping[str, str], ...] = (
    {"kafka.request.timeout.ms": "20000", "kafka.default.api.timeout.ms": "20000"},
    {"fetchoffset.numretries": "1"},
    {"kafkaconsumer.polltimeoutms": "25000"},
)
_SINK_LIMITS: tuple[Mapping[str, str], ...] = (
    {"kafka.request.timeout.ms": "20000", "kafka.delivery.timeout.ms": "25000", "kafka.linger.ms": "0"},
    {"kafka.max.block.ms": "20000"},
)
_SECRET = re.compile(r"password|secret|jaas", re.IGNORECASE)
_QUOTED = re.compile(r"""(?:password|secret)\w*\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s;]+))""", re.IGNORECASE)


def check_source_options(options: Mapping[str, str], where: SourceLocation) -> None:
    """Unknown options and a missing address are errors; Spark itself would pass over a misspelt option."""
    _check("source", options, SOURCE_OPTIONS, where)


def check_sink_options(options: Mapping[str, str], where: SourceLocation) -> None:
    """The same for the options of a sink."""
    _check("sink", options, SINK_OPTIONS, where)


def source_limits(options: Mapping[str, str]) -> dict[str, str]:
    """Time limits to add to a read with these options."""
    return _limits(options, _SOURCE_LIMITS)


def sink_limits(options: Mapping[str, str]) -> dict[str, str]:
    """Time limits to add to a sink with these options."""
    return _limits(options, _SINK_LIMITS)


def hide_passwords(options: Mapping[str, str]) -> None:
    """From now on, no event and no error shows the secret values among the options."""
    for name, value in options.items():
        if _SECRET.search(name):
            hide(value)
            for found in _QUOTED.finditer(value):
                hide(found[1] or found[2] or found[3])


def _check(side: str, options: Mapping[str, str], known: Collection[str], where: SourceLocation) -> None:
    names = {name.lower() for name in known}
    elsewhere = {name.lower() for name in DATABRICKS_OPTIONS}
    for name in options:
        if name.lower() in elsewhere:
            message = f"Kafka option '{name}' is served by Databricks only"
            raise UnsupportedError(
                message, where=where, remedy="Give the client's own options, kafka.sasl.* and others."
            )
        if name.lower() not in names and not name.lower().startswith(CLIENT):
            remedy = nearest(name, known) or "Options of the Kafka client begin with 'kafka.'."
            raise DefinitionError(f"The Kafka {side} has no option '{name}'", where=where, remedy=remedy)
    if not {name.lower(): value for name, value in options.items()}.get(SERVERS):
        remedy = "It names a broker as host:port."
        raise DefinitionError(f"The Kafka {side} needs the option '{SERVERS}'", where=where, remedy=remedy)


def _limits(options: Mapping[str, str], groups: Collection[Mapping[str, str]]) -> dict[str, str]:
    given = {name.lower() for name in options}
    return {name: value for group in groups if not given & group.keys() for name, value in group.items()}
