"""The schema of a stored data set: declared, or merged from the queries that fill it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.errors import PySparkException
from pyspark.sql.types import DataType, StructField, StructType

from dlt_local.errors import GraphError, first_line, nearest

if TYPE_CHECKING:
    from dlt_local.api.definitions import Dataset
    from dlt_local.graph.model import PlannedFlow


def merged_schema(declared: Dataset, flows: tuple[PlannedFlow, ...]) -> StructType:
    """All columns of all flows by name; one column with two types is an error."""
    fields: dict[str, StructField] = {}
    for flow in flows:
        for field in flow.schema.fields:
            known = fields.setdefault(field.name.lower(), StructField(field.name, field.dataType, True, field.metadata))
            _refuse_other_type(declared, known, field, f"flow '{flow.name}'")
    return StructType(list(fields.values()))


def declared_schema(declared: Dataset, produced: StructType) -> StructType:
    """The schema that the user wrote; the query must not bring other columns or types."""
    schema = _parsed(declared)
    known = {field.name.lower(): field for field in schema.fields}
    for field in produced.fields:
        if field.name.lower() not in known:
            message = f"'{declared.name}' produces column '{field.name}', which its declared schema lacks"
            raise GraphError(message, where=declared.location, remedy=nearest(field.name, schema.names))
        _refuse_other_type(declared, known[field.name.lower()], field, "the query")
    return schema


def require_columns(declared: Dataset, schema: StructType) -> None:
    """Partition and clustering columns must exist."""
    names = {name.lower() for name in schema.names}
    for column in (*declared.partition_cols, *declared.recorded.get("cluster_by", ())):
        if column.lower() not in names:
            message = f"'{declared.name}' has no column '{column}' to partition or cluster by"
            raise GraphError(message, where=declared.location, remedy=nearest(column, schema.names))


def _parsed(declared: Dataset) -> StructType:
    if isinstance(declared.schema, StructType):
        return declared.schema
    try:
        return parsed_ddl(str(declared.schema))
    except PySparkException as error:
        message = f"The schema of '{declared.name}' cannot be parsed: {first_line(error)}"
        remedy = "Constraints, masks and generated columns are not supported here."
        raise GraphError(message, where=declared.location, remedy=remedy) from error


def _refuse_other_type(declared: Dataset, known: StructField, field: StructField, source: str) -> None:
    if _shape(known.dataType) != _shape(field.dataType):
        types = f"{field.dataType.simpleString()} from {source}, {known.dataType.simpleString()} before"
        message = f"Column '{field.name}' of '{declared.name}' has two types: {types}"
        raise GraphError(message, where=declared.location, remedy="Cast it in the query.")


def parsed_ddl(ddl: str) -> StructType:
    """A schema from DDL text."""
    parsed = StructType.fromDDL(ddl)
    return parsed if isinstance(parsed, StructType) else StructType([StructField("value", parsed)])


def _shape(data_type: DataType) -> str:
    return data_type.simpleString().lower()
