"""The `spark_conf` of a flow: settings of the session while the flow runs, during which no other flow does."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException

from dlt_local.errors import FlowError, first_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql import SparkSession

    from dlt_local.graph.model import PlannedFlow

_OF_THE_RUNTIME = "pipelines."


def own_settings(flow: PlannedFlow) -> Mapping[str, str]:
    """What the flow sets in Spark; `pipelines.*` keys speak to the runtime."""
    conf: Mapping[str, str] = getattr(flow.flow, "spark_conf", {})
    return {key: value for key, value in conf.items() if not key.startswith(_OF_THE_RUNTIME)}


@contextmanager
def settings_of(spark: SparkSession, flow: PlannedFlow) -> Iterator[None]:
    """Set them, and afterwards what was there before."""
    before: dict[str, str | None] = {}
    try:
        for key, value in own_settings(flow).items():
            known = spark.conf.get(key, None)
            _set(spark, key, value, flow)
            before[key] = known
        yield
    finally:
        for key, known in before.items():
            if known is None:
                spark.conf.unset(key)
            else:
                spark.conf.set(key, known)


def _set(spark: SparkSession, key: str, value: str, flow: PlannedFlow) -> None:
    try:
        spark.conf.set(key, value)
    except PySparkException as error:
        message = f"'spark_conf' key '{key}' cannot be set: {first_line(error)}"
        raise FlowError(message, where=flow.flow.location, remedy="Remove it, or give it to Java's start.") from error
