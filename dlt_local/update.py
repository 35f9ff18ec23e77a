"""One update of a pipeline: load, plan, set up tables, run flows, account."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlt_local.api.definitions import CdcFlow, Kind
from dlt_local.errors import PipelineError, SelectionError, nearest
from dlt_local.event_log import Event, EventLog
from dlt_local.flows import memory
from dlt_local.flows.outcome import FlowStatus
from dlt_local.flows.reporting import NO_OP, FlowReport
from dlt_local.graph.names import Definitions
from dlt_local.graph.plan import resolve_graph
from dlt_local.graph.reads import intercepted_reads, noted_actions
from dlt_local.graph.saved import SavedPlan, load_plan, save_plan
from dlt_local.loading import load_definitions, pipeline_environment
from dlt_local.project.fingerprint import recorded_reads, surroundings
from dlt_local.scheduling import run_graph
from dlt_local.session.spark import spark_session
from dlt_local.stores.lock import locked
from dlt_local.stores.state import StateFolder
from dlt_local.stores.tables import ensure_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import SparkSession

    from dlt_local.graph.model import Graph, PlannedDataset, PlannedFlow
    from dlt_local.project.spec import PipelineSpec

# Plans of wide tables must not be cut short: a materialized view's definition is compared by its plan.
_SETTINGS = {
    "spark.sql.debug.maxToStringFields": "100000",
    # The Delta format stores microseconds; Spark alone would write the older 96-bit form.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """Which tables to refresh; all of them if nothing is selected."""

    refresh: tuple[str, ...] = ()
    full_refresh: tuple[str, ...] = ()
    full_refresh_all: bool = False
    validate_only: bool = False


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """How an update ended: COMPLETED, FAILED or CANCELED."""

    update_id: str
    state: str
    errors: tuple[str, ...] = field(default_factory=tuple)


def plan_pipeline(spec: PipelineSpec) -> Graph:
    """Load the sources and resolve the graph and all schemas; writes nothing."""
    spark = _session(spec)
    with pipeline_environment(spec, spark), intercepted_reads():
        return resolve_graph(load_definitions(spec, spark), spec, spark)


def run_update(
    spec: PipelineSpec, state: Path, request: UpdateRequest, on_event: Callable[[Event], None]
) -> UpdateResult:
    """Run one update.

    Raises PipelineError if the update cannot start: a broken pipeline, an unknown selection, a state folder in use.
    A flow that fails ends the update as FAILED; the other flows finish.
    """
    folder = StateFolder(state.resolve())
    if request.validate_only:
        plan_pipeline(spec)
        return UpdateResult(str(uuid.uuid4()), "COMPLETED")
    folder.prepare()
    with locked(folder.root) as lock:
        log = EventLog(folder, spec.name, str(uuid.uuid4()), on_event)
        try:
            return _Update(spec, folder, request, log, lock).run()
        finally:
            log.close()


def _session(spec: PipelineSpec, *held_open: int) -> SparkSession:
    return spark_session(app_name=spec.name, settings=_SETTINGS, held_open=held_open)


@dataclass
class _Update:
    spec: PipelineSpec
    state: StateFolder
    request: UpdateRequest
    log: EventLog
    lock: int

    def run(self) -> UpdateResult:
        self._create_event()
        around = surroundings()
        saved = load_plan(self._plan_file, self.spec, around)
        if saved is not None and self.request == UpdateRequest() and self._has_nothing_new(saved):
            return self._nothing_new(saved)
        self._progress("WAITING_FOR_RESOURCES")
        try:
            with ExitStack() as stack:
                spark = _session(self.spec, self.lock)
                self._progress("INITIALIZING")
                stack.enter_context(pipeline_environment(self.spec, spark))
                stack.enter_context(intercepted_reads())
                return self._run_graph(self._planned(saved, around, spark), spark)
        except PipelineError as error:
            self._progress("FAILED", error=error)
            raise
        except KeyboardInterrupt:
            self._progress("CANCELED")
            return UpdateResult(self.log.update_id, "CANCELED")

    @property
    def _plan_file(self) -> Path:
        return self.state.pipeline(self.spec.name) / "plan.json"

    def _planned(self, saved: SavedPlan | None, around: tuple[str, ...], spark: SparkSession) -> Graph:
        """The graph of these sources; what decides it is noted, so that the next update may take it as it is."""
        with recorded_reads() as files, noted_actions() as actions:
            registry = load_definitions(self.spec, spark)
            if saved is not None:
                return saved.graph(Definitions.of(registry, self.spec))
            graph = resolve_graph(registry, self.spec, spark)
        if not actions:
            save_plan(self._plan_file, graph, self.spec, files, around)
        return graph

    def _has_nothing_new(self, saved: SavedPlan) -> bool:
        flows = saved.flows()
        return all(memory.still_holds(self.state.table(name).memory(flow), self.state) for name, flow in flows)

    def _nothing_new(self, saved: SavedPlan) -> UpdateResult:
        """Account for an update in which no flow has anything to do; it needs no Spark."""
        self._progress("RUNNING")
        for name, flow in saved.flows():
            FlowReport(self.log, name, flow).status(FlowStatus.QUEUED)
        for name, flow in saved.flows():
            FlowReport(self.log, name, flow).status(FlowStatus.COMPLETED, NO_OP)
        self._progress("COMPLETED")
        return UpdateResult(self.log.update_id, "COMPLETED")

    def _run_graph(self, graph: Graph, spark: SparkSession) -> UpdateResult:
        selected = self._selected(graph)
        self._describe(graph)
        resetting = self._resetting(graph)
        if resetting:
            self._progress("RESETTING")
            for name in resetting:
                self.state.discard(self.state.table(name))
        self._progress("SETTING_UP_TABLES")
        for name, dataset in graph.datasets.items():
            if dataset.is_stored and name in selected:
                ensure_table(dataset, self.state.table(name))
        self._progress("RUNNING")
        errors = run_graph(graph, selected, self.state, spark, self.log)
        final = "FAILED" if errors else "COMPLETED"
        self._progress(final, error=errors[0] if errors else None)
        return UpdateResult(self.log.update_id, final, tuple(str(error) for error in errors))

    def _selected(self, graph: Graph) -> frozenset[str]:
        stored = frozenset(name for name, dataset in graph.datasets.items() if dataset.is_stored)
        wanted = (*self.request.refresh, *self.request.full_refresh)
        if not wanted:
            return stored
        return frozenset(_find(graph, name) for name in wanted)

    def _resetting(self, graph: Graph) -> list[str]:
        if self.request.full_refresh_all:
            return [name for name, dataset in graph.datasets.items() if dataset.is_stored and _may_reset(dataset)]
        names = [_find(graph, name) for name in self.request.full_refresh]
        for name in names:
            if not _may_reset(graph.datasets[name]):
                message = f"Table '{name}' has pipelines.reset.allowed=false and cannot be fully refreshed"
                raise SelectionError(message, where=graph.datasets[name].location)
        return names

    def _create_event(self) -> None:
        details = {
            "config": {"name": self.spec.name, "catalog": self.spec.catalog, "schema": self.spec.schema},
            "refresh_selection": list(self.request.refresh),
            "full_refresh_selection": list(self.request.full_refresh),
            "full_refresh": self.request.full_refresh_all,
        }
        self.log.write("create_update", f"Update {self.log.update_id[:6]} started by USER_ACTION.", details)

    def _progress(self, state: str, error: BaseException | None = None) -> None:
        level = "ERROR" if state == "FAILED" else "INFO"
        message = f"Update {self.log.update_id[:6]} is {state}."
        self.log.write("update_progress", message, {"state": state}, level=level, error=error)

    def _describe(self, graph: Graph) -> None:
        for dataset in graph.datasets.values():
            origin = {"dataset_name": dataset.name}
            details = {
                "dataset_type": dataset.kind.value,
                "num_flows": len(dataset.flows),
                "expectations": len(dataset.declared.expectations),
            }
            self.log.write("dataset_definition", f"Dataset '{dataset.name}' defined.", details, origin=origin)
            for flow in dataset.flows:
                self._describe_flow(dataset, flow)

    def _describe_flow(self, dataset: PlannedDataset, flow: PlannedFlow) -> None:
        details = {
            "input_datasets": [{"name": name} for name in flow.inputs],
            "output_dataset": dataset.name,
            "schema_json": flow.schema.json(),
            "flow_type": _flow_type(dataset, flow),
            "comment": dataset.comment,
            "language": "PYTHON",
            "once": False,
        }
        origin = {"dataset_name": dataset.name, "flow_name": flow.name}
        self.log.write(
            "flow_definition", f"Flow '{flow.name}' defined as {details['flow_type']}.", details, origin=origin
        )


def _find(graph: Graph, name: str) -> str:
    key = graph.definitions.find(name)
    if key is None or not graph.datasets[key].is_stored:
        message = f"The pipeline has no table '{name}' to refresh"
        raise SelectionError(message, remedy=nearest(name, graph.definitions.spellings()))
    return key


def _may_reset(dataset: PlannedDataset) -> bool:
    return dataset.declared.table_properties.get("pipelines.reset.allowed", "true").lower() != "false"


def _flow_type(dataset: PlannedDataset, flow: PlannedFlow) -> str:
    if isinstance(flow.flow, CdcFlow):
        return "CHANGE"
    return {Kind.MATERIALIZED_VIEW: "MATERIALIZED_VIEW", Kind.VIEW: "VIEW"}.get(dataset.kind, "APPEND")
