"""JSON lines with rescued data: one parse into a map of raw texts, from which typed columns are taken."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StringType, StructType

_CORRUPT = "_corrupt_record"
_FIELDS = "dlt_local_fields"
_TEXT = "dlt_local_text"


def parsed(lines: DataFrame, schema: StructType, rescued_column: str) -> DataFrame:
    """Columns of `schema` plus the rescued column from a text stream with column `value`.

    A line that is no JSON object goes to `_corrupt_record` if the schema has it. Fields that the schema lacks, or
    whose value does not fit their type, go to the rescued column as JSON together with `_file_path`.
    """
    fields = F.from_json(F.col("value"), "map<string,string>")
    rows = lines.where(is_text(F.col("value")) & (F.length(F.trim("value")) > 0)).select(
        F.col("value").alias(_TEXT), fields.alias(_FIELDS)
    )
    columns = [_column(field.name, field.dataType).alias(field.name) for field in schema.fields]
    return rows.select(*columns, _rescued(schema).alias(rescued_column))


def _column(name: str, data_type: DataType) -> Column:
    if name == _CORRUPT:
        return F.when(F.col(_FIELDS).isNull(), F.make_valid_utf8(F.col(_TEXT)))
    return _typed(F.element_at(_FIELDS, F.lit(name)), data_type)


def _typed(raw: Column, data_type: DataType) -> Column:
    if isinstance(data_type, StringType):
        return raw
    if isinstance(data_type, StructType | ArrayType | MapType):
        return F.from_json(raw, data_type.simpleString())
    return raw.try_cast(data_type)


def _rescued(schema: StructType) -> Column:
    typed = {field.name: field.dataType for field in schema.fields if field.name != _CORRUPT}
    unknown = F.map_filter(_FIELDS, lambda key, value: value.isNotNull() & ~key.isin(*typed))
    misfits = [_misfit(name, data_type) for name, data_type in typed.items() if not isinstance(data_type, StringType)]
    return to_rescued(F.map_concat(unknown, *misfits))


def _misfit(name: str, data_type: DataType) -> Column:
    raw = F.element_at(_FIELDS, F.lit(name))
    is_misfit = raw.isNotNull() & _typed(raw, data_type).isNull()
    return F.when(is_misfit, F.create_map(F.lit(name), raw)).otherwise(no_fields())


def is_text(value: Column) -> Column:
    """TRUE; a NUL character, which no text has, fails the flow with the name of the file."""
    message = F.concat(F.lit("Landing file "), F.col("_metadata.file_path"), F.lit(" is binary, not text"))
    return F.when(F.instr(value, "\0") == 0, F.lit(col=True)).otherwise(F.raise_error(message).cast("boolean"))


def no_fields() -> Column:
    """An empty map of names to texts."""
    return F.map_from_arrays(F.array().cast("array<string>"), F.array().cast("array<string>"))


def to_rescued(fields: Column) -> Column:
    """JSON text of the rescued fields with `_file_path`, NULL if there are none."""
    with_path = F.map_concat(fields, F.create_map(F.lit("_file_path"), F.col("_metadata.file_path")))
    return F.when(F.size(fields) > 0, F.to_json(with_path))
