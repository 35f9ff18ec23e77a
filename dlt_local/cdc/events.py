"""Turns the rows of a source into change events, and sees what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StructType

from dlt_local.cdc.columns import as_column, is_true, target_columns
from dlt_local.cdc.shape import DELETE, TRUNCATE, UPSERT, TargetShape

if TYPE_CHECKING:
    from dlt_local.api.definitions import CdcFlow

NULL_SEQUENCE, NULL_KEY, NOT_WHERE, UNKNOWN_COLUMN = "sequence", "key", "where", "column "


def change_events(source: DataFrame, flow: CdcFlow, shape: TargetShape) -> DataFrame:
    """One event per row in the columns of the log, and `fault`: what is wrong with it, NULL if nothing is.

    Deletes keep only their key, truncates nothing: what else stands in their rows has no meaning.
    """
    operation = F.when(is_true(flow.apply_as_truncates), TRUNCATE).when(is_true(flow.apply_as_deletes), DELETE)
    operation = operation.otherwise(UPSERT).cast("byte")
    sequence = as_column(flow.sequence_by)
    keys = [
        F.when(operation < TRUNCATE, canonical(column(key.name), key.dataType)).alias(name)
        for name, key in zip(shape.key_names, shape.keys, strict=True)
    ]
    names = _named(flow, shape)
    data = event_data(source, flow, shape, operation, names)
    fault = _fault(source, flow, shape, operation)
    return source.select(
        *keys, sequence.alias("seq"), operation.alias("op"), names.alias("named"), *data, fault.alias("fault")
    )


def event_data(source: DataFrame, flow: CdcFlow, shape: TargetShape, operation: Column, names: Column) -> list[Column]:
    """The non-key columns of the target; a column that the source does not have is NULL."""
    kept = {name.lower(): name for name in target_columns(source.columns, flow)}
    found = []
    for field in shape.data:
        name = kept.get(field.name.lower())
        value = F.lit(None) if name is None else canonical(column(name), source.schema[name].dataType)
        sets = (operation == UPSERT) & (names.isNull() | F.array_contains(names, field.name.lower()))
        data_type = field.dataType if name is None else source.schema[name].dataType
        found.append(F.when(sets, value).cast(data_type).alias(f"c_{field.name}"))
    return found


def column(name: str) -> Column:
    """A column by its name, whatever characters that has."""
    return F.col("`" + name.replace("`", "``") + "`")


def canonical(value: Column, data_type: DataType) -> Column:
    """The value with the entries of its maps in the order of their keys, so that equal maps look equal."""
    if isinstance(data_type, MapType):
        values = F.transform_values(value, lambda _, item: canonical(item, data_type.valueType))
        return F.map_from_entries(F.array_sort(F.map_entries(values), _by_key))
    if not _has_map(data_type):
        return value
    if isinstance(data_type, ArrayType):
        return F.transform(value, lambda item: canonical(item, data_type.elementType))
    if isinstance(data_type, StructType):
        fields = [canonical(value.getField(f.name), f.dataType).alias(f.name) for f in data_type.fields]
        return F.when(value.isNotNull(), F.struct(*fields))
    return value


def _by_key(left: Column, right: Column) -> Column:
    before, after = left.getField("key"), right.getField("key")
    return F.when(before < after, F.lit(-1)).when(before > after, F.lit(1)).otherwise(F.lit(0))


def _has_map(data_type: DataType) -> bool:
    if isinstance(data_type, ArrayType):
        return _has_map(data_type.elementType)
    if isinstance(data_type, StructType):
        return any(_has_map(field.dataType) for field in data_type.fields)
    return isinstance(data_type, MapType)


def _named(flow: CdcFlow, shape: TargetShape) -> Column:
    """The non-key target columns that an event sets, in one order and case; NULL for all of them."""
    if flow.columns_to_update is None:
        return F.lit(None).cast("array<string>")
    known = F.array(*[F.lit(field.name.lower()) for field in shape.data]).cast("array<string>")
    return F.array_sort(F.array_intersect(_lowered(column(flow.columns_to_update)), known))


def _lowered(names: Column) -> Column:
    return F.transform(names, F.lower)


def _fault(source: DataFrame, flow: CdcFlow, shape: TargetShape, operation: Column) -> Column:
    sequence = as_column(flow.sequence_by)
    no_key = F.lit(col=False)
    for key in shape.keys:
        no_key = no_key | column(key.name).isNull()
    faults = F.when(_has_null(sequence, shape.sequence), F.lit(NULL_SEQUENCE))
    faults = faults.when((operation < TRUNCATE) & no_key, F.lit(NULL_KEY))
    if flow.where is not None:
        faults = faults.when(~is_true(flow.where), F.lit(NOT_WHERE))
    if flow.columns_to_update is not None:
        known = F.array(*[F.lit(name.lower()) for name in source.columns])
        unknown = F.array_except(_lowered(column(flow.columns_to_update)), known)
        name = F.coalesce(F.element_at(unknown, 1), F.lit("NULL"))
        faults = faults.when((operation == UPSERT) & (F.size(unknown) > 0), F.concat(F.lit(UNKNOWN_COLUMN), name))
    return faults


def _has_null(value: Column, data_type: DataType) -> Column:
    """Whether a sequence, or a field of it, is NULL."""
    found = value.isNull()
    for field in data_type.fields if isinstance(data_type, StructType) else ():
        found = found | _has_null(value.getField(field.name), field.dataType)
    return found
