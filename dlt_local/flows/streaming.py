"""Streaming flows: a Structured Streaming query per flow, run until it has seen what is there now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.errors import StreamingQueryException

from dlt_local.flows.outcome import OnProgress, Progress
from dlt_local.stores import delta_log

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyspark.sql import DataFrame
    from pyspark.sql.streaming.listener import StreamingQueryProgress
    from pyspark.sql.streaming.query import StreamingQuery
    from pyspark.sql.streaming.readwriter import DataStreamWriter

    from dlt_local.cdc.apply import CdcTarget
    from dlt_local.expectations import Check
    from dlt_local.stores.state import TableFolder


def append(frame: DataFrame, folder: TableFolder, flow: str, checks: Sequence[Check], on_progress: OnProgress) -> int:
    """Append the new rows of a streaming frame to a table, exactly once; returns the rows written."""
    before = delta_log.latest_version(folder.path)
    writer = frame.writeStream.format("delta").outputMode("append").option("mergeSchema", "true")
    query = _started(writer, folder.checkpoint(flow), str(folder.path))
    for progress in _finished(query):
        on_progress(_counted(progress, checks))
    return delta_log.rows_written(folder.path, before)


def apply_cdc(frame: DataFrame, target: CdcTarget, checks: Sequence[Check], on_progress: OnProgress) -> None:
    """Feed the new change events of a streaming frame to an AUTO CDC target."""
    raised: list[Exception] = []

    def apply(batch: DataFrame, batch_id: int) -> None:
        try:
            target.apply(batch, batch_id)
        except Exception as error:
            raised.append(error)
            raise

    query = _started(frame.writeStream.foreachBatch(apply), target.folder.checkpoint(target.flow.name), None)
    try:
        finished = _finished(query)
    except StreamingQueryException as error:
        # Spark passes an exception of this process on as text; the original says it better.
        raise raised[0] if raised else error from error
    for progress in finished:
        on_progress(_counted(progress, checks))


def _started(writer: DataStreamWriter, checkpoint: Path, path: str | None) -> StreamingQuery:
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
    return Progress(dropped_rows=dropped, rules=rules, batch_id=progress.batchId)
