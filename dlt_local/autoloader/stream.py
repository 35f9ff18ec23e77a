"""Builds the stream of a `cloudFiles` source: each file once, explicit schema, rescued data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql.types import StringType, StructField, StructType

from dlt_local.autoloader import csv_lines, json_lines
from dlt_local.autoloader.files import has_glob, local_path
from dlt_local.autoloader.options import AutoLoaderOptions, checked_options
from dlt_local.errors import DefinitionError, FlowError, UnsupportedError
from dlt_local.graph.table_ddl import parsed_ddl
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming.readwriter import DataStreamReader

# Spark forgets files much older than the newest one; a late file with an old date must not be lost.
_NEVER = "36500d"


def stream(spark: SparkSession, path: str, schema: StructType | str | None, options: Mapping[str, str]) -> DataFrame:
    """A streaming frame of the new files below `path`, sub-folders included, with `_metadata`.

    A feed folder that does not exist yet is a stream without files if its parent exists; otherwise it is an error.
    """
    checked = checked_options(options)
    if checked.format == "text":
        return _files(spark, checked).format("text").load(_existing(path))
    declared = _declared(schema)
    if checked.rescued_data_column is None:
        return _native(spark, path, declared, checked)
    data = _without_rescued(declared, checked.rescued_data_column)
    if checked.format == "json":
        lines = _files(spark, checked).format("text").load(_existing(path))
        return json_lines.parsed(lines, data, checked.rescued_data_column)
    if checked.get("header", "false").lower() != "true":
        raise UnsupportedError("Rescued data of csv files needs the option header=true", where=caller_location())
    files = _files(spark, checked).format("text").option("wholetext", "true").load(_existing(path))
    return csv_lines.parsed(files, data, checked.rescued_data_column, checked.get("sep", ","))


def _files(spark: SparkSession, options: AutoLoaderOptions) -> DataStreamReader:
    reader = spark.readStream.option("recursiveFileLookup", "true").option("maxFileAge", _NEVER)
    for key in ("maxFilesPerTrigger", "maxBytesPerTrigger", "pathGlobFilter"):
        if value := options.get(key, ""):
            reader = reader.option(key, value)
    return reader


def _native(spark: SparkSession, path: str, schema: StructType, options: AutoLoaderOptions) -> DataFrame:
    reader = spark.readStream.option("recursiveFileLookup", "true").option("maxFileAge", _NEVER)
    if options.format == "csv" and options.get("header", "false").lower() == "true":
        # Spark assigns csv columns by position; a file whose header says otherwise must not be read silently.
        reader = reader.option("enforceSchema", "false")
    for key, value in options.reader.items():
        reader = reader.option(key, value)
    return reader.format(options.format).schema(schema).load(_existing(path))


def _declared(schema: StructType | str | None) -> StructType:
    if schema is None:
        message = "Auto Loader without a schema is not supported by dlt_local"
        raise UnsupportedError(message, where=caller_location(), remedy="Call .schema(...) before .load(...).")
    return schema if isinstance(schema, StructType) else parsed_ddl(schema)


def _without_rescued(schema: StructType, column: str) -> StructType:
    if StructField(column, StringType()) not in [StructField(f.name, f.dataType) for f in schema.fields]:
        message = f"The schema must list the rescued-data column '{column} STRING'"
        raise DefinitionError(message, where=caller_location())
    return StructType([field for field in schema.fields if field.name != column])


def _existing(path: str) -> str:
    folder = local_path(path)
    if has_glob(path) or folder.exists():
        return path
    if folder.parent.is_dir():
        # A glob that matches nothing yet is a stream without files; the folder may appear later.
        return f"{folder.parent}/{{{folder.name}}}"
    raise FlowError(
        f"Landing folder '{folder.parent}' does not exist",
        where=caller_location(),
        remedy="Create it or give --landing.",
    )
