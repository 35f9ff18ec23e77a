"""Streaming flows: a Structured Streaming query per flow."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from dlt_local.flows.outcome import OnProgress, Progress
from dlt_local.flows.pace import UNTIL_CAUGHT_UP
from dlt_local.stores import delta_log
from dlt_local.stores.checkpoints import note, refuse_lost

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pyspark.sql import DataFrame
    from pyspark.sql.streaming.listener import StreamingQueryProgress
    from pyspark.sql.streaming.readwriter import DataStreamWriter

    from dlt_local.api.definitions import BatchHandler
    from dlt_local.expectations import Check
    from dlt_local.flows.pace import Pace
    from dlt_local.stores.state import TableFolder


def append(
    frame: DataFrame,
    folder: TableFolder,
    flow: str,
    checks: Sequence[Check],
    on_progress: OnProgress,
    pace: Pace,
) -> None:
    """Append the new rows of a streaming frame to a table, exactly once."""
    seen, rows = delta_log.latest_version(folder.path), dict[int | None, int]()
    writer = frame.writeStream.format("delta").outputMode("append").option("mergeSchema", "true")
    for batches in _running(writer, folder.checkpoint(flow), str(folder.path), pace):
        # A commit may be there before the query tells of its batch; what is read twice has the same key.
        latest = delta_log.latest_version(folder.path)
        rows |= delta_log.rows_by_batch(folder.path, seen)
        seen = latest
        for progress in batches:
            on_progress(replace(_counted(progress, checks), output_rows=rows.pop(progress.batchId, 0)))


def for_each_batch(
    frame: DataFrame,
    handler: BatchHandler,
    checkpoint: Path,
    checks: Sequence[Check],
    on_progress: OnProgress,
    pace: Pace = UNTIL_CAUGHT_UP,
) -> None:
    """Give each micro-batch of the new rows to a function."""
    run_writer(frame.writeStream.foreachBatch(handler), checkpoint, checks, on_progress, pace)


def run_writer(
    writer: DataStreamWriter, checkpoint: Path, checks: Sequence[Check], on_progress: OnProgress, pace: Pace
) -> None:
    """Run a streaming query that writes no table of the pipeline."""
    for batches in _running(writer, checkpoint, None, pace):
        for progress in batches:
            on_progress(_counted(progress, checks))


def _running(
    writer: DataStreamWriter, checkpoint: Path, path: str | None, pace: Pace
) -> Iterator[list[StreamingQueryProgress]]:
    """Start a query; its micro-batches as they end."""
    refuse_lost(checkpoint)
    query = pace.applied_to(writer.option("checkpointLocation", str(checkpoint))).start(path)
    yield from pace.batches(query)
    note(checkpoint)


def _counted(progress: StreamingQueryProgress, checks: Sequence[Check]) -> Progress:
    observed = {name: row.asDict() for name, row in progress.observedMetrics.items()}
    found = [check for check in checks if check.metric in observed]
    rules = tuple(count for check in found for count in check.counts(observed[check.metric]))
    dropped = sum(int(observed[check.metric]["dropped"] or 0) for check in found)
    return Progress(
        input_rows=progress.numInputRows,
        backlog_records=_backlog(progress),
        dropped_rows=dropped,
        rules=rules,
        batch_id=progress.batchId,
        stream_json=progress.json,
    )


def _backlog(progress: StreamingQueryProgress) -> int | None:
    """Messages of Kafka that the query has not read yet; None if it reads none."""
    counts = [
        float(source.metrics["avgOffsetsBehindLatest"]) * _partitions(source.endOffset)
        for source in progress.sources
        if "avgOffsetsBehindLatest" in source.metrics
    ]
    return round(sum(counts)) if counts else None


def _partitions(offsets: str | None) -> int:
    return sum(len(partitions) for partitions in json.loads(offsets or "{}").values())
