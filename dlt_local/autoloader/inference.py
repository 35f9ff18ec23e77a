"""Which columns, of which types, files hold."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, StringType, StructField, StructType

from dlt_local.autoloader import csv_lines, json_lines
from dlt_local.autoloader.parquet_files import footer_schema
from dlt_local.autoloader.rescued import FIELDS
from dlt_local.autoloader.schema_changes import changed_by
from dlt_local.errors import FlowError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pyspark.sql import Column, DataFrame, SparkSession

    from dlt_local.autoloader.files import SourceFile
    from dlt_local.autoloader.options import AutoLoaderOptions
    from dlt_local.autoloader.source import Source

_WILDCARD = re.compile(r"([\[\]{}*?\\])")
# As many files as Databricks samples.
SAMPLE = 1000
_SCALARS = (
    ("int", r"[+-]?\d+"),
    ("bigint", r"[+-]?\d+"),
    ("double", r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"),
    ("boolean", "(?i:true|false)"),
    ("date", r"\d{4}-\d{2}-\d{2}"),
    ("timestamp", r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?"),
)


@dataclass(frozen=True, slots=True)
class FoundColumns:
    """Columns of some files, in order, and a file that holds each (by its name)."""

    schema: StructType
    example: Mapping[str, str]

    def file_with(self, field: str) -> str:
        """A file that holds the field, given by its dotted name."""
        return self.example.get(field.split(".", maxsplit=1)[0].lower(), "")


def found_columns(spark: SparkSession, source: Source, files: Sequence[SourceFile]) -> FoundColumns:
    """The data columns of `files`. Of names that differ in case only, one is taken."""
    paths = [file.path for file in files]
    if source.format == "parquet":
        return _parquet_columns(paths, source.options)
    if source.format == "json":
        return _json_columns(spark, source, paths)
    return _csv_columns(spark, source.options, paths)


def _parquet_columns(paths: Iterable[Path], options: AutoLoaderOptions) -> FoundColumns:
    schema = StructType()
    example: dict[str, str] = {}
    for path in paths:
        try:
            footer = footer_schema(path)
        except (pa.ArrowException, OSError) as error:
            _skip_unreadable(path, error, options)
            continue
        schema = changed_by(schema, footer, widening=True).schema
        example = {**{name.lower(): str(path) for name in footer.names}, **example}
    return FoundColumns(schema, example)


def _json_columns(spark: SparkSession, source: Source, paths: Sequence[Path]) -> FoundColumns:
    options = source.options
    texts = _texts(spark, paths, options, whole=options.flag("multiLine"))
    names = _names(json_lines.rows(texts, options))
    types = _json_types(texts, options) if options.infers_types else {}
    columns = [StructField(name, types.get(name, StringType())) for name in sorted(names)]
    return _one_case_each(columns, names)


def _json_types(texts: DataFrame, options: AutoLoaderOptions) -> dict[str, DataType]:
    """Types by Spark's own inference; it takes texts, so that the same lines are parsed as by the stream."""
    spark = texts.sparkSession
    marks = ("{", "[") if options.flag("multiLine") else ("{",)
    is_record = F.ltrim(F.col("value")).substr(1, 1).isin(*marks)
    reader: Any = spark._jsparkSession.read()
    for name, value in json_lines.parser_options(options).items():
        reader = reader.option(name, value)
    encoder = spark._jvm.org.apache.spark.sql.Encoders.STRING()  # type: ignore[union-attr] # a classic session has a JVM
    inferred = reader.json(getattr(texts.where(is_record)._jdf, "as")(encoder)).schema().json()
    return {field.name: field.dataType for field in StructType.fromJson(json.loads(inferred)).fields}


