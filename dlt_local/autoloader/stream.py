"""Builds the stream of a `cloudFiles` source: each file once, typed columns, rescued data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from dlt_local.autoloader import csv_lines, json_lines, source_log
from dlt_local.autoloader.files import has_glob, local_path
from dlt_local.autoloader.options import Mode
from dlt_local.autoloader.partitions import partition_text
from dlt_local.autoloader.rescued import FIELDS, Columns
from dlt_local.autoloader.schemas import Place, StreamSchemas
from dlt_local.autoloader.source import FIXED, TEXT_FORMATS, Source, checked_source
from dlt_local.errors import DefinitionError, FlowError
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.streaming.readwriter import DataStreamReader
    from pyspark.sql.types import StructField

# Spark forgets files much older than the newest one; a late file with an old date must not be lost.
_NEVER = "36500d"
_FILE_OPTIONS = (
    "maxFilesPerTrigger",
    "maxBytesPerTrigger",
    "pathGlobFilter",
    "ignoreCorruptFiles",
    "ignoreMissingFiles",
)


def stream(
    spark: SparkSession, path: str, schema: StructType | str | None, options: Mapping[str, str], place: Place
) -> DataFrame:
    """A streaming frame of the new files below `path`, sub-folders included, with `_metadata`.

    A feed folder that does not exist yet is a stream without files if its parent exists; otherwise it is an error. So
    is a folder without files if the schema has to be inferred. SchemaChangedError if new files changed the schema.
    """
    source = checked_source(path, schema, options)
    _existing(path)
    schemas = StreamSchemas(spark, source, place)
    if source.declared is not None:
        return _declared_stream(spark, source, schemas)
    known = schemas.columns()
    stream_of = _Stream(spark, source, schemas, known.columns, known.partitions)
    return stream_of.frame()


def _declared_stream(spark: SparkSession, source: Source, schemas: StreamSchemas) -> DataFrame:
    declared = StructType([field for field in (source.declared or StructType()) if field.name != source.rescued])
    files = source.files()
    folders = source.partitions(files).names
    if source.format in FIXED:
        fixed = FIXED[source.format].names
        # Before the first file no folder says which columns are to come from folders.
        folders = folders if files else [name for name in declared.names if name not in fixed]
        _refuse_other_columns(source.format, [field for field in declared if field.name not in folders])
    partitions = StructType([field for field in declared if field.name in folders])
    if source.mode is Mode.FAIL:
        schemas.refuse_new_columns(declared)
    return _Stream(spark, source, schemas, declared, partitions).frame()


def _refuse_other_columns(file_format: str, declared: Sequence[StructField]) -> None:
    """The columns of some formats are what they are."""
    fixed = {field.name: field.dataType.simpleString() for field in FIXED[file_format]}
    for column in declared:
        if fixed.get(column.name) != column.dataType.simpleString():
            found = f"{column.name} {column.dataType.simpleString()}"
            message = f"Files of format {file_format} have no column '{found}'"
            columns = ", ".join(f"{name} {data_type}" for name, data_type in fixed.items())
            raise DefinitionError(message, where=caller_location(), remedy=f"They have {columns}.")


@dataclass(frozen=True, slots=True)
class _Stream:
    """A stream with known columns: `columns` in their order, of which `partitions` come from folders."""

    spark: SparkSession
    source: Source
    schemas: StreamSchemas
    columns: StructType
    partitions: StructType

    def frame(self) -> DataFrame:
        source = self.source
        self._forget_changed()
        if source.format in TEXT_FORMATS and (source.is_inferred or source.rescued or source.mode is Mode.FAIL):
            return self._parsed()
        return self._native()

    def _forget_changed(self) -> None:
        checkpoint = self.schemas.place.checkpoint
        if checkpoint is not None and self.source.options.flag("cloudFiles.allowOverwrites"):
            source_log.forget_changed(checkpoint, self.source.files())

    def _parsed(self) -> DataFrame:
        """Texts that are parsed here, because Spark's reader rescues nothing."""
        options = self.source.options
        whole = self.source.format == "csv" or options.flag("multiLine")
        reader = self._reader(only_files=True).format("text").option("wholetext", str(whole).lower())
        if options.has("lineSep"):
            reader = reader.option("lineSep", options.get("lineSep"))
        texts = self._admitted(reader.load(_existing(self.source.path)))
        columns = Columns(
            self.columns,
            frozenset(self.partitions.names),
            options.corrupt_column,
            options.get("dateFormat"),
            options.get("timestampFormat"),
            json_lines.parser_options(options) if self.source.format == "json" else {},
        )
        if self.source.format == "json":
            rows, is_corrupt = json_lines.rows(texts, options), F.col(FIELDS).isNull()
        else:
            names = self._data().names if self.source.declared is not None else []
            rows, is_corrupt = csv_lines.rows(texts, options, names), F.size(FIELDS) == 0
        if self.source.watches_columns:
            rows = rows.where(self._has_known_fields())
        typed = columns.typed(is_corrupt=is_corrupt)
        if self.source.rescued is None:
            return rows.select(*typed)
        corrupt = is_corrupt if self.source.format == "json" else None
        return rows.select(*typed, columns.rescued(is_corrupt=corrupt).alias(self.source.rescued))

    def _has_known_fields(self) -> Column:
        """TRUE; a field of a file that came after new files were examined fails the flow before anything is written."""
        known = [name.lower() for name in self.columns.names]
        may_be_surplus = self.source.format == "csv" and self.source.options.flag("header")
        unknown = F.map_keys(F.map_filter(FIELDS, lambda key, value: value.isNotNull() & ~F.lower(key).isin(*known)))
        if may_be_surplus:
            # Values beyond the header are no columns.
            unknown = F.filter(unknown, lambda key: ~key.rlike(r"^_c\d+$"))
        what = F.concat(F.lit("Unknown fields ["), F.array_join(unknown, ", "), F.lit("]"))
        return _or_fail(F.coalesce(F.size(unknown) == 0, F.lit(col=True)), what)

    def _native(self) -> DataFrame:
        source = self.source
        data = self._data()
        extra = StructType()
        if source.format == "parquet" and source.rescued is not None and not source.evolves:
            extra = self.schemas.rescued_columns(self.columns)
        reader = self._reader(only_files=False)
        if source.format == "csv" and source.options.flag("header"):
            # Spark assigns csv columns by position; a file whose header says otherwise must not be read silently.
            reader = reader.option("enforceSchema", "false")
        read = StructType([*data.fields, *extra.fields])
        frame = self._admitted(reader.format(source.format).schema(read).load(_existing(source.path)))
        if self.schemas.examined_until_ns:
            frame = frame.where(_is_examined(self.schemas.examined_until_ns))
        if not self.partitions.fields and not extra.fields and source.rescued is None and len(read) == len(data):
            return frame
        types = {field.name: field.dataType for field in self.partitions}
        columns = [
            partition_text(name).try_cast(types[name]).alias(name) if name in types else F.col(f"`{name}`")
            for name in self.columns.names
        ]
        if source.rescued is not None:
            columns.append(_rescued(extra).alias(source.rescued))
        return frame.select(*columns)

    def _data(self) -> StructType:
        return StructType([field for field in self.columns if field.name not in self.partitions.names])

    def _reader(self, *, only_files: bool) -> DataStreamReader:
        reader = self.spark.readStream.option("recursiveFileLookup", "true").option("maxFileAge", _NEVER)
        for key, value in self.source.options.reader.items():
            if not only_files or key.lower() in [name.lower() for name in _FILE_OPTIONS]:
                reader = reader.option(key, value)
        return reader

    def _admitted(self, frame: DataFrame) -> DataFrame:
        """Without files that are not wanted; Spark does not open them."""
        options = self.source.options
        changed_at = F.col("_metadata.file_modification_time")
        for name, compared in (("modifiedAfter", changed_at.__gt__), ("modifiedBefore", changed_at.__lt__)):
            if options.has(name):
                frame = frame.where(compared(F.lit(_time(options.get(name)))))
        left_out = self.schemas.left_out()
        if left_out:
            frame = frame.where(F.expr(_is_none_of(left_out)))
        return frame


