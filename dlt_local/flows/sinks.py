"""Flows into sinks: Delta tables outside the pipeline, Kafka, Python data sources, functions that take each batch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dlt_local.api.sinks import FOREACH_BATCH
from dlt_local.flows import streaming
from dlt_local.kafka.options import KAFKA
from dlt_local.kafka.sink import ready_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from dlt_local.api.definitions import Sink
    from dlt_local.expectations import Check
    from dlt_local.flows.outcome import OnProgress
    from dlt_local.flows.pace import Pace
    from dlt_local.graph.names import Definitions
    from dlt_local.stores.state import StateFolder, TableFolder


def write(  # noqa: PLR0913, PLR0917 - what a query needs
    frame: DataFrame,
    sink: Sink,
    folder: TableFolder,
    flow: str,
    checks: Sequence[Check],
    on_progress: OnProgress,
    pace: Pace,
) -> None:
    """Give the new rows of a streaming frame to a sink; `folder` keeps the checkpoint."""
    checkpoint = folder.checkpoint(flow)
    if sink.format == FOREACH_BATCH and sink.handler is not None:
        streaming.for_each_batch(frame, sink.handler, checkpoint, checks, on_progress, pace)
        return
    options = sink.options
    if sink.format.lower() == KAFKA:
        options = ready_options(frame.sparkSession, options)
    writer = frame.writeStream.format(sink.format).outputMode("append").options(**options)
    streaming.run_writer(writer, checkpoint, checks, on_progress, pace)


def located(sink: Sink, definitions: Definitions, state: StateFolder) -> Sink:
    """The sink with a Delta table's name replaced by the folder where local tables of that name lie."""
    name = sink.options.get("tableName")
    if sink.format.lower() != "delta" or name is None:
        return sink
    others = {key: value for key, value in sink.options.items() if key != "tableName"}
    return replace(sink, options={**others, "path": str(state.table(definitions.full_name(name)).path)})
