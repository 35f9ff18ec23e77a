"""Runs one flow of the graph and remembers what it saw."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from dlt_local.api.definitions import Kind, QueryFlow
from dlt_local.autoloader.files import files_below
from dlt_local.flows import changes, materialized, memory, once, sinks, streaming
from dlt_local.flows.code_generation import MESSAGE_BYTES, CodeGeneration, bytes_to_read
from dlt_local.flows.evaluation import FlowEvaluation
from dlt_local.flows.failures import flow_error
from dlt_local.flows.outcome import FlowStatus, OnProgress, Outcome, Progress
from dlt_local.flows.pace import UNTIL_CAUGHT_UP, Pace
from dlt_local.flows.settings import settings_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dlt_local.flows.reporting import FlowReport
    from dlt_local.flows.task_slots import TaskSlots
    from dlt_local.graph.model import Graph, PlannedDataset, PlannedFlow
    from dlt_local.stores.state import StateFolder


@dataclass(frozen=True, slots=True)
class FlowRunner:
    """Runs flows of one graph against one state folder."""

    graph: Graph
    state: StateFolder
    spark: SparkSession
    code_generation: CodeGeneration
    slots: TaskSlots

    def is_unchanged(self, dataset: PlannedDataset, flow: PlannedFlow) -> bool:
        """Whether everything that the flow reads is as it was in its last successful run."""
        return self._holds(dataset, flow, self._facts(dataset, flow))

    def run_on(self, dataset: PlannedDataset, flow: PlannedFlow, on_progress: OnProgress, pace: Pace) -> Outcome:
        """Run a streaming flow until the pace ends it; errors end in the outcome."""
        evaluation = FlowEvaluation(self.graph, self.state, self.spark, flow.name, goes_on=True)
        try:
            self._execute(dataset, flow, evaluation, on_progress, pace)
        except Exception as error:  # noqa: BLE001 # whatever a query raises is the outcome of its flow
            return Outcome(FlowStatus.FAILED, error=flow_error(error, flow, evaluation.databases))
        return Outcome(FlowStatus.STOPPED)

    def run(self, dataset: PlannedDataset, flow: PlannedFlow, report: FlowReport) -> Outcome:
        """Run a flow if anything changed since its last success; errors end in the outcome."""
        file = self.state.place(dataset.name).memory(flow.name)
        facts = self._facts(dataset, flow)
        is_no_op = self._holds(dataset, flow, facts)
        if dataset.kind is Kind.MATERIALIZED_VIEW:
            report.technique("NO_OP" if is_no_op else "COMPLETE_RECOMPUTE")
        if is_no_op:
            return Outcome(FlowStatus.COMPLETED, is_no_op=True)
        self._report_listings(flow, report)
        seen: list[Progress] = []
        evaluation = FlowEvaluation(self.graph, self.state, self.spark, flow.name)
        try:
            with (
                self.code_generation.sized_for(self._input_bytes(dataset, flow)),
                settings_of(self.spark, flow),
            ):
                self._execute(dataset, flow, evaluation, _noting(report.progress, seen), UNTIL_CAUGHT_UP)
        except Exception as error:  # noqa: BLE001 # whatever a query raises is the outcome of its flow
            return Outcome(FlowStatus.FAILED, error=flow_error(error, flow, evaluation.databases))
        if facts is not None:
            memory.remember(file, facts)
        return Outcome(FlowStatus.COMPLETED, is_no_op=flow.streaming and not seen)

    def _holds(self, dataset: PlannedDataset, flow: PlannedFlow, facts: dict[str, object] | None) -> bool:
        return facts is not None and memory.recall(self.state.place(dataset.name).memory(flow.name)) == facts

    def _facts(self, dataset: PlannedDataset, flow: PlannedFlow) -> dict[str, object] | None:
        """Inputs and definition as they are before the run, None if they cannot be compared."""
        if getattr(flow.flow, "once", False):
            return dict(once.DONE)
        inputs = memory.inputs_now(flow, self.graph, self.state)
        if inputs is None or dataset.declared.always_recomputed:
            return None
        if dataset.kind is not Kind.MATERIALIZED_VIEW:
            return {"inputs": inputs}
        definition = memory.definition_now(dataset, self.graph)
        return None if definition is None else {"inputs": inputs, "definition": definition}

    def _input_bytes(self, dataset: PlannedDataset, flow: PlannedFlow) -> int:
        """What the run will read: everything for a materialized view, what came since the last run for a stream."""
        file = self.state.place(dataset.name).memory(flow.name)
        is_first = dataset.kind is Kind.MATERIALIZED_VIEW or not file.exists()
        names = self.graph.stored_inputs(flow.inputs) if is_first else ()
        paths = [external.partition(":")[2] for external in memory.externals(flow, self.graph)]
        since = file.stat().st_mtime if file.exists() else 0.0
        return bytes_to_read([self.state.table(name) for name in names], paths, since)

    def _report_listings(self, flow: PlannedFlow, report: FlowReport) -> None:
        """How many files Auto Loader finds, seen or not."""
        for external in memory.externals(flow, self.graph):
            kind, _, path = external.partition(":")
            if kind == "files":
                started = time.monotonic()
                files = len(files_below(path))
                report.listing(path, files, round((time.monotonic() - started) * 1000))

    def _execute(
        self,
        dataset: PlannedDataset,
        flow: PlannedFlow,
        evaluation: FlowEvaluation,
        on_progress: OnProgress,
        pace: Pace,
    ) -> None:
        if not isinstance(flow.flow, QueryFlow):
            folder = self.state.place(dataset.name)
            changes.apply(dataset.name, flow, folder, evaluation, on_progress)
            return
        frame = evaluation.query(flow.flow, dataset.name, dataset.declared.expectations)
        for stream in evaluation.kafka_streams:
            if stream.loss:
                on_progress(Progress(warning=stream.loss))
        for name, expression in dataset.generated.items():
            frame = frame.withColumn(name, F.expr(expression).cast(dataset.schema[name].dataType))
        # Only now it is known how much waits in Kafka.
        with self.code_generation.sized_for(evaluation.kafka_messages() * MESSAGE_BYTES):
            self._write(frame, dataset, flow, evaluation, on_progress, pace)

    def _write(  # what a flow is made of
        self,
        frame: DataFrame,
        dataset: PlannedDataset,
        flow: PlannedFlow,
        evaluation: FlowEvaluation,
        on_progress: OnProgress,
        pace: Pace,
    ) -> None:
        folder = self.state.place(dataset.name)
        if dataset.declared.sink is not None:
            sink = sinks.located(dataset.declared.sink, self.graph.definitions, self.state)
            with self.slots.reserved(flow, evaluation.kafka_partitions() if pace.is_real_time else 0):
                sinks.write(frame, sink, folder, flow.name, evaluation.checks, on_progress, pace)
        elif dataset.kind is Kind.MATERIALIZED_VIEW:
            materialized.replace(frame, folder, evaluation.checks, on_progress)
        elif getattr(flow.flow, "once", False):
            once.append(frame, folder, flow.name, evaluation.checks, on_progress)
        else:
            streaming.append(frame, folder, flow.name, evaluation.checks, on_progress, pace)


def _noting(on_progress: OnProgress, seen: list[Progress]) -> OnProgress:
    def note(progress: Progress) -> None:
        seen.append(progress)
        on_progress(progress)

    return note
