"""Streaming flows: a Structured Streaming query per flow, run until it has seen what is there now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dlt_local.flows.outcome import OnProgress, Progress
from dlt_local.stores import delta_log
from dlt_local.stores.checkpoints import note, refuse_lost

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyspark.sql import DataFrame
    from pyspark.sql.streaming.listener import StreamingQueryProgress
    from pyspark.sql.streaming.query import StreamingQuery
    from pyspark.sql.streaming.readwriter import DataStreamWriter

    from dlt_local.api.definitions import BatchHandler
    from dlt_local.expectations import Check
    from dlt_local.stores.state import TableFolder


def append(frame: DataFrame, folder: TableFolder, flow: str, checks: Sequence[Check], on_progress: OnProgress) -> None:
    """Append the new rows of a streaming frame to a table, exactly once."""
    before = delta_log.latest_version(folder.path)
    writer = frame.writeStream.format("delta").outputMode("append").option("mergeSchema", "true")
    counted = list[Progress]()
    run_writer(writer, folder.checkpoint(flow), str(folder.path), checks, counted.append)
    rows = delta_log.rows_by_batch(folder.path, before)
    for progress in counted:
        on_progress(replace(progress, output_rows=rows.get(progress.batch_id, 0)))


def for_each_batch(
    frame: DataFrame, handler: BatchHandler, checkpoint: Path, checks: Sequence[Check], on_progress: OnProgress
) -> None:
    """Give each micro-batch of the new rows to a function."""
    run_writer(frame.writeStream.foreachBatch(handler), checkpoint, None, checks, on_progress)


def run_writer(
    writer: DataStreamWriter, checkpoint: Path, path: str | None, checks: Sequence[Check], on_progress: OnProgress
) -> None:
    """Run a streaming query until it has seen what is there now."""
    for progress in _finished(_started(writer, checkpoint, path)):
        on_progress(_counted(progress, checks))
    note(checkpoint)


def _started(writer: DataStreamWriter, checkpoint: Path, path: str | None) -> StreamingQuery:
    refuse_lost(checkpoint)
    return writer.option("checkpointLocation", str(checkpoint)).trigger(availableNow=True).start(path)


def _finished(query: StreamingQuery) -> list[StreamingQueryProgress]:
    """Wait for the end; progress of the micro-batches that had rows."""
    try:
        query.awaitTermination()
    finally:
        query.stop()
    return [progress for progress in query.recentProgress if progress.numInputRows > 0]


def _counted(progress: StreamingQueryProgress, checks: Sequence[Check]) -> Progress:
    observed = {name: row.asDict() for name, row in progress.observedMetrics.items()}
    found = [check for check in checks if check.metric in observed]
    rules = tuple(count for check in found for count in check.counts(observed[check.metric]))
    dropped = sum(int(observed[check.metric]["dropped"] or 0) for check in found)
    return Progress(dropped_rows=dropped, rules=rules, batch_id=progress.batchId, stream_json=progress.json)