def _csv_columns(spark: SparkSession, options: AutoLoaderOptions, paths: Sequence[Path]) -> FoundColumns:
    names: dict[str, str] = {}
    if options.flag("header"):
        for path in paths:
            for name in csv_lines.header_names(_beginning(path, options), options):
                names.setdefault(name, str(path))
    if names and not options.infers_types:
        return _one_case_each([StructField(name, StringType()) for name in names], names)
    if options.flag("header") and not names:
        return FoundColumns(StructType(), {})
    rows = csv_lines.rows(_texts(spark, paths, options, whole=True), options, ())
    if not options.flag("header"):
        names = dict(sorted(_names(rows).items(), key=lambda item: int(item[0].removeprefix("_c"))))
    types = _csv_types(rows) if options.infers_types else {}
    return _one_case_each([StructField(name, types.get(name, StringType())) for name in names], names)


def _beginning(path: Path, options: AutoLoaderOptions) -> str:
    """Enough of a file for its header. Not through Python's open, by which a plan comes to depend on the file."""
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            text = b""
            while block := stream.read(1 << 20):
                text += block
                lines = text.decode("utf-8", "replace")
                if not options.flag("multiLine") and csv_lines.header_names(lines, options) and "\n" in lines.strip():
                    break
    except (pa.ArrowException, OSError) as error:
        _skip_unreadable(path, error, options)
        return ""
    return text.decode("utf-8", "replace")


def _skip_unreadable(path: Path, error: Exception, options: AutoLoaderOptions) -> None:
    """FlowError, unless such files are to be ignored."""
    if not options.flag("ignoreCorruptFiles"):
        message = f"File {path} cannot be read: {str(error).splitlines()[0]}"
        raise FlowError(message, remedy="Repair or remove it; the files beside it wait.") from error


def _csv_types(rows: DataFrame) -> dict[str, DataType]:
    """The narrowest type by which all values of a column can be read."""
    value = F.col("value")
    fits = [_fits(value, name, pattern).alias(name) for name, pattern in _SCALARS]
    pairs = rows.select(F.explode(FIELDS).alias("key", "value")).where(value.isNotNull())
    found = _collected(pairs.groupBy("key").agg(*fits))
    return {row["key"]: _narrowest(row) for row in found}


def _fits(value: Column, type_name: str, pattern: str) -> Column:
    return F.bool_and(F.trim(value).rlike(f"^(?:{pattern})$") & value.try_cast(type_name).isNotNull())


def _narrowest(row: Mapping[str, Any]) -> DataType:
    name = next((name for name, _ in _SCALARS if row[name]), "string")
    return DataType.fromDDL(name)


def _names(rows: DataFrame) -> dict[str, str]:
    """Names of all fields, with a file that holds each."""
    path = F.col("_metadata.file_path").alias("path")
    keys = rows.select(path, F.explode(F.map_keys(FIELDS)).alias("key"))
    return {row["key"]: row["path"] for row in _collected(keys.groupBy("key").agg(F.min("path").alias("path")))}


def _one_case_each(columns: Sequence[StructField], files: Mapping[str, str]) -> FoundColumns:
    kept: dict[str, StructField] = {}
    for column in columns:
        kept.setdefault(column.name.lower(), column)
    return FoundColumns(StructType(list(kept.values())), {name.lower(): file for name, file in files.items()})


def _texts(spark: SparkSession, paths: Sequence[Path], options: AutoLoaderOptions, *, whole: bool) -> DataFrame:
    # Without partition discovery, which refuses files at several depths.
    reader = spark.read.format("text").option("wholetext", str(whole).lower()).option("recursiveFileLookup", "true")
    for name in ("lineSep", "ignoreCorruptFiles", "ignoreMissingFiles"):
        if options.has(name):
            reader = reader.option(name, options.get(name))
    return reader.load([_WILDCARD.sub(r"\\\1", str(path)) for path in paths])


def _collected(frame: DataFrame) -> list[dict[str, Any]]:
    """The rows; not by `collect`, which is what the runtime watches pipeline code for."""
    return [json.loads(row) for row in frame._jdf.toJSON().collectAsList()]
