"""Runs the flows of a graph until it is told to stop.

Each streaming query into a table or sink goes on by itself. Everything else (materialized views, AUTO CDC, snapshots)
is brought up to date in the order of the graph, again and again, as often as its interval says and its inputs change.
"""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlt_local.api.definitions import Kind, QueryFlow
from dlt_local.errors import PipelineError, SchemaChangedError
from dlt_local.flows.outcome import FlowStatus, Outcome
from dlt_local.flows.pace import INTERVAL, Pace, continuous_pace, duration_seconds
from dlt_local.flows.reporting import FlowReport
from dlt_local.flows.retries import FLOW_RETRIES, flow_retries, is_transient, retried_until
from dlt_local.flows.settings import own_settings
from dlt_local.flows.summed_progress import SummedProgress
from dlt_local.scheduling import use_session

if TYPE_CHECKING:
    from collections.abc import Mapping
    from threading import Event

    from dlt_local.event_log import EventLog
    from dlt_local.flows.run import FlowRunner
    from dlt_local.graph.model import PlannedDataset, PlannedFlow

# As on Databricks, where a materialized view over Delta tables alone is looked at each minute.
_SECONDS_BETWEEN_REFRESHES = {True: 60.0, False: 5.0}
_LOOK_SECONDS = 0.2


def run_continuously(
    runner: FlowRunner, selected: frozenset[str], log: EventLog, configuration: Mapping[str, str], stop: Event
) -> list[BaseException]:
    """Run all flows into the selected tables and sinks until `stop` is set, or Ctrl-C; the errors of those that failed.

    A transient error is tried again for ever, unless `pipelines.maxFlowRetryAttempts` says how often. Another one ends
    its flow; the rest goes on.
    """
    with runner.code_generation.worth_it():
        return _ContinuousRun(runner, selected, log, configuration, stop).run()


@dataclass
class _Flow:
    """A flow with its report, and whatever a run of it needs to be told."""

    dataset: PlannedDataset
    flow: PlannedFlow
    report: FlowReport
    interval_s: float
    pace: Pace | None = None
    due_at: float = 0.0


@dataclass
class _ContinuousRun:
    runner: FlowRunner
    selected: frozenset[str]
    log: EventLog
    configuration: Mapping[str, str]
    stop: Event
    errors: list[BaseException] = field(default_factory=list)

    def run(self) -> list[BaseException]:
        flows = self._flows()
        streams = [flow for flow in flows if flow.pace is not None]
        others = [flow for flow in flows if flow.pace is None]
        for flow in flows:
            flow.report.status(FlowStatus.QUEUED)
        with ThreadPoolExecutor(max_workers=len(streams) + 1) as pool:
            running: dict[Future[None], object] = {pool.submit(self._stream, flow): flow for flow in streams}
            if others:
                running[pool.submit(self._refresh, others)] = others
            try:
                self._until_stopped(set(running))
            except KeyboardInterrupt:
                self.stop.set()
            finally:
                self.stop.set()
                wait([future for future, flow in running.items() if isinstance(flow, _Flow)])
                self.runner.spark.sparkContext.cancelAllJobs()
            for future in running:
                future.result()
        return self.errors

    def _until_stopped(self, running: set[Future[None]]) -> None:
        while running and not self.stop.is_set():
            _, running = wait(running, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
            if any(isinstance(error, SchemaChangedError) for error in self.errors):
                return

    def _flows(self) -> list[_Flow]:
        graph, state = self.runner.graph, self.runner.state
        found = []
        for dataset in graph.datasets.values():
            if dataset.is_run and dataset.name in self.selected:
                for flow in dataset.flows:
                    self._refuse_own_settings(flow)
                    report = FlowReport.of(self.log, state, dataset.name, flow.name)
                    found.append(self._with_pace(dataset, flow, report))
        return found

    def _with_pace(self, dataset: PlannedDataset, flow: PlannedFlow, report: FlowReport) -> _Flow:
        if isinstance(flow.flow, QueryFlow) and flow.streaming:
            pace = continuous_pace(flow.flow, self.configuration, self.stop)
            return _Flow(dataset, flow, report, pace.interval_s, pace)
        conf = {**self.configuration, **dataset.declared.spark_conf, **getattr(flow.flow, "spark_conf", {})}
        text, is_view = conf.get(INTERVAL), dataset.kind is Kind.MATERIALIZED_VIEW
        interval = _SECONDS_BETWEEN_REFRESHES[is_view] if text is None else duration_seconds(INTERVAL, text)
        return _Flow(dataset, flow, report, interval)

    @staticmethod
    def _refuse_own_settings(flow: PlannedFlow) -> None:
        keys = ", ".join(own_settings(flow))
        if keys:
            message = f"Flow '{flow.name}' sets {keys} in 'spark_conf'; all flows of a continuous run share a session"
            raise PipelineError(message, where=flow.flow.location, remedy="Set it for the whole pipeline.")

    def _stream(self, flow: _Flow) -> None:
        if flow.pace is None:
            return
        pace = flow.pace
        use_session(self.runner.spark)
        flow.report.status(FlowStatus.STARTING)
        flow.report.status(FlowStatus.RUNNING)
        with SummedProgress(flow.report.progress) as summed:
            outcome = retried_until(
                self.stop,
                lambda: self.runner.run_on(flow.dataset, flow.flow, summed.add, pace),
                self._retries(flow),
                flow.report.retry,
            )
        self._ended(flow, outcome)

    def _retries(self, flow: _Flow) -> int | None:
        conf = getattr(flow.flow.flow, "spark_conf", {})
        is_limited = FLOW_RETRIES in {**self.configuration, **conf}
        return flow_retries(self.configuration, conf) if is_limited else None

    def _refresh(self, flows: list[_Flow]) -> None:
        use_session(self.runner.spark)
        alive = list(flows)
        while alive and not self.stop.is_set():
            for flow in [flow for flow in alive if flow.due_at <= time.monotonic()]:
                if not self.stop.is_set() and not self._refreshed(flow):
                    alive.remove(flow)
            self.stop.wait(_LOOK_SECONDS)
        for flow in alive:
            flow.report.status(FlowStatus.STOPPED)

    def _refreshed(self, flow: _Flow) -> bool:
        """Run a flow if there is anything new for it; whether it is to be run again."""
        flow.due_at = time.monotonic() + flow.interval_s
        if self.runner.is_unchanged(flow.dataset, flow.flow):
            return True
        flow.report.status(FlowStatus.RUNNING)
        outcome = self.runner.run(flow.dataset, flow.flow, flow.report)
        if outcome.error is None:
            flow.report.status(outcome.status, outcome)
            return not getattr(flow.flow.flow, "once", False)
        if self.stop.is_set():
            return True
        if is_transient(outcome.error):
            flow.report.retry(outcome, 2)
            return True
        self._ended(flow, outcome)
        return False

    def _ended(self, flow: _Flow, outcome: Outcome) -> None:
        """What ends a flow while everything is being stopped is that."""
        if outcome.error is None or self.stop.is_set():
            outcome = Outcome(FlowStatus.STOPPED)
        flow.report.status(outcome.status, outcome)
        if outcome.error is not None:
            self.errors.append(outcome.error)
