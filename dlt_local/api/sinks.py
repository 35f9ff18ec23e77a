"""Declarations of sinks: places outside the pipeline that append flows write to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlt_local.api import arguments
from dlt_local.api.definitions import BatchHandler, Dataset, Kind, Sink
from dlt_local.api.registry import active_registry
from dlt_local.errors import DefinitionError, UnsupportedError
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FOREACH_BATCH = "foreachBatch"
# Spark's own streaming writers that must not be reached under a name that Databricks does not serve.
_NOT_A_SINK = frozenset({"console", "csv", "json", "memory", "orc", "parquet", "text"})


def create_sink(name: str, format: str, options: Mapping[str, str] | None = None) -> None:
    """A sink of format `delta` (`tableName` or `path`), `kafka`, or a Python data source that is registered."""
    where = caller_location()
    kind = arguments.text(format, "format", where)
    if not kind:
        raise DefinitionError("'create_sink' needs a format", where=where, remedy="delta, kafka or a data source.")
    if kind.lower() in _NOT_A_SINK:
        message = f"Sink format '{kind}' is not supported"
        raise UnsupportedError(message, where=where, remedy="Use delta, kafka or a Python data source.")
    settings = arguments.text_map(options, "options", where)
    if kind.lower() == "delta":
        arguments.exclusive(where, tableName=settings.get("tableName"), path=settings.get("path"))
        if not settings.get("tableName") and not settings.get("path"):
            raise DefinitionError("A delta sink needs the option 'tableName' or 'path'", where=where)
    sink = Sink(kind, settings)
    dataset = Dataset(arguments.dataset_name(name, where, is_view=True), Kind.SINK, where, sink=sink)
    active_registry("create_sink").add_dataset(dataset)


def foreach_batch_sink(handler: BatchHandler | None = None, *, name: str | None = None) -> Any:
    """A sink whose function takes each micro-batch as `(df, batch_id)`; bare, or with a name of its own."""
    where = caller_location()

    def decorate(function: BatchHandler) -> BatchHandler:
        checked: Callable[..., Any] = arguments.query_function(function, "foreach_batch_sink", where)
        sink = Sink(FOREACH_BATCH, handler=checked)
        dataset = arguments.dataset_name(arguments.name_or(name, checked), where, is_view=True)
        active_registry("foreach_batch_sink").add_dataset(Dataset(dataset, Kind.SINK, where, sink=sink))
        return function

    if isinstance(handler, str):
        handler, name = None, handler
    return decorate if handler is None else decorate(handler)
