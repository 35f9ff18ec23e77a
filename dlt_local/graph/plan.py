"""Evaluates every data-set function against schemas: reads become edges, and mistakes end here, before any write."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import LongType, StringType, StructField, StructType, TimestampType

from dlt_local import autoloader
from dlt_local.api.definitions import CdcFlow, Dataset, Flow, Kind, QueryFlow, SnapshotFlow
from dlt_local.autoloader import KeptStreams
from dlt_local.errors import GraphError, PipelineError, first_line, nearest
from dlt_local.expectations import check_predicates
from dlt_local.graph.change_flows import NotingEvaluation, planned_change_flow, refuse_mixed_flows
from dlt_local.graph.fingerprint import definition_of, external_sources
from dlt_local.graph.model import Graph, PlannedDataset, PlannedFlow
from dlt_local.graph.names import Definitions, is_live, name_parts
from dlt_local.graph.placeholder import placeholder
from dlt_local.graph.reads import evaluating, options_of
from dlt_local.graph.schemas import declared_schema, merged_schema, require_columns
from dlt_local.graph.table_ddl import TableDdl
from dlt_local.jdbc.drivers import require_driver
from dlt_local.jdbc.errors import database_error
from dlt_local.jdbc.options import database, limits
from dlt_local.kafka.connector import require_connector
from dlt_local.kafka.options import KAFKA, check_sink_options, check_source_options, hide_passwords
from dlt_local.kafka.sink_rows import refuse_wrong_frame
from dlt_local.loading import users_location
from dlt_local.source_location import caller_location, location_of_function
from dlt_local.stores.tables import stored_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyspark.sql.readwriter import DataFrameReader
    from pyspark.sql.streaming.readwriter import DataStreamReader

    from dlt_local.api.registry import Registry
    from dlt_local.jdbc.options import Database
    from dlt_local.project.spec import PipelineSpec
    from dlt_local.stores.state import StateFolder, TableFolder


def resolve_graph(
    registry: Registry,
    spec: PipelineSpec,
    spark: SparkSession,
    state: StateFolder | None,
    streams: KeptStreams | None = None,
) -> Graph:
    """The complete graph; raises GraphError or DefinitionError with the file and line of the mistake.

    Tables of other pipelines are found in `state`, if there is one. `streams` says which schemas of Auto Loader streams
    an update is about to forget, and lets new ones be stored; without it all are kept and nothing is written.
    """
    kept = streams or KeptStreams(state)
    return _Planner(registry, Definitions.of(registry, spec), spec, spark, state, kept).graph()


@dataclass
class _Planner:
    registry: Registry
    definitions: Definitions
    spec: PipelineSpec
    spark: SparkSession
    state: StateFolder | None
    streams: KeptStreams
    change_feeds: set[str] = field(default_factory=set)
    _planned: dict[str, PlannedDataset] = field(default_factory=dict)
    _in_progress: list[str] = field(default_factory=list)

    def graph(self) -> Graph:
        for key in self.definitions.datasets:
            self.dataset(key)
        planned = {
            key: replace(dataset, has_change_feed=key in self.change_feeds) for key, dataset in self._planned.items()
        }
        deprecations = tuple(str(found) for found in self.registry.deprecations)
        graph = Graph(planned, self.definitions, deprecations)
        self.streams.keep_inferred(graph)
        return graph

    def dataset(self, key: str) -> PlannedDataset:
        """Plan a data set and, first, everything that it reads."""
        if key not in self._planned:
            with self._entered(key):
                planned = self._plan(key, self.definitions.datasets[key])
            self._planned[key] = planned
        return self._planned[key]

    @contextmanager
    def _entered(self, key: str) -> Iterator[None]:
        if key in self._in_progress:
            cycle = " -> ".join([*self._in_progress[self._in_progress.index(key) :], key])
            where = self.definitions.datasets[key].location
            raise GraphError(f"Data sets read each other in a cycle: {cycle}", where=where, remedy="Break the cycle.")
        self._in_progress.append(key)
        try:
            yield
        finally:
            self._in_progress.pop()

    def _plan(self, key: str, declared: Dataset) -> PlannedDataset:
        flows = self.definitions.flows[key]
        if not flows and declared.kind is not Kind.SINK:
            message = f"[PIPELINE_DATASET_WITHOUT_FLOW] Nothing fills streaming table '{declared.name}'"
            remedy = "Add an append_flow or an AUTO CDC flow that targets it."
            raise GraphError(message, where=declared.location, remedy=remedy)
        if declared.kind in (Kind.VIEW, Kind.MATERIALIZED_VIEW) and len(flows) > 1:
            message = f"[MATERIALIZED_VIEW_WITH_MULTIPLE_QUERIES] '{declared.name}' has {len(flows)} queries"
            raise GraphError(message, where=declared.location, remedy="Use create_streaming_table for several flows.")
        refuse_mixed_flows(declared, flows)
        planned = tuple(
            self._query_flow(flow, declared)
            if isinstance(flow, QueryFlow)
            else planned_change_flow(flow, key, self, _PlanEvaluation(self, flow))
            for flow in flows
        )
        kind = self._kind(declared, planned)
        if kind is Kind.SINK:
            self._check_kafka_sink(declared, planned)
            return PlannedDataset(key, kind, StructType(), planned, declared)
        ddl = self._schema(declared, planned)
        return PlannedDataset(key, kind, ddl.schema, planned, declared, ddl.generated)

    def _check_kafka_sink(self, declared: Dataset, flows: tuple[PlannedFlow, ...]) -> None:
        sink = declared.sink
        if sink is None or sink.format.lower() != KAFKA:
            return
        hide_passwords(sink.options)
        require_connector(self.spark, declared.location)
        check_sink_options(sink.options, declared.location)
        for flow in flows:
            refuse_wrong_frame(flow.name, flow.schema, sink.options, flow.flow.location)

    def _query_flow(self, flow: QueryFlow, declared: Dataset) -> PlannedFlow:
        evaluation = _PlanEvaluation(self, flow)
        frame = self._evaluated(flow, evaluation)
        check_predicates(frame, declared.name, declared.expectations)
        self._refuse_wrong_kind(flow, declared, streaming=frame.isStreaming)
        return PlannedFlow(
            flow=flow,
            inputs=tuple(evaluation.inputs),
            schema=frame.schema,
            streaming=frame.isStreaming,
            definition=definition_of(frame) if not frame.isStreaming else "",
            external=(*evaluation.tables, *_unseen(evaluation), *external_sources(frame)),
        )

    def _evaluated(self, flow: QueryFlow, evaluation: _PlanEvaluation) -> DataFrame:
        try:
            with evaluating(evaluation):
                frame = flow.function()
        except PipelineError as error:
            error.where = error.where or users_location(error, self.spec) or flow.location
            raise
        except Exception as error:
            where = users_location(error, self.spec) or flow.location
            refused = database_error(error, evaluation.databases)
            if refused is not None:
                refused.where = where
                raise refused from error
            kind = "" if isinstance(error, PySparkException) else f"{type(error).__name__}: "
            raise GraphError(
                f"Flow '{flow.name}' cannot be resolved: {kind}{first_line(error)}", where=where
            ) from error
        if not isinstance(frame, DataFrame):
            message = f"The function of '{flow.name}' returned {type(frame).__name__}, not a DataFrame"
            raise GraphError(message, where=location_of_function(flow.function), remedy="Return a Spark DataFrame.")
        if not frame._jdf.sparkSession().equals(self.spark._jsparkSession):
            message = f"The function of '{flow.name}' returned a DataFrame of another Spark session"
            raise GraphError(message, where=location_of_function(flow.function), remedy="Use the global `spark`.")
        return frame

    def _refuse_wrong_kind(self, flow: QueryFlow, declared: Dataset, *, streaming: bool) -> None:
        if flow.is_update and (declared.sink is None or declared.sink.format.lower() != KAFKA):
            message = f"Update flow '{flow.name}' fills '{declared.name}', which is no sink of format 'kafka'"
            raise GraphError(message, where=flow.location, remedy="Use append_flow, or a Kafka sink.")
        if streaming and declared.kind is Kind.MATERIALIZED_VIEW:
            message = (
                f"[INVALID_FLOW_QUERY_TYPE.STREAMING_RELATION_FOR_MATERIALIZED_VIEW] '{declared.name}' reads a stream"
            )
            raise GraphError(message, where=flow.location, remedy="Use @table for a streaming query, or a batch read.")
        if flow.once:
            if streaming:
                message = f"Flow '{flow.name}' is declared with once=True and returns a streaming query"
                raise GraphError(message, where=flow.location, remedy="Read with spark.read.")
            return
        if not streaming and declared.kind in (Kind.STREAMING_TABLE, Kind.SINK):
            message = (
                f"[INVALID_FLOW_QUERY_TYPE.BATCH_RELATION_FOR_STREAMING_TABLE] Flow '{flow.name}' is a batch query"
            )
            raise GraphError(message, where=flow.location, remedy="Read with spark.readStream, or give once=True.")

    def _kind(self, declared: Dataset, flows: tuple[PlannedFlow, ...]) -> Kind:
        if declared.kind is not Kind.TABLE:
            return declared.kind
        return Kind.STREAMING_TABLE if flows[0].streaming else Kind.MATERIALIZED_VIEW

    def _schema(self, declared: Dataset, flows: tuple[PlannedFlow, ...]) -> TableDdl:
        produced = merged_schema(declared, flows)
        ddl = TableDdl(produced) if declared.schema is None else declared_schema(declared, produced)
        require_columns(declared, ddl.schema)
        return ddl

    def outside_table(self, name: str) -> TableFolder | None:
        """A table that another pipeline has made in the same state folder."""
        folder = self.state.table(self.definitions.full_name(name)) if self.state else None
        return folder if folder and folder.exists else None


class _PlanEvaluation(NotingEvaluation):
    """Answers reads with empty frames and notes the edges."""

    def __init__(self, planner: _Planner, flow: Flow) -> None:
        self._planner = planner
        self._flow = flow
        self.inputs: dict[str, None] = {}
        self.tables: dict[str, None] = {}
        self.databases: list[Database] = []

    def table(self, name: str, *, streaming: bool, reader: DataFrameReader | DataStreamReader) -> DataFrame | None:
        planner = self._planner
        if is_live(name):
            bare = ".".join(name_parts(name))
            planner.registry.deprecated("The prefix 'LIVE.'", f"the bare name '{bare}'", caller_location())
        key = planner.definitions.find(name)
        if key is None:
            return self._outside(name, streaming=streaming)
        self.inputs[key] = None
        dataset = planner.dataset(key)
        reads_changes = options_of(reader).get("readchangefeed", "false").lower() == "true"
        refuse_read(dataset, streaming=streaming, reads_changes=reads_changes)
        if reads_changes:
            planner.change_feeds.add(key)
        schema = change_feed_schema(dataset.schema) if reads_changes else dataset.schema
        return placeholder(planner.spark, schema, streaming=streaming)

    def _outside(self, name: str, *, streaming: bool) -> DataFrame | None:
        """A table of another pipeline; None for one of Spark's own catalog."""
        planner = self._planner
        folder = planner.outside_table(name)
        if folder is not None:
            self.tables[f"table:{planner.definitions.full_name(name)}"] = None
            return placeholder(planner.spark, stored_schema(folder), streaming=streaming)
        if not planner.spark.catalog.tableExists(name):
            message = f"Data set '{name.replace('`', '')}' does not exist in pipeline '{planner.spec.name}'"
            raise GraphError(message, where=caller_location(), remedy=nearest(name, planner.definitions.spellings()))
        return None

    def auto_loader(self, path: str, schema: StructType | str | None, options: dict[str, str]) -> DataFrame:
        planner = self._planner
        place = planner.streams.planning(planner.definitions, self._flow)
        return autoloader.stream(planner.spark, path, schema, options, place)

    def kafka(self, options: Mapping[str, str], *, streaming: bool) -> Mapping[str, str]:  # noqa: ARG002 # both alike
        where = caller_location()
        hide_passwords(options)
        require_connector(self._planner.spark, where)
        check_source_options(options, where)
        return {}

    def jdbc(self, options: Mapping[str, str]) -> Mapping[str, str]:
        spark, where = self._planner.spark, caller_location()
        self.databases.append(database(options, spark.conf.getAll, where))
        require_driver(spark, options, where)
        return limits(options)


