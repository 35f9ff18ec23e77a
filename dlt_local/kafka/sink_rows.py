"""Which rows a `kafka` sink takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql.types import ArrayType, BinaryType, DataType, IntegerType, StringType, StructField, StructType

from dlt_local.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlt_local.source_location import SourceLocation

_TEXT = (StringType(), BinaryType())
_HEADERS = ArrayType(StructType([StructField("key", StringType()), StructField("value", BinaryType())]))
_COLUMNS: Mapping[str, tuple[DataType, ...]] = {
    "value": _TEXT,
    "key": _TEXT,
    "topic": (StringType(),),
    "partition": (IntegerType(),),
    "headers": (_HEADERS,),
}


def refuse_wrong_frame(flow: str, schema: StructType, options: Mapping[str, str], where: SourceLocation) -> None:
    """GraphError if rows of this schema are no Kafka messages; columns beside those of a message are not written."""
    types = {field.name.lower(): field.dataType for field in schema}
    if "value" not in types:
        message = f"Flow '{flow}' writes to Kafka and has no column 'value'; it has {', '.join(types) or 'none'}"
        raise GraphError(message, where=where, remedy="Build it, for example with to_json(struct('*')) AS value.")
    if "topic" not in types and not _has_topic(options):
        message = f"Flow '{flow}' writes to Kafka without a topic"
        raise GraphError(message, where=where, remedy="Give the sink the option 'topic', or the rows a column 'topic'.")
    for name, accepted in _COLUMNS.items():
        if name in types and not any(_is_like(types[name], known) for known in accepted):
            wanted = " or ".join(known.simpleString().upper() for known in accepted)
            found = types[name].simpleString().upper()
            message = f"Column '{name}' of flow '{flow}' is {found}; Kafka takes {wanted}"
            raise GraphError(
                message, where=where, remedy=f"Cast it: CAST({name} AS {accepted[0].simpleString().upper()})."
            )


def _has_topic(options: Mapping[str, str]) -> bool:
    return any(name.lower() == "topic" and value for name, value in options.items())


def _is_like(found: DataType, known: DataType) -> bool:
    return found.simpleString() == known.simpleString()
