"""Runs the flows of a graph in parallel, each as soon as everything it reads is up to date."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlt_local.flows.outcome import FlowStatus, Outcome
from dlt_local.flows.reporting import FlowReport
from dlt_local.flows.retries import flow_retries, retried
from dlt_local.flows.settings import own_settings
from dlt_local.graph.model import Graph, PlannedDataset, PlannedFlow
from dlt_local.session.machine import cores

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pyspark.sql import SparkSession

    from dlt_local.event_log import EventLog
    from dlt_local.flows.run import FlowRunner

Work = tuple[PlannedDataset, PlannedFlow]


def run_graph(
    runner: FlowRunner, selected: frozenset[str], log: EventLog, configuration: Mapping[str, str]
) -> list[BaseException]:
    """Run all flows into the selected tables and sinks; the errors of those that failed."""
    return _Schedule(runner.graph, selected, runner, runner.spark, log, configuration).run()


def use_session(spark: SparkSession) -> None:
    """Delta looks for the session of its own thread."""
    jvm = spark._jvm  # no public way to set it
    if jvm is None:
        return
    jvm.org.apache.spark.sql.classic.SparkSession.setActiveSession(spark._jsparkSession)  # as above


@dataclass
class _Schedule:
    graph: Graph
    selected: frozenset[str]
    runner: FlowRunner
    spark: SparkSession
    log: EventLog
    configuration: Mapping[str, str]
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    reports: dict[tuple[str, str], FlowReport] = field(default_factory=dict)

    def run(self) -> list[BaseException]:
        waiting = self._queued()
        running: dict[Future[Outcome], Work] = {}
        with ThreadPoolExecutor(max_workers=cores()) as pool:
            try:
                while waiting or running:
                    for work in self._startable(self._ready(waiting), running.values()):
                        waiting.remove(work)
                        running[pool.submit(self._run, work)] = work
                    done, _ = wait(running, return_when=FIRST_COMPLETED) if running else (set(), set())
                    for future in done:
                        self._finish(running.pop(future), future.result())
            except KeyboardInterrupt:
                self._stop(waiting, running)
                raise
        return [outcome.error for outcome in self.outcomes.values() if outcome.error is not None]

    def _queued(self) -> list[Work]:
        waiting = []
        for dataset in self.graph.datasets.values():
            for flow in dataset.flows if dataset.is_run else ():
                status = FlowStatus.QUEUED if dataset.name in self.selected else FlowStatus.EXCLUDED
                self._report((dataset, flow)).status(status)
                if status is FlowStatus.QUEUED:
                    waiting.append((dataset, flow))
        return waiting

    def _ready(self, waiting: list[Work]) -> list[Work]:
        """Flows whose inputs are done; those behind a failure are skipped here."""
        ready = []
        for work in list(waiting):
            _, flow = work
            statuses = [status for name in self.graph.stored_inputs(flow.inputs) for status in self._statuses(name)]
            if any(status in (FlowStatus.FAILED, FlowStatus.SKIPPED) for status in statuses):
                waiting.remove(work)
                self._finish(work, Outcome(FlowStatus.SKIPPED))
            elif all(status is FlowStatus.COMPLETED for status in statuses):
                ready.append(work)
        return ready

    @staticmethod
    def _startable(ready: list[Work], running: Collection[Work]) -> list[Work]:
        """All ready flows, but one with settings of its own only when it has the session for itself."""
        if any(own_settings(flow) for _, flow in running):
            return []
        alone = [work for work in ready if own_settings(work[1])]
        shared = [work for work in ready if work not in alone]
        return shared if shared or running else alone[:1]

    def _statuses(self, name: str) -> list[FlowStatus]:
        if name not in self.selected:
            return []
        dataset = self.graph.datasets[name]
        outcomes = [self.outcomes.get((name, flow.name)) for flow in dataset.flows]
        return [FlowStatus.QUEUED if outcome is None else outcome.status for outcome in outcomes]

    def _run(self, work: Work) -> Outcome:
        dataset, flow = work
        use_session(self.spark)
        report = self._report(work)
        report.status(FlowStatus.STARTING)
        report.status(FlowStatus.RUNNING)
        retries = flow_retries(self.configuration, getattr(flow.flow, "spark_conf", {}))
        return retried(lambda: self.runner.run(dataset, flow, report), retries, report.retry)

    def _finish(self, work: Work, outcome: Outcome) -> None:
        dataset, flow = work
        self.outcomes[(dataset.name, flow.name)] = outcome
        self._report(work).status(outcome.status, outcome)

    def _stop(self, waiting: list[Work], running: Mapping[Future[Outcome], Work]) -> None:
        for query in self.spark.streams.active:
            query.stop()
        self.spark.sparkContext.cancelAllJobs()
        for work in (*waiting, *running.values()):
            self._report(work).status(FlowStatus.STOPPED)

    def _report(self, work: Work) -> FlowReport:
        dataset, flow = work
        key = (dataset.name, flow.name)
        if key not in self.reports:
            self.reports[key] = FlowReport.of(self.log, self.runner.state, *key)
        return self.reports[key]