def _unseen(evaluation: _PlanEvaluation) -> tuple[str, ...]:
    """Databases, in which rows change without our knowing."""
    return tuple(dict.fromkeys(f"source:{database.address}" for database in evaluation.databases))


def refuse_read(dataset: PlannedDataset, *, streaming: bool, reads_changes: bool) -> None:
    """Reads that Databricks refuses: a stream of something that is rewritten, a batch of a streaming view."""
    where = caller_location()
    if dataset.kind is Kind.SINK:
        raise GraphError(f"'{dataset.name}' is a sink and cannot be read", where=where, remedy="Read what it writes.")
    if dataset.kind is Kind.VIEW:
        if dataset.flows[0].streaming != streaming:
            wanted, is_now = ("readStream", "batch") if streaming else ("read", "streaming")
            message = f"View '{dataset.name}' is a {is_now} query and cannot be used with spark.{wanted}.table"
            raise GraphError(message, where=where)
        return
    is_cdc = isinstance(dataset.flows[0].flow, CdcFlow | SnapshotFlow)
    if streaming and (dataset.kind is Kind.MATERIALIZED_VIEW or (is_cdc and not reads_changes)):
        what = "an AUTO CDC target" if is_cdc else "a materialized view"
        message = f"'{dataset.name}' is {what}, whose rows change; it cannot be read as a stream"
        remedy = "Use spark.read.table in a materialized view"
        remedy += ', or .option("readChangeFeed", "true").' if is_cdc else "."
        raise GraphError(message, where=where, remedy=remedy)


def change_feed_schema(schema: StructType) -> StructType:
    """The columns of a table's change feed."""
    return StructType(
        [
            *schema.fields,
            StructField("_change_type", StringType()),
            StructField("_commit_version", LongType()),
            StructField("_commit_timestamp", TimestampType()),
        ]
    )
