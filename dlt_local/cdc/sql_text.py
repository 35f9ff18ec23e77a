"""Names, texts and types as DuckDB's SQL writes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyspark.sql.types import ArrayType, CharType, DataType, DecimalType, MapType, StringType, StructType, VarcharType

from dlt_local.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dlt_local.source_location import SourceLocation

_SCALARS = {
    "binary": "BLOB",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "double": "DOUBLE",
    "byte": "TINYINT",
    "float": "FLOAT",
    "integer": "INTEGER",
    "long": "BIGINT",
    "short": "SMALLINT",
    "timestamp": "TIMESTAMPTZ",
    "timestamp_ntz": "TIMESTAMP",
}
_GLOB = re.compile(r"([*?\[])")


def quoted(name: str) -> str:
    """An identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string."""
    return "'" + text.replace("'", "''") + "'"


def files(paths: Iterable[str | Path]) -> str:
    """A list of files; no character of a path is a wildcard."""
    return "[" + ", ".join(literal(_GLOB.sub(r"[\1]", str(path))) for path in paths) + "]"


def sql_type(data_type: DataType, what: str = "A column", where: SourceLocation | None = None) -> str:
    """DuckDB's name of a Spark type; raises GraphError for one that change data cannot carry."""
    if isinstance(data_type, StructType):
        fields = (f"{quoted(field.name)} {sql_type(field.dataType, what, where)}" for field in data_type.fields)
        return f"STRUCT({', '.join(fields)})"
    if isinstance(data_type, ArrayType):
        return f"{sql_type(data_type.elementType, what, where)}[]"
    if isinstance(data_type, MapType):
        return f"MAP({sql_type(data_type.keyType, what, where)}, {sql_type(data_type.valueType, what, where)})"
    if isinstance(data_type, DecimalType):
        return f"DECIMAL({data_type.precision}, {data_type.scale})"
    if isinstance(data_type, StringType | CharType | VarcharType):
        return "VARCHAR"
    name = _SCALARS.get(data_type.typeName())
    if name is None:
        message = f"{what} is of type {data_type.simpleString()}, which AUTO CDC does not take here"
        raise GraphError(message, where=where, remedy="Cast it in the view that feeds the flow.")
    return name