def _rescued(columns: StructType) -> Column:
    if not columns.fields:
        return F.lit(None).cast("string")
    found = F.to_json(F.struct(*[F.col(f"`{name}`") for name in columns.names]))
    path = F.to_json(F.struct(F.col("_metadata.file_path").alias("_file_path")))
    both = F.concat(F.substring(found, F.lit(1), F.length(found) - 1), F.lit(","), F.substring(path, 2, 1 << 30))
    return F.when(found != "{}", both)


def _is_examined(until_ns: int) -> Column:
    """TRUE; a file that came later, whose columns nobody has looked at, fails the flow."""
    modified = F.unix_millis(F.col("_metadata.file_modification_time"))
    return _or_fail(modified <= until_ns // 1_000_000, F.lit("Perhaps unknown fields"))


def _or_fail(is_fine: Column, what: Column) -> Column:
    file = F.col("_metadata.file_path")
    prefix, rest = F.lit("[UNKNOWN_FIELD_EXCEPTION.NEW_FIELDS_IN_FILE] "), F.lit(", which came while the update ran")
    message = F.concat(prefix, what, F.lit(" in file "), file, rest, F.lit(". Run it again."))
    return F.when(is_fine, F.lit(col=True)).otherwise(F.raise_error(message).cast("boolean"))


def _is_none_of(versions: frozenset[str]) -> str:
    """SQL that is false for these versions of files; one text, because thousands of columns would take seconds."""
    times: dict[str, int] = {}
    for version in versions:
        path, modified, _ = version.rsplit("|", 2)
        times[path] = int(modified) // 1_000_000
    decoded = "url_decode(replace(regexp_replace(_metadata.file_path, '^file:/*', '/'), '+', '%2B'))"
    listed = ", ".join(json.dumps(f"{path}|{time}") for path, time in sorted(times.items()))
    version = f"concat({decoded}, '|', unix_millis(_metadata.file_modification_time))"
    return f"{version} NOT IN ({listed})"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace(" ", "T")).replace(tzinfo=UTC)


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
