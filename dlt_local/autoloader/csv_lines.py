"""CSV files with a header and rescued data: columns are matched by name, file by file."""

from __future__ import annotations

import re

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, StringType, StructType

from dlt_local.autoloader.json_lines import is_text, no_fields, to_rescued

_CORRUPT = "_corrupt_record"
_HEADER, _LINE, _FIELDS = "dlt_local_header", "dlt_local_line", "dlt_local_fields"
_BYTE_ORDER_MARK = "\ufeff"


def parsed(files: DataFrame, schema: StructType, rescued_column: str, separator: str) -> DataFrame:
    """Columns of `schema` plus the rescued column from a stream of whole files in column `value`.

    Columns that the schema lacks, values that do not fit their type and surplus values go to the rescued column.
    A quoted value may hold separators and doubled quotes, not line breaks.
    """
    lines = F.split(F.regexp_replace(F.make_valid_utf8(F.col("value")), _BYTE_ORDER_MARK, ""), "\r?\n")
    filled = F.filter(lines, lambda line: F.length(F.trim(line)) > 0)
    header = _values(F.element_at(filled, 1), separator)
    body = F.slice(filled, 2, F.greatest(F.size(filled) - 1, F.lit(0)))
    rows = files.where(is_text(F.col("value")) & (F.length(F.trim("value")) > 0)).select(
        header.alias(_HEADER), F.explode(body).alias(_LINE)
    )
    rows = rows.select(_LINE, _named(F.col(_HEADER), _values(F.col(_LINE), separator)).alias(_FIELDS))
    columns = [_column(field.name, field.dataType).alias(field.name) for field in schema.fields]
    return rows.select(*columns, _rescued(schema).alias(rescued_column))


def _values(line: Column, separator: str) -> Column:
    mark = re.escape(separator)
    # Each value is found by the separator before it, so the first one gets a separator too.
    pattern = f'{mark}("(?:[^"]|"")*"|[^{mark}]*)'
    return F.transform(F.regexp_extract_all(F.concat(F.lit(separator), line), F.lit(pattern), F.lit(1)), _unquoted)


def _unquoted(value: Column) -> Column:
    inner = F.regexp_replace(F.substring(value, F.lit(2), F.length(value) - 2), '""', '"')
    return F.when(value == "", F.lit(None)).when(value.startswith('"'), inner).otherwise(value)


def _named(header: Column, values: Column) -> Column:
    surplus = F.transform(F.sequence(F.size(header), F.size(values)), lambda number: F.concat(F.lit("_c"), number))
    names = F.when(F.size(values) > F.size(header), F.slice(F.concat(header, surplus), F.lit(1), F.size(values)))
    names = names.otherwise(F.slice(header, F.lit(1), F.size(values)))
    return F.map_from_arrays(F.transform(names, lambda name: F.trim(F.coalesce(name, F.lit("_c")))), values)


def _column(name: str, data_type: DataType) -> Column:
    if name == _CORRUPT:
        return F.when(F.size(_FIELDS) == 0, F.col(_LINE))
    raw = _field(name)
    return raw if isinstance(data_type, StringType) else raw.try_cast(data_type)


def _field(name: str) -> Column:
    return F.element_at(_FIELDS, F.lit(name))


def _rescued(schema: StructType) -> Column:
    typed = {field.name: field.dataType for field in schema.fields if field.name != _CORRUPT}
    unknown = F.map_filter(_FIELDS, lambda key, value: value.isNotNull() & ~key.isin(*typed))
    misfits = [_misfit(name, data_type) for name, data_type in typed.items() if not isinstance(data_type, StringType)]
    return to_rescued(F.map_concat(unknown, *misfits))


def _misfit(name: str, data_type: DataType) -> Column:
    raw = _field(name)
    is_misfit = raw.isNotNull() & raw.try_cast(data_type).isNull()
    return F.when(is_misfit, F.create_map(F.lit(name), raw)).otherwise(no_fields())
