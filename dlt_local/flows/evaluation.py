"""Evaluates a data-set function against the tables on disk, with the expectations of the views on its way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql.readwriter import DataFrameReader

from dlt_local import autoloader
from dlt_local.api.definitions import Expectation, QueryFlow
from dlt_local.expectations import Check, enforced
from dlt_local.graph.reads import Evaluation, evaluating, options_of
from dlt_local.jdbc.drivers import require_driver
from dlt_local.jdbc.options import database, limits
from dlt_local.kafka.options import source_limits
from dlt_local.kafka.source import Outlook, Stream, refuse_unknown
from dlt_local.source_location import caller_location
from dlt_local.stores.batch_read import rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql.streaming.readwriter import DataStreamReader
    from pyspark.sql.types import StructType

    from dlt_local.graph.model import Graph
    from dlt_local.jdbc.options import Database
    from dlt_local.stores.state import StateFolder, TableFolder


@dataclass
class FlowEvaluation(Evaluation):
    """Reads of one flow that is about to run; `checks` collects the rules in its query.

    With `goes_on` tables are read as they are at each micro-batch, not as they are now.
    """

    graph: Graph
    state: StateFolder
    spark: SparkSession
    flow_name: str
    goes_on: bool = False
    checks: list[Check] = field(default_factory=list)
    databases: list[Database] = field(default_factory=list)
    kafka_streams: list[Outlook] = field(default_factory=list)
    _declared_in: list[QueryFlow] = field(default_factory=list)

    def query(self, flow: QueryFlow, dataset: str, rules: tuple[Expectation, ...]) -> DataFrame:
        """The flow's frame with the rules of `dataset` enforced."""
        self._declared_in.append(flow)
        with evaluating(self):
            frame = flow.function()
        self._declared_in.pop()
        return self.checked(frame, dataset, rules)

    def checked(self, frame: DataFrame, dataset: str, rules: tuple[Expectation, ...]) -> DataFrame:
        """`frame` with rules counted and enforced; views that are read twice are counted twice."""
        if not rules:
            return frame
        metric = f"expectations_{len(self.checks)}"
        check = Check(metric, dataset, rules, None if frame.isStreaming else Observation(metric))
        self.checks.append(check)
        return enforced(frame, check, flow=self.flow_name)

    def table(self, name: str, *, streaming: bool, reader: DataFrameReader | DataStreamReader) -> DataFrame | None:  # noqa: ARG002 # the reader decides
        """The data set that `name` means; None leaves the read to Spark."""
        key = self.graph.definitions.find(name)
        if key is not None:
            return self.dataset(key, reader)
        outside = self.state.table(self.graph.definitions.full_name(name))
        return self._rows(outside, reader) if outside.exists else None

    def dataset(self, key: str, reader: DataFrameReader | DataStreamReader) -> DataFrame:
        """The rows of a table, or the query of a view."""
        planned = self.graph.datasets[key]
        flow = planned.flows[0].flow
        if not planned.is_stored and isinstance(flow, QueryFlow):
            return self.query(flow, planned.name, planned.declared.expectations)
        return self._rows(self.state.table(key), reader)

    def _rows(self, folder: TableFolder, reader: DataFrameReader | DataStreamReader) -> DataFrame:
        if isinstance(reader, DataFrameReader) and not self.goes_on and not options_of(reader):
            return rows_of(self.spark, folder)
        return reader.format("delta").load(str(folder.path))

    def auto_loader(self, path: str, schema: StructType | str | None, options: dict[str, str]) -> DataFrame:
        """New files below `path` as a stream."""
        place = autoloader.KeptStreams(self.state).running(
            self.graph.definitions, self._declared_in[-1], self._table(), self.flow_name
        )
        return autoloader.stream(self.spark, path, schema, options, place)

    def kafka(self, options: Mapping[str, str], *, streaming: bool) -> Mapping[str, str]:
        """Limits of time, once the broker and the topics are there with all that the flow has not read yet."""
        if streaming:
            checkpoint = self.state.place(self._table()).checkpoint(self.flow_name)
            self.kafka_streams.append(Stream(self.spark, checkpoint, len(self.kafka_streams), options).outlook())
        else:
            refuse_unknown(self.spark, options)
        return source_limits(options)

    def kafka_partitions(self) -> int:
        """How many partitions the flow's streams of Kafka read together."""
        return sum(stream.partitions for stream in self.kafka_streams)

    def kafka_messages(self) -> int:
        """How many messages wait for the flow."""
        return sum(stream.messages for stream in self.kafka_streams)

    def jdbc(self, options: Mapping[str, str]) -> Mapping[str, str]:
        """Limits of time; the database is remembered, to be named by errors."""
        where = caller_location()
        self.databases.append(database(options, self.spark.conf.getAll, where))
        require_driver(self.spark, options, where)
        return limits(options)

    def _table(self) -> str:
        """What the flow fills."""
        return autoloader.KeptStreams(self.state).table_of(self.graph, self.flow_name, self._declared_in[0])
