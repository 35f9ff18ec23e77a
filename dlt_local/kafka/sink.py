"""What must be true before a flow writes to Kafka."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.kafka.cluster import Cluster
from dlt_local.kafka.options import hide_passwords, sink_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession


def ready_options(spark: SparkSession, options: Mapping[str, str]) -> dict[str, str]:
    """The options with limits of time, once the broker answers; FlowError if it does not."""
    hide_passwords(options)
    Cluster(spark, {name.lower(): value for name, value in options.items()}).answers()
    return {**options, **sink_limits(options)}
