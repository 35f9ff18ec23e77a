"""`cloudFiles.schemaHints`: columns and types that win over the inferred ones."""

from __future__ import annotations

import re

from pyspark.errors import PySparkException
from pyspark.sql.types import ArrayType, DataType, MapType, StructField, StructType

from dlt_local.errors import DefinitionError, first_line
from dlt_local.source_location import caller_location

_HINT = re.compile(r"((?:`[^`]+`|[^`\s:])+)(?:\s*:\s*|\s+)(.+)", re.DOTALL)
_PART = re.compile(r"`([^`]+)`|([^`.]+)")


def with_hints(schema: StructType, hints: str) -> StructType:
    """`schema` with the hinted types; hinted columns that it lacks are added at the end.

    A name may lead into a struct (`address.zip`), an array (`tags.element`) or a map (`sizes.key`, `sizes.value`).
    """
    for hint in _separated(hints):
        found = _HINT.fullmatch(hint)
        if found is None:
            message = f"'{hint}' in 'cloudFiles.schemaHints' is no column with a type"
            raise DefinitionError(message, where=caller_location(), remedy="Write name TYPE, name TYPE.")
        path = [quoted or bare for quoted, bare in _PART.findall(found[1])]
        hinted = _placed(schema, path, _type(found[2]), hint)
        schema = hinted if isinstance(hinted, StructType) else schema
    return schema


def _separated(hints: str) -> list[str]:
    """The hints, split at commas that are in no brackets."""
    parts, depth = [""], 0
    for character in hints:
        depth += {"<": 1, "(": 1, ">": -1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def _type(ddl: str) -> DataType:
    try:
        return DataType.fromDDL(ddl)
    except PySparkException as error:
        message = f"Type '{ddl}' in 'cloudFiles.schemaHints' cannot be parsed: {first_line(error)}"
        raise DefinitionError(message, where=caller_location()) from error


def _placed(parent: DataType, path: list[str], data_type: DataType, hint: str) -> DataType:
    if not path:
        return data_type
    name, *rest = path
    if isinstance(parent, StructType):
        return _placed_field(parent, name, rest, data_type, hint)
    if isinstance(parent, ArrayType) and name == "element":
        return ArrayType(_placed(parent.elementType, rest, data_type, hint))
    if isinstance(parent, MapType) and name == "key":
        return MapType(_placed(parent.keyType, rest, data_type, hint), parent.valueType)
    if isinstance(parent, MapType) and name == "value":
        return MapType(parent.keyType, _placed(parent.valueType, rest, data_type, hint))
    message = f"Hint '{hint}' leads into a column of type {parent.simpleString()}"
    raise DefinitionError(message, where=caller_location(), remedy="Hint the type of the whole column.")


def _placed_field(parent: StructType, name: str, rest: list[str], data_type: DataType, hint: str) -> StructType:
    known = {field.name.lower(): field for field in parent.fields}
    before = known.get(name.lower())
    if before is None:
        inner = _placed(StructType(), rest, data_type, hint)
        return StructType([*parent.fields, StructField(name, inner)])
    inner = _placed(before.dataType, rest, data_type, hint)
    fields = [StructField(field.name, inner) if field is before else field for field in parent.fields]
    return StructType(fields)
