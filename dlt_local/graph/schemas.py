"""The schema of a stored data set: declared, or merged from the queries that fill it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql.types import ArrayType, BinaryType, BooleanType, DataType, MapType, StructField, StructType

from dlt_local.errors import GraphError, nearest
from dlt_local.graph.table_ddl import TableDdl, table_ddl

if TYPE_CHECKING:
    from dlt_local.api.definitions import Dataset
    from dlt_local.graph.model import PlannedFlow

# Delta keeps no statistics on these.
_NOT_FOR_CLUSTERING = (ArrayType, BinaryType, BooleanType, MapType, StructType)


def merged_schema(declared: Dataset, flows: tuple[PlannedFlow, ...]) -> StructType:
    """All columns of all flows by name; one column with two types is an error."""
    fields: dict[str, StructField] = {}
    for flow in flows:
        for field in flow.schema.fields:
            known = fields.setdefault(field.name.lower(), StructField(field.name, field.dataType, True, field.metadata))
            _refuse_other_type(declared, known, field, f"flow '{flow.name}'")
    return StructType(list(fields.values()))


def declared_schema(declared: Dataset, produced: StructType) -> TableDdl:
    """The schema that the user wrote; the query must not bring other columns or types, or generated columns."""
    ddl = table_ddl(declared)
    known = {field.name.lower(): field for field in ddl.schema.fields}
    generated = {name.lower() for name in ddl.generated}
    for field in produced.fields:
        if field.name.lower() not in known:
            message = f"'{declared.name}' produces column '{field.name}', which its declared schema lacks"
            raise GraphError(message, where=declared.location, remedy=nearest(field.name, ddl.schema.names))
        if field.name.lower() in generated:
            message = f"'{declared.name}' produces column '{field.name}', which its schema generates"
            raise GraphError(message, where=declared.location, remedy="Leave it out of the query.")
        _refuse_other_type(declared, known[field.name.lower()], field, "the query")
    return ddl


def require_columns(declared: Dataset, schema: StructType) -> None:
    """Partition and clustering columns must exist."""
    names = {name.lower() for name in schema.names}
    for column in (*declared.partition_cols, *declared.recorded.get("cluster_by", ())):
        if column.lower() not in names:
            message = f"'{declared.name}' has no column '{column}' to partition or cluster by"
            raise GraphError(message, where=declared.location, remedy=nearest(column, schema.names))
    for column in declared.recorded.get("cluster_by", ()):
        data_type = next(field.dataType for field in schema.fields if field.name.lower() == column.lower())
        if isinstance(data_type, _NOT_FOR_CLUSTERING):
            message = (
                f"[DELTA_CLUSTERING_COLUMNS_DATATYPE_NOT_SUPPORTED] '{declared.name}' cannot be clustered by "
                f"'{column}' of type {data_type.simpleString()}"
            )
            raise GraphError(message, where=declared.location, remedy="Cluster by another column.")


def _refuse_other_type(declared: Dataset, known: StructField, field: StructField, source: str) -> None:
    if _shape(known.dataType) != _shape(field.dataType):
        types = f"{field.dataType.simpleString()} from {source}, {known.dataType.simpleString()} before"
        message = f"Column '{field.name}' of '{declared.name}' has two types: {types}"
        raise GraphError(message, where=declared.location, remedy="Cast it in the query.")


def _shape(data_type: DataType) -> str:
    return data_type.simpleString().lower()
