"""JSON lines with rescued data: one parse into a map of raw texts, from which typed columns are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from dlt_local.autoloader.rescued import FIELDS, LINE, is_text, rescued_data, typed_columns

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType


def parsed(lines: DataFrame, schema: StructType, rescued_column: str) -> DataFrame:
    """Columns of `schema` plus the rescued column from a text stream with column `value`.

    A line that is no JSON object goes to `_corrupt_record` if the schema has it. Fields that the schema lacks, or
    whose value does not fit their type, go to the rescued column as JSON together with `_file_path`.
    """
    fields = F.from_json(F.col("value"), "map<string,string>")
    filled = lines.where(is_text(F.col("value")) & (F.length(F.trim("value")) > 0))
    rows = filled.select(F.col("value").alias(LINE), fields.alias(FIELDS))
    columns = typed_columns(schema, is_corrupt=F.col(FIELDS).isNull())
    return rows.select(*columns, rescued_data(schema).alias(rescued_column))
