"""Which columns an AUTO CDC target has, and which of them open a new version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DataType,
    MapType,
    NullType,
    StringType,
    StructField,
    StructType,
    VariantType,
)

from dlt_local.cdc.sql_text import sql_type
from dlt_local.errors import GraphError, first_line, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlt_local.api.definitions import CdcFlow, Predicate, SnapshotFlow

START, END = "__START_AT", "__END_AT"
SCD_TYPE_2 = 2
_NOT_ORDERABLE = (MapType, NullType, VariantType)


def as_column(predicate: Predicate) -> Column:
    """SQL text or a Column as a Column."""
    return F.expr(predicate) if isinstance(predicate, str) else predicate


def is_true(predicate: Predicate | None) -> Column:
    """TRUE where a predicate is; NULL, and a predicate that is not given, are FALSE."""
    condition = F.lit(col=False) if predicate is None else as_column(predicate)
    return F.coalesce(condition.cast("boolean"), F.lit(col=False))


def lowered(names: Iterable[str] | None) -> frozenset[str]:
    """Names as they are compared: without regard to case."""
    return frozenset(name.lower() for name in names or ())


def target_columns(source: Iterable[str], flow: CdcFlow | SnapshotFlow) -> list[str]:
    """The source's columns that the target keeps, in the source's order."""
    only = getattr(flow, "column_list", None)
    all_but = lowered(getattr(flow, "except_column_list", None))
    wanted = None if only is None else lowered(only)
    return [name for name in source if (name.lower() in wanted if wanted is not None else name.lower() not in all_but)]


def chosen_columns(data: Iterable[str], only: Iterable[str] | None, all_but: Iterable[str] | None) -> tuple[str, ...]:
    """The columns that a pair of lists chooses; all of them without a list."""
    wanted = None if only is None else lowered(only)
    dropped = lowered(all_but)
    return tuple(
        name for name in data if (name.lower() in wanted if wanted is not None else name.lower() not in dropped)
    )


def sequence_type(source: DataFrame, flow: CdcFlow) -> DataType:
    """The type of the flow's sequence, which must have an order; every expression of the flow is resolved here."""
    expressions = (flow.apply_as_deletes, flow.apply_as_truncates, flow.where)
    try:
        selected = source.select(
            as_column(flow.sequence_by).alias("sequence"),
            *[is_true(predicate).alias(f"condition_{number}") for number, predicate in enumerate(expressions)],
        )
    except PySparkException as error:
        message = f"AUTO CDC flow '{flow.name}' cannot be resolved: {first_line(error)}"
        raise GraphError(message, where=flow.location) from error
    sequence = selected.schema["sequence"].dataType
    if _holds(sequence, _NOT_ORDERABLE):
        kind = sequence.simpleString()
        message = f"[AUTOCDC_MICROBATCH_VALIDATION.NON_ORDERABLE_SEQUENCE] 'sequence_by' of '{flow.name}' is of {kind}"
        raise GraphError(message, where=flow.location, remedy="Sequence by a sortable type.")
    return sequence


def cdc_target_schema(source: DataFrame, flow: CdcFlow) -> StructType:
    """The target's schema; every column and expression that the flow names is checked here."""
    lists = {
        "column_list": flow.column_list,
        "except_column_list": flow.except_column_list,
        "ignore_null_updates_column_list": flow.ignore_null_updates_column_list,
        "ignore_null_updates_except_column_list": flow.ignore_null_updates_except_column_list,
        "columns_to_update": None if flow.columns_to_update is None else (flow.columns_to_update,),
    }
    _require_known(source.schema, flow, lists)
    if flow.columns_to_update is not None:
        _require_names(source.schema, flow, flow.columns_to_update)
    return _schema(source.schema, flow, sequence_type(source, flow))


def snapshot_target_schema(source: StructType, flow: SnapshotFlow, version: DataType) -> StructType:
    """The schema of a target of snapshots with these columns and versions."""
    _require_known(source, flow, {})
    return _schema(source, flow, version)


def _schema(source: StructType, flow: CdcFlow | SnapshotFlow, sequence: DataType) -> StructType:
    columns = target_columns(source.names, flow)
    _require_keys(source, columns, flow)
    fields = [
        StructField(field.name, field.dataType, True, field.metadata)
        for field in source.fields
        if field.name in columns
    ]
    if flow.scd_type == SCD_TYPE_2:
        fields += [StructField(START, sequence), StructField(END, sequence)]
    for field in fields:
        sql_type(field.dataType, f"Column '{field.name}' of AUTO CDC target '{flow.target}'", flow.location)
    return StructType(fields)


def _require_known(schema: StructType, flow: CdcFlow | SnapshotFlow, lists: dict[str, tuple[str, ...] | None]) -> None:
    known = lowered(schema.names)
    source = f"'{flow.source}'" if isinstance(flow.source, str) else f"of '{flow.name}'"
    for reserved in (START, END):
        if reserved.lower() in known:
            message = f"Source {source} may not have a column '{reserved}'"
            raise GraphError(message, where=flow.location, remedy="Rename it in a view.")
    history = {
        "keys": flow.keys,
        "track_history_column_list": flow.track_history_column_list,
        "track_history_except_column_list": flow.track_history_except_column_list,
    }
    for argument, names in {**history, **lists}.items():
        for name in names or ():
            if name.lower() not in known:
                message = f"'{argument}' names column '{name}', which source {source} does not have"
                raise GraphError(message, where=flow.location, remedy=nearest(name, schema.names))


def _require_names(schema: StructType, flow: CdcFlow, column: str) -> None:
    found = next(field.dataType for field in schema.fields if field.name.lower() == column.lower())
    if not (isinstance(found, ArrayType) and isinstance(found.elementType, StringType)):
        message = f"'columns_to_update' needs a column of type array<string>, '{column}' is {found.simpleString()}"
        raise GraphError(message, where=flow.location)


def _require_keys(source: StructType, columns: list[str], flow: CdcFlow | SnapshotFlow) -> None:
    kept = lowered(columns)
    types = {field.name.lower(): field.dataType for field in source.fields}
    for key in flow.keys:
        if key.lower() not in kept:
            message = f"Key '{key}' must be among the target columns of '{flow.target}'"
            raise GraphError(message, where=flow.location, remedy="Keep it in the column list.")
        if _holds(types[key.lower()], _NOT_ORDERABLE):
            message = f"Key '{key}' of '{flow.target}' is of {types[key.lower()].simpleString()}, which has no equality"
            raise GraphError(message, where=flow.location, remedy="Use a scalar column as key.")


def _holds(data_type: DataType, kinds: tuple[type[DataType], ...]) -> bool:
    """Whether a type is one of these, or has one inside."""
    if isinstance(data_type, StructType):
        return any(_holds(field.dataType, kinds) for field in data_type.fields)
    if isinstance(data_type, ArrayType):
        return _holds(data_type.elementType, kinds)
    return isinstance(data_type, kinds)
