"""Append flows with `once`: a batch query whose rows are appended a single time, for backfills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.flows.outcome import Progress
from dlt_local.stores import delta_log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from dlt_local.expectations import Check
    from dlt_local.flows.outcome import OnProgress
    from dlt_local.stores.state import TableFolder

# What a flow remembers after its only run.
DONE = {"once": True}


def append(frame: DataFrame, folder: TableFolder, flow: str, checks: Sequence[Check], on_progress: OnProgress) -> None:
    """Append the rows of a batch frame to a table.

    The transaction id lets Delta skip a run that was killed between its commit and the note that it is done.
    """
    before = delta_log.latest_version(folder.path)
    writer = frame.write.format("delta").mode("append").option("mergeSchema", "true")
    writer.option("txnAppId", f"once/{flow}").option("txnVersion", "1").save(str(folder.path))
    if delta_log.latest_version(folder.path) > before:
        on_progress(Progress.of_batch(delta_log.rows_written(folder.path, before), checks))
