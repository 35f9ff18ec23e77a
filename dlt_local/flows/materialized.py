"""Materialized views: the table is replaced by the result of its query in one commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.flows.outcome import Progress
from dlt_local.stores.replacement import replace_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from dlt_local.expectations import Check
    from dlt_local.flows.outcome import OnProgress
    from dlt_local.stores.state import TableFolder


def replace(frame: DataFrame, folder: TableFolder, checks: Sequence[Check], on_progress: OnProgress) -> None:
    """Overwrite the table; readers see the old rows until the new ones are complete."""
    on_progress(Progress.of_batch(replace_rows(frame, folder), checks))
