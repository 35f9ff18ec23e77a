"""AUTO CDC flows: change events, or snapshots, become the rows of a target."""

from __future__ import annotations

from dataclasses import replace
from traceback import clear_frames
from typing import TYPE_CHECKING

from pyspark.errors import StreamingQueryException

from dlt_local.api.definitions import CdcFlow, SnapshotFlow
from dlt_local.cdc.apply import Applied, CdcTarget
from dlt_local.cdc.snapshots import Snapshots
from dlt_local.flows import streaming
from dlt_local.flows.outcome import Progress

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
    try:
        _apply(dataset, flow, folder, evaluation, on_progress)
    except Exception as error:
        _release(error)
        raise


def _apply(
    dataset: str, flow: PlannedFlow, folder: TableFolder, evaluation: FlowEvaluation, on_progress: OnProgress
) -> None:
    flows = [planned.flow for planned in evaluation.graph.datasets[dataset].flows]
    if isinstance(flow.flow, SnapshotFlow):
        target = CdcTarget(dataset, folder, flow.flow, flows)
        snapshots = Snapshots(target, flow.flow, evaluation.spark, lambda text: on_progress(Progress(warning=text)))
        if callable(flow.flow.source):
            snapshots.apply_all(flow.flow.source, evaluation)
        else:
            snapshots.apply_next(evaluation.dataset(flow.inputs[0], evaluation.spark.read))
            on_progress(_observed(evaluation))
    elif isinstance(flow.flow, CdcFlow):
        target = CdcTarget(dataset, folder, flow.flow, flows)
        if flow.flow.once:
            source = evaluation.dataset(flow.inputs[0], evaluation.spark.read)
            _report(target.apply_rows(source, flow.flow), None, on_progress)
            on_progress(_observed(evaluation))
        else:
            _stream(flow.flow, target, evaluation, flow.inputs[0], on_progress)


def _stream(flow: CdcFlow, target: CdcTarget, evaluation: FlowEvaluation, source: str, on_progress: OnProgress) -> None:
    raised: list[Exception] = []

    def apply_batch(batch: DataFrame, batch_id: int) -> None:
        try:
            _report(target.apply_rows(batch, flow), batch_id, on_progress)
        except Exception as error:
            _release(error)
            raised.append(error)
            raise

    frame = evaluation.dataset(source, evaluation.spark.readStream)
    checkpoint = target.folder.checkpoint(flow.name)
    try:
        streaming.for_each_batch(frame, apply_batch, checkpoint, evaluation.checks, on_progress)
    except StreamingQueryException as error:
        # Spark passes an exception of this process on as text; the original says it better.
        raise raised[0] if raised else error from error


def _release(error: BaseException | None) -> None:
    """Let go of what the frames of an exception hold: DuckDB complains of connections that live until the end."""
    released: list[BaseException] = []
    # An exception and what it was raised from may name each other.
    while error is not None and error not in released:
        clear_frames(error.__traceback__)
        released.append(error)
        error = error.__cause__ or error.__context__


def _observed(evaluation: FlowEvaluation) -> Progress:
    """What the rules of the views on the way to a batch source found."""
    return replace(Progress.of_batch(0, evaluation.checks), output_rows=None)


def _report(applied: Applied, batch_id: int | None, on_progress: OnProgress) -> None:
    on_progress(Progress(upserted_rows=applied.upserted, deleted_rows=applied.deleted, batch_id=batch_id))
    if applied.warning is not None:
        on_progress(Progress(warning=applied.warning, batch_id=batch_id))
