"""One update from start to end, with the states and events that Databricks reports."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlt_local.autoloader import KeptStreams
from dlt_local.continuous import run_continuously
from dlt_local.errors import PipelineError
from dlt_local.flows import memory
from dlt_local.flows.code_generation import CodeGeneration
from dlt_local.flows.outcome import FlowStatus
from dlt_local.flows.reporting import NO_OP, FlowReport
from dlt_local.flows.run import FlowRunner
from dlt_local.flows.task_slots import TaskSlots
from dlt_local.graph.forbidden import noted_actions
from dlt_local.graph.names import Definitions
from dlt_local.graph.plan import resolve_graph
from dlt_local.graph.reads import intercepted_reads
from dlt_local.graph.saved import SavedPlan, load_plan, save_plan
from dlt_local.hooks import delivered_to
from dlt_local.jdbc import drivers
from dlt_local.kafka import connector
from dlt_local.loading import load_definitions, pipeline_environment
from dlt_local.project.fingerprint import recorded_reads, surroundings
from dlt_local.scheduling import run_graph
from dlt_local.session.spark import spark_session
from dlt_local.stores.tables import ensure_table
from dlt_local.update.describing import describe_graph, describe_start
from dlt_local.update.ownership import account_for_tables
from dlt_local.update.request import UpdateRequest, UpdateResult
from dlt_local.update.selection import RESET_ALLOWED, Selection, selection

if TYPE_CHECKING:
    from pathlib import Path
    from threading import Event
    from typing import Any

    from pyspark.sql import SparkSession

    from dlt_local.api.registry import Registry
    from dlt_local.dbutils import DBUtils
    from dlt_local.event_log import EventLog
    from dlt_local.graph.model import Graph
    from dlt_local.project.spec import PipelineSpec
    from dlt_local.stores.state import StateFolder

# Plans of wide tables must not be cut short: a materialized view's definition is compared by its plan.
_SETTINGS = {
    "spark.sql.debug.maxToStringFields": "100000",
    # The Delta format stores microseconds; Spark alone would write the older 96-bit form.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
# Looked at each second: micro-batches are not faster than a hundredth of one.
_CONTINUOUS = {"spark.sql.streaming.numRecentProgressUpdates": "100"}


def session_of(spec: PipelineSpec, held_open: tuple[int, ...] = (), *, continuous: bool = False) -> SparkSession:
    """The Spark session of this process, set for updates; descriptors in `held_open` outlast Python."""
    connector.fetch_if_mentioned(spec)
    drivers.fetch_if_mentioned(spec)
    settings = _SETTINGS | (_CONTINUOUS if continuous else {})
    return spark_session(app_name=spec.name, settings=settings, held_open=held_open, long_running=continuous)


@dataclass
class Update:
    """One update: its state changes are events, its result says how it ended. `stop` ends a continuous one."""

    spec: PipelineSpec
    state: StateFolder
    request: UpdateRequest
    locks: tuple[int, ...]
    stop: Event
    log: EventLog = field(init=False)

    def run(self, log: EventLog, cause: str) -> UpdateResult:
        """Run it; raises PipelineError if it cannot start."""
        self.log = log
        describe_start(self.log, self.spec, self.request, cause)
        around = surroundings()
        # What is cleared may be planned otherwise: Auto Loader forgets its schema.
        clears = self.request.full_refresh_all or self.request.full_refresh
        saved = None if clears else load_plan(self._plan_file, self.spec, around, self.state)
        if saved is not None and self.request == UpdateRequest() and self._has_nothing_new(saved):
            return self._nothing_new(saved)
        self._progress("WAITING_FOR_RESOURCES")
        try:
            with ExitStack() as stack:
                spark = session_of(self.spec, self.locks, continuous=self.request.continuous)
                self._progress("INITIALIZING")
                dbutils = stack.enter_context(pipeline_environment(self.spec, spark, self.state))
                stack.enter_context(intercepted_reads())
                registry, graph = self._planned(saved, around, spark, dbutils)
                stack.enter_context(delivered_to(registry.hooks.values(), self.log))
                return self._run_graph(graph, spark)
        except PipelineError as error:
            self._progress("FAILED", error=error)
            raise
        except KeyboardInterrupt:
            self._progress("STOPPING")
            self._progress("CANCELED", cancellation_cause="USER_ACTION")
            return UpdateResult(self.log.update_id, "CANCELED")

    @property
    def _plan_file(self) -> Path:
        return self.state.pipeline(self.spec.name) / "plan.json"

    def _planned(
        self, saved: SavedPlan | None, around: tuple[str, ...], spark: SparkSession, dbutils: DBUtils
    ) -> tuple[Registry, Graph]:
        """The graph of these sources; what decides it is noted, so that the next update may take it as it is."""
        with recorded_reads() as files, noted_actions() as actions:
            registry = load_definitions(self.spec, spark, dbutils)
            if saved is not None:
                return registry, saved.graph(Definitions.of(registry, self.spec))
            streams = KeptStreams(self.state, self.request.full_refresh, self.request.full_refresh_all)
            graph = resolve_graph(registry, self.spec, spark, self.state, streams)
        if not actions and not registry.hooks and not _reads_databases(graph):
            save_plan(self._plan_file, graph, self.spec, files, around, self.state)
        return registry, graph

    def _has_nothing_new(self, saved: SavedPlan) -> bool:
        flows = saved.flows()
        return all(memory.still_holds(self.state.place(name).memory(flow), self.state) for name, flow in flows)

    def _nothing_new(self, saved: SavedPlan) -> UpdateResult:
        """Account for an update in which no flow has anything to do; it needs no Spark."""
        self._progress("RUNNING")
        reports = [FlowReport.of(self.log, self.state, name, flow) for name, flow in saved.flows()]
        for report in reports:
            report.status(FlowStatus.QUEUED)
        for report in reports:
            if report.dataset in saved.materialized_views():
                report.technique("NO_OP")
            report.status(FlowStatus.COMPLETED, NO_OP)
        self._progress("COMPLETED")
        return UpdateResult(self.log.update_id, "COMPLETED")

    def _run_graph(self, graph: Graph, spark: SparkSession) -> UpdateResult:
        chosen = selection(self.request, graph)
        describe_graph(self.log, graph)
        self._reset(chosen)
        self._progress("SETTING_UP_TABLES")
        account_for_tables(graph, self.spec, self.state, self.log)
        for name, dataset in graph.datasets.items():
            if dataset.is_stored and name in chosen.refreshed:
                ensure_table(dataset, self.state.table(name))
        self._progress("RUNNING")
        errors = self._run_flows(graph, chosen, spark)
        is_stopped = self.request.continuous and not errors
        final = "FAILED" if errors else "CANCELED" if is_stopped else "COMPLETED"
        self._progress(final, error=errors[0] if errors else None)
        return UpdateResult(self.log.update_id, final, tuple(str(error) for error in errors), tuple(errors))

    def _run_flows(self, graph: Graph, chosen: Selection, spark: SparkSession) -> list[BaseException]:
        slots = TaskSlots(spark.sparkContext.defaultParallelism)
        runner = FlowRunner(graph, self.state, spark, CodeGeneration(spark), slots)
        if not self.request.continuous:
            return run_graph(runner, chosen.refreshed, self.log, self.spec.configuration)
        errors = run_continuously(runner, chosen.refreshed, self.log, self.spec.configuration, self.stop)
        self._progress("STOPPING")
        return errors

    def _reset(self, chosen: Selection) -> None:
        for name in chosen.protected:
            message = f"Table '{name}' has {RESET_ALLOWED}=false and keeps its rows."
            origin = {"dataset_name": name}
            self.log.write("dataset_definition", message, {"is_protected": True}, level="WARN", origin=origin)
        if chosen.cleared or chosen.restarted:
            self._progress("RESETTING")
        for name in chosen.cleared:
            self.state.discard(self.state.place(name))
        for name, flow in chosen.restarted:
            self.state.restart(self.state.place(name), flow)

    def _progress(self, state: str, error: BaseException | None = None, **details: Any) -> None:
        level = "ERROR" if state == "FAILED" else "INFO"
        message = f"Update {self.log.update_id[:6]} is {state}."
        self.log.write("update_progress", message, {"state": state, **details}, level=level, error=error)


def _reads_databases(graph: Graph) -> bool:
    """Whether the schema of some data set is that of a table which anybody may alter."""
    flows = [flow for dataset in graph.datasets.values() for flow in dataset.flows]
    return any(external.startswith("source:jdbc:") for flow in flows for external in flow.external)
