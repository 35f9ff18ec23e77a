"""Which columns an AUTO CDC target has, and which of them open a new version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, MapType, StructField, StructType

from dlt_local.errors import GraphError, first_line, nearest

if TYPE_CHECKING:
    from dlt_local.api.definitions import CdcFlow, Predicate

START, END = "__START_AT", "__END_AT"
SCD_TYPE_2 = 2


def as_column(predicate: Predicate) -> Column:
    """SQL text or a Column as a Column."""
    return F.expr(predicate) if isinstance(predicate, str) else predicate


def is_delete(flow: CdcFlow) -> Column:
    """TRUE for a delete; NULL is not a delete."""
    condition = F.lit(col=False) if flow.apply_as_deletes is None else as_column(flow.apply_as_deletes)
    return F.coalesce(condition.cast("boolean"), F.lit(col=False))


def target_columns(source: StructType, flow: CdcFlow) -> list[str]:
    """The source's columns that the target keeps, in the source's order."""
    if flow.column_list is not None:
        wanted = {name.lower() for name in flow.column_list}
        return [name for name in source.names if name.lower() in wanted]
    dropped = {name.lower() for name in flow.except_column_list or ()}
    return [name for name in source.names if name.lower() not in dropped]


def tracked_columns(columns: list[str], flow: CdcFlow) -> list[str]:
    """The non-key columns whose change opens a new version of an SCD 2 target."""
    keys = {name.lower() for name in flow.keys}
    data = [name for name in columns if name.lower() not in keys]
    if flow.track_history_column_list is not None:
        wanted = {name.lower() for name in flow.track_history_column_list}
        return [name for name in data if name.lower() in wanted]
    dropped = {name.lower() for name in flow.track_history_except_column_list or ()}
    return [name for name in data if name.lower() not in dropped]


def cdc_target_schema(source: DataFrame, flow: CdcFlow) -> StructType:
    """The target's schema; every column and expression that the flow names is checked here."""
    _require_known(source.schema, flow)
    sequence = _sequence_type(source, flow)
    columns = target_columns(source.schema, flow)
    _require_keys(columns, flow)
    fields = [
        StructField(field.name, field.dataType, True, field.metadata)
        for field in source.schema.fields
        if field.name in columns
    ]
    if flow.scd_type == SCD_TYPE_2:
        fields += [StructField(START, sequence), StructField(END, sequence)]
    return StructType(fields)


def _require_known(schema: StructType, flow: CdcFlow) -> None:
    known = {name.lower() for name in schema.names}
    for reserved in (START, END):
        if reserved.lower() in known:
            raise GraphError(f"Source '{flow.source}' may not have a column '{reserved}'", where=flow.location)
    lists = {
        "keys": flow.keys,
        "column_list": flow.column_list,
        "except_column_list": flow.except_column_list,
        "track_history_column_list": flow.track_history_column_list,
        "track_history_except_column_list": flow.track_history_except_column_list,
    }
    for argument, names in lists.items():
        for name in names or ():
            if name.lower() not in known:
                message = f"'{argument}' names column '{name}', which source '{flow.source}' does not have"
                raise GraphError(message, where=flow.location, remedy=nearest(name, schema.names))


def _require_keys(columns: list[str], flow: CdcFlow) -> None:
    kept = {name.lower() for name in columns}
    for key in flow.keys:
        if key.lower() not in kept:
            message = f"Key '{key}' must be among the target columns of '{flow.target}'"
            raise GraphError(message, where=flow.location, remedy="Keep it in the column list.")


def _sequence_type(source: DataFrame, flow: CdcFlow) -> DataType:
    try:
        selected = source.select(as_column(flow.sequence_by).alias("sequence"), is_delete(flow).alias("is_delete"))
    except PySparkException as error:
        message = f"AUTO CDC flow '{flow.name}' cannot be resolved: {first_line(error)}"
        raise GraphError(message, where=flow.location) from error
    sequence = selected.schema["sequence"].dataType
    if isinstance(sequence, MapType):
        message = f"[AUTOCDC_MICROBATCH_VALIDATION.NON_ORDERABLE_SEQUENCE] 'sequence_by' of '{flow.name}' is a map"
        raise GraphError(message, where=flow.location, remedy="Sequence by a sortable type.")
    return sequence
