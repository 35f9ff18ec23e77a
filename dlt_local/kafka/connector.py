"""Spark's Kafka connector: fetched when a pipeline first mentions Kafka, then on the class path of every Java."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from py4j.protocol import Py4JError

from dlt_local.kafka.errors import ConnectorMissingError
from dlt_local.session.errors import JarsUnavailableError
from dlt_local.session.jars import KAFKA_CONNECTOR_JARS, cached_jars
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from dlt_local.project.spec import PipelineSpec
    from dlt_local.source_location import SourceLocation

_MENTION = re.compile(rb"""["']kafka["']""", re.IGNORECASE)
_PROVIDER = "org.apache.spark.sql.kafka010.KafkaSourceProvider"


def fetch_if_mentioned(spec: PipelineSpec) -> None:
    """Fetch the connector before Java starts, if a source file says "kafka"; the word alone is no reason to fail."""
    files = {*spec.source_files, *spec.root_path.rglob("*.py")}
    if any(_MENTION.search(file.read_bytes()) for file in files if file.is_file()):
        with suppress(JarsUnavailableError):
            cached_jars(KAFKA_CONNECTOR_JARS)


def require_connector(spark: SparkSession, where: SourceLocation | None = None) -> None:
    """ConnectorMissingError if this Java has started without it; JarsUnavailableError if it cannot be fetched."""
    jvm = spark._jvm
    try:
        jvm.java.lang.Class.forName(_PROVIDER)  # type: ignore[union-attr] # only Spark Connect has none
    except Py4JError:
        where = where or caller_location()
        try:
            cached_jars(KAFKA_CONNECTOR_JARS)
        except JarsUnavailableError as error:
            error.where = where
            raise
        message = "Spark runs in this process already, without its Kafka connector, which is now in the cache"
        raise ConnectorMissingError(message, where=where, remedy="Start the process again.") from None
