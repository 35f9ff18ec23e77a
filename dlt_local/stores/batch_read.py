"""Reads the rows of a stored table in a batch query.

Spark's Delta reader rebuilds the table's state from its log in a job of its own, which costs more than reading a small
table. A plain table of few files is read as those files; any other goes through the Delta reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deltalake import DeltaTable

from dlt_local.graph.placeholder import placeholder
from dlt_local.stores.tables import stored_schema

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dlt_local.stores.state import TableFolder

# Spark lists more paths than this in a job of its own.
_FEW_FILES = 32
_PLAIN_READER = 1


def rows_of(spark: SparkSession, folder: TableFolder) -> DataFrame:
    """All rows of the newest version."""
    path = str(folder.path)
    table = DeltaTable(path)
    files = table.file_uris()
    if table.protocol().min_reader_version > _PLAIN_READER or len(files) > _FEW_FILES:
        return spark.read.format("delta").load(path)
    schema = stored_schema(folder)
    if not files:
        return placeholder(spark, schema, streaming=False)
    reader = spark.read.schema(schema)
    if table.metadata().partition_columns:
        reader = reader.option("basePath", path)
    return reader.parquet(*files).select(*[f"`{name}`" for name in schema.names])
