"""Typed columns from a map of raw texts, and what does not fit them as rescued data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StringType, StructType

if TYPE_CHECKING:
    from pyspark.sql import Column

# The columns that a reader prepares: raw texts by name, and the whole line.
FIELDS, LINE = "dlt_local_fields", "dlt_local_line"
_CORRUPT = "_corrupt_record"


def typed_columns(schema: StructType, *, is_corrupt: Column) -> list[Column]:
    """The columns of `schema`; `_corrupt_record`, if it is one of them, holds a line that is corrupt."""
    corrupt = F.when(is_corrupt, F.make_valid_utf8(F.col(LINE)))
    columns = {
        field.name: corrupt if field.name == _CORRUPT else _typed(field.name, field.dataType) for field in schema
    }
    return [column.alias(name) for name, column in columns.items()]


def rescued_data(schema: StructType) -> Column:
    """JSON of unknown fields and of values that do not fit their type, with `_file_path`; NULL if there are none."""
    types = {field.name: field.dataType for field in schema.fields if field.name != _CORRUPT}
    unknown = F.map_filter(FIELDS, lambda key, value: value.isNotNull() & ~key.isin(*types))
    misfits = [_misfit(name, data_type) for name, data_type in types.items() if not isinstance(data_type, StringType)]
    fields = F.map_concat(unknown, *misfits)
    with_path = F.map_concat(fields, F.create_map(F.lit("_file_path"), F.col("_metadata.file_path")))
    return F.when(F.size(fields) > 0, F.to_json(with_path))


def is_text(value: Column) -> Column:
    """TRUE; a NUL character, which no text has, fails the flow with the name of the file."""
    message = F.concat(F.lit("Landing file "), F.col("_metadata.file_path"), F.lit(" is binary, not text"))
    return F.when(F.instr(value, "\0") == 0, F.lit(col=True)).otherwise(F.raise_error(message).cast("boolean"))


def _raw(name: str) -> Column:
    return F.element_at(FIELDS, F.lit(name))


def _typed(name: str, data_type: DataType) -> Column:
    if isinstance(data_type, StringType):
        return _raw(name)
    if isinstance(data_type, StructType | ArrayType | MapType):
        return F.from_json(_raw(name), data_type.simpleString())
    return _raw(name).try_cast(data_type)


def _misfit(name: str, data_type: DataType) -> Column:
    is_misfit = _raw(name).isNotNull() & _typed(name, data_type).isNull()
    none = F.map_from_arrays(F.array().cast("array<string>"), F.array().cast("array<string>"))
    return F.when(is_misfit, F.create_map(F.lit(name), _raw(name))).otherwise(none)
