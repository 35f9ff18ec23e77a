"""AUTO CDC flows: change events, or snapshots, become the rows of a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.errors import StreamingQueryException

from dlt_local.api.definitions import CdcFlow
from dlt_local.cdc.apply import CdcTarget
from dlt_local.errors import FlowError
from dlt_local.flows import streaming

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dlt_local.flows.evaluation import FlowEvaluation
    from dlt_local.flows.outcome import OnProgress
    from dlt_local.graph.model import PlannedFlow
    from dlt_local.stores.state import TableFolder


def apply(
    dataset: str, flow: PlannedFlow, folder: TableFolder, evaluation: FlowEvaluation, on_progress: OnProgress
) -> None:
    """Bring the target to what all events of the source say, the new ones included."""
    if not isinstance(flow.flow, CdcFlow):
        raise FlowError("AUTO CDC FROM SNAPSHOT is not served yet", where=flow.flow.location)
    source = evaluation.dataset(flow.inputs[0], evaluation.spark.readStream)
    target = CdcTarget(flow.flow, folder, writer=f"{dataset}/{flow.name}")
    raised: list[Exception] = []

    def apply_batch(batch: DataFrame, batch_id: int) -> None:
        try:
            target.apply(batch, batch_id)
        except Exception as error:
            raised.append(error)
            raise

    try:
        streaming.for_each_batch(source, apply_batch, folder.checkpoint(flow.name), evaluation.checks, on_progress)
    except StreamingQueryException as error:
        # Spark passes an exception of this process on as text; the original says it better.
        raise raised[0] if raised else error from error
