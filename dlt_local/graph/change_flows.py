"""Plans AUTO CDC flows: what they read, the schema of their target, and what may not share one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pyspark.sql.types import LongType, StructType

from dlt_local.api.definitions import CdcFlow, Dataset, Kind, QueryFlow, SnapshotFlow
from dlt_local.cdc.columns import END, START, cdc_target_schema, lowered, sequence_type, snapshot_target_schema
from dlt_local.cdc.snapshot_function import next_snapshot, version_type
from dlt_local.errors import GraphError, PipelineError, first_line, nearest
from dlt_local.graph.model import PlannedDataset, PlannedFlow
from dlt_local.graph.placeholder import placeholder
from dlt_local.graph.reads import Evaluation, evaluating
from dlt_local.graph.table_ddl import table_ddl
from dlt_local.jdbc.errors import database_error
from dlt_local.loading import users_location
from dlt_local.stores.tables import stored_schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from dlt_local.api.definitions import Flow
    from dlt_local.graph.names import Definitions
    from dlt_local.project.spec import PipelineSpec
    from dlt_local.stores.state import StateFolder

# A function may read what the runtime cannot see, so its flow runs in every update.
_UNSEEN = ("source:snapshots",)


class SourcePlans(Protocol):
    """What planning a change flow needs of the planner."""

    definitions: Definitions
    spec: PipelineSpec
    spark: SparkSession
    state: StateFolder | None

    def dataset(self, key: str) -> PlannedDataset:
        """The plan of a data set."""


class NotingEvaluation(Evaluation):
    """An evaluation that notes the data sets it answered for."""

    inputs: dict[str, None]


def refuse_mixed_flows(declared: Dataset, flows: Sequence[Flow]) -> None:
    """Flows that may not fill one table together, or not a table of this kind."""
    changes = [flow for flow in flows if isinstance(flow, CdcFlow | SnapshotFlow)]
    if not changes:
        return
    first = changes[0]
    if declared.kind is not Kind.STREAMING_TABLE:
        message = f"The AUTO CDC target '{declared.name}' is not made by create_streaming_table"
        raise GraphError(message, where=first.location, remedy="Declare it with create_streaming_table.")
    if any(isinstance(flow, QueryFlow) for flow in flows):
        message = f"'{declared.name}' has an AUTO CDC flow beside other flows"
        raise GraphError(message, where=first.location, remedy="Give each its own target.")
    if len(changes) > 1 and any(isinstance(flow, SnapshotFlow) for flow in changes):
        message = f"'{declared.name}' has an AUTO CDC FROM SNAPSHOT flow beside other flows"
        raise GraphError(message, where=changes[1].location, remedy="Give each its own target.")
    if declared.expectations:
        message = f"AUTO CDC target '{declared.name}' has expectations, which is not supported"
        raise GraphError(message, where=declared.location, remedy="Put them on the view that feeds the flow.")
    if declared.schema is not None and table_ddl(declared).generated:
        message = f"AUTO CDC target '{declared.name}' has generated columns, which is not supported"
        raise GraphError(message, where=declared.location, remedy="Compute them in the view that feeds the flow.")
    for other in changes[1:]:
        _refuse_difference(declared, first, other)


def _refuse_difference(declared: Dataset, first: Flow, other: Flow) -> None:
    before, now = _in_common(first), _in_common(other)
    for what, value in now.items():
        if value != before[what]:
            message = f"Flows '{first.name}' and '{other.name}' into '{declared.name}' differ in {what}"
            raise GraphError(message, where=other.location, remedy=f"The first one is at {first.location}.")


def _in_common(flow: Flow) -> Mapping[str, object]:
    """What all flows into one target must agree on; the order of names does not matter."""
    lists = (
        "column_list",
        "except_column_list",
        "track_history_column_list",
        "track_history_except_column_list",
        "ignore_null_updates_column_list",
        "ignore_null_updates_except_column_list",
    )
    given = {name: getattr(flow, name) for name in lists}
    return {
        "keys": lowered(getattr(flow, "keys", ())),
        "stored_as_scd_type": getattr(flow, "scd_type", None),
        "ignore_null_updates": getattr(flow, "ignore_null_updates", None),
        **{name: None if names is None else lowered(names) for name, names in given.items()},
    }


def planned_change_flow(
    flow: CdcFlow | SnapshotFlow, key: str, plans: SourcePlans, evaluation: NotingEvaluation
) -> PlannedFlow:
    """The plan of a change flow into data set `key`; `evaluation` answers the reads of a snapshot function."""
    if isinstance(flow, CdcFlow):
        return _cdc_flow(flow, key, plans)
    if isinstance(flow.source, str):
        source = _source(flow, flow.source, plans)
        _refuse_kind(source, flow, streaming=False)
        schema = snapshot_target_schema(source.schema, flow, LongType())
        return PlannedFlow(flow=flow, inputs=(source.name,), schema=schema, streaming=False, definition="")
    schema = _function_schema(flow, key, plans, evaluation)
    return PlannedFlow(flow, tuple(evaluation.inputs), schema, streaming=False, definition="", external=_UNSEEN)


def _cdc_flow(flow: CdcFlow, key: str, plans: SourcePlans) -> PlannedFlow:
    source = _source(flow, flow.source, plans)
    _refuse_kind(source, flow, streaming=not flow.once)
    frame = _empty(source, plans)
    schema = cdc_target_schema(frame, flow)
    first = plans.definitions.flows[key][0]
    if isinstance(first, CdcFlow) and first is not flow:
        before = sequence_type(_empty(_source(first, first.source, plans), plans), first).simpleString()
        now = sequence_type(frame, flow).simpleString()
        if before != now:
            message = f"Flows '{first.name}' and '{flow.name}' into '{flow.target}' differ in the type of sequence_by"
            raise GraphError(f"{message}: {before}, {now}", where=flow.location, remedy="Cast one of them.")
    return PlannedFlow(flow=flow, inputs=(source.name,), schema=schema, streaming=not flow.once, definition="")


def _source(flow: CdcFlow | SnapshotFlow, name: str, plans: SourcePlans) -> PlannedDataset:
    key = plans.definitions.find(name)
    if key is None:
        message = f"Source '{name}' of AUTO CDC flow '{flow.name}' does not exist"
        raise GraphError(message, where=flow.location, remedy=nearest(name, plans.definitions.spellings()))
    return plans.dataset(key)


def _empty(source: PlannedDataset, plans: SourcePlans) -> DataFrame:
    return placeholder(plans.spark, source.schema, streaming=False)


def _refuse_kind(source: PlannedDataset, flow: CdcFlow | SnapshotFlow, *, streaming: bool) -> None:
    """A stream comes from a streaming table or view; a batch from anything but a streaming view."""
    is_stream = source.kind is Kind.STREAMING_TABLE or source.flows[0].streaming
    if source.kind is Kind.SINK:
        raise GraphError(f"Source '{source.name}' is a sink and cannot be read", where=flow.location)
    if streaming and not is_stream:
        message = f"Source data for the APPLY CHANGES target '{flow.target}' must be a streaming query"
        remedy = f"Let '{source.name}' read with spark.readStream, or give once=True."
        raise GraphError(message, where=flow.location, remedy=remedy)
    if streaming and any(isinstance(inner.flow, CdcFlow | SnapshotFlow) for inner in source.flows):
        message = f"'{source.name}' is an AUTO CDC target, whose rows change; it cannot be read as a stream"
        raise GraphError(message, where=flow.location, remedy="Read its change feed in a view.")
    if not streaming and source.kind is Kind.VIEW and is_stream:
        message = f"Source view '{source.name}' of '{flow.target}' is a streaming query, but is read as a batch"
        raise GraphError(message, where=flow.location, remedy="Let it read with spark.read.")


def _function_schema(flow: SnapshotFlow, key: str, plans: SourcePlans, evaluation: Evaluation) -> StructType:
    """The declared schema; else the columns of the table and of the first snapshot that the function gives."""
    declared = plans.definitions.datasets[key]
    if declared.schema is not None:
        return _declared_schema(declared, flow)
    folder = plans.state.table(key) if plans.state else None
    stored = stored_schema(folder) if folder and folder.exists else None
    if not callable(flow.source):
        raise TypeError(flow.source)
    try:
        with evaluating(evaluation):
            found = next_snapshot(flow.source, None)
    except Exception as error:
        if stored is not None:
            return stored
        raise database_error(error, evaluation.databases) or snapshot_error(error, flow, plans.spec) from error
    if found is not None:
        frame, version = found
        first = snapshot_target_schema(frame.schema, flow, version_type(version))
        return first if stored is None else _with_new_fields(stored, first)
    if stored is not None:
        return stored
    message = f"The function of '{flow.name}' returned None for the first snapshot, so its columns are not known"
    remedy = "Give create_streaming_table a schema, or run when the first snapshot is there."
    raise GraphError(message, where=flow.location, remedy=remedy)


def _declared_schema(declared: Dataset, flow: SnapshotFlow) -> StructType:
    """The schema that the user wrote, with the columns that a target of this flow must have."""
    fields = table_ddl(declared).schema.fields
    version = next((field.dataType for field in fields if field.name.lower() == START.lower()), LongType())
    columns = StructType([field for field in fields if field.name.lower() not in lowered((START, END))])
    return snapshot_target_schema(columns, flow, version)


def _with_new_fields(stored: StructType, found: StructType) -> StructType:
    known = lowered(stored.names)
    return StructType([*stored.fields, *[field for field in found.fields if field.name.lower() not in known]])


def snapshot_error(error: Exception, flow: SnapshotFlow, spec: PipelineSpec) -> PipelineError:
    """What the user's snapshot function raised, with the place in the user's file."""
    if isinstance(error, PipelineError):
        return error
    where = users_location(error, spec) or flow.location
    return GraphError(
        f"The snapshot function of '{flow.name}' failed: {type(error).__name__}: {first_line(error)}", where=where
    )
