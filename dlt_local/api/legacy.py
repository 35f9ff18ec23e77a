"""Older names of the API that pipelines in use still call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame, SparkSession

from dlt_local.api import datasets
from dlt_local.api.registry import active_registry
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from collections.abc import Callable


def read(name: str) -> DataFrame:
    """All rows of a data set of this pipeline; today `spark.read.table`."""
    return SparkSession.active().read.table(name)


def read_stream(name: str) -> DataFrame:
    """New rows of a data set of this pipeline; today `spark.readStream.table`."""
    return SparkSession.active().readStream.table(name)


def _deprecated(name: str, current: Callable[..., Any]) -> Callable[..., Any]:
    """`current` under its old name; the update reports the use as a deprecation."""

    def old(*args: Any, **kwargs: Any) -> Any:
        active_registry(name).deprecated(f"'{name}'", f"'{current.__name__}'", caller_location())
        return current(*args, **kwargs)

    old.__name__ = name
    old.__doc__ = f"The older name of `{current.__name__}`."
    old.__wrapped__ = current  # type: ignore[attr-defined] # gives `inspect` the signature
    return old


create_table = _deprecated("create_table", datasets.table)
create_view = _deprecated("create_view", datasets.temporary_view)
create_target_table = _deprecated("create_target_table", datasets.create_streaming_table)
create_streaming_live_table = _deprecated("create_streaming_live_table", datasets.create_streaming_table)
