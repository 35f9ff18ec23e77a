"""CSV files with a header and rescued data: columns are matched by name, file by file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from dlt_local.autoloader.rescued import FIELDS, LINE, is_text, rescued_data, typed_columns

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

_HEADER = "dlt_local_header"
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
    texts = files.where(is_text(F.col("value")) & (F.length(F.trim("value")) > 0))
    rows = texts.select(header.alias(_HEADER), F.explode(body).alias(LINE))
    rows = rows.select(LINE, _named(F.col(_HEADER), _values(F.col(LINE), separator)).alias(FIELDS))
    columns = typed_columns(schema, is_corrupt=F.size(FIELDS) == 0)
    return rows.select(*columns, rescued_data(schema).alias(rescued_column))


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
