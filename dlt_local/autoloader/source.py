"""One Auto Loader stream as pipeline code asks for it, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql.types import BinaryType, LongType, StringType, StructField, StructType, TimestampType

from dlt_local.autoloader.files import SourceFile, source_files
from dlt_local.autoloader.options import AutoLoaderOptions, Mode, checked_options
from dlt_local.autoloader.partitions import partition_columns
from dlt_local.errors import DefinitionError, UnsupportedError
from dlt_local.graph.table_ddl import parsed_ddl
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_FORMATS = ("csv", "json")
FIXED: Mapping[str, StructType] = {
    "text": StructType([StructField("value", StringType())]),
    "binaryFile": StructType(
        [
            StructField("path", StringType()),
            StructField("modificationTime", TimestampType()),
            StructField("length", LongType()),
            StructField("content", BinaryType()),
        ]
    ),
}
_RESCUED = "_rescued_data"
_EVOLVING = (Mode.ADD, Mode.ADD_AND_WIDEN)


@dataclass(frozen=True, slots=True)
class Source:
    """Path, options and declared schema of a stream; `rescued` is the rescued-data column, if there is one."""

    path: str
    options: AutoLoaderOptions
    declared: StructType | None
    mode: Mode
    rescued: str | None

    @property
    def format(self) -> str:
        """The file format, as `cloudFiles.format` spells it."""
        return self.options.format

    @property
    def is_inferred(self) -> bool:
        """Whether the schema comes from the files."""
        return self.declared is None and self.format not in FIXED

    @property
    def evolves(self) -> bool:
        """Whether new columns change the stored schema."""
        return self.mode in _EVOLVING

    @property
    def watches_columns(self) -> bool:
        """Whether new columns must be noticed before they are read."""
        return self.evolves or self.mode is Mode.FAIL

    def files(self) -> list[SourceFile]:
        """The files that are there now, oldest first."""
        return source_files(self.path, self.options.name_pattern)

    def partitions(self, files: list[SourceFile]) -> StructType:
        """Partition columns of these files."""
        options = self.options
        return partition_columns(self.path, files, options.partition_columns, typed=options.infers_types)


def checked_source(path: str, schema: StructType | str | None, given: Mapping[str, str]) -> Source:
    """The stream that is asked for; what contradicts itself or is not served is an error."""
    options = checked_options(given)
    declared = None if schema is None else schema if isinstance(schema, StructType) else parsed_ddl(schema)
    mode = options.mode or (Mode.NONE if declared is not None or not _is_inferable(options) else Mode.ADD)
    _refuse_contradictions(options, declared, mode)
    source = Source(path, options, declared, mode, _rescued_column(options, declared, mode))
    if source.format in TEXT_FORMATS and (source.is_inferred or source.rescued or source.watches_columns):
        options.refuse_unserved_parsing()
    if declared is not None and source.rescued:
        _require_rescued(declared, source.rescued)
    return source


def _is_inferable(options: AutoLoaderOptions) -> bool:
    return options.format not in FIXED and options.format != "orc"


def _rescued_column(options: AutoLoaderOptions, declared: StructType | None, mode: Mode) -> str | None:
    if options.rescued_data_column is not None:
        return options.rescued_data_column
    infers = declared is None and _is_inferable(options) and mode is not Mode.NONE
    return _RESCUED if infers or mode is Mode.RESCUE else None


def _refuse_contradictions(options: AutoLoaderOptions, declared: StructType | None, mode: Mode) -> None:
    where = caller_location()
    if not _is_inferable(options):
        _refuse_evolution(options, mode)
    if options.format == "orc" and declared is None:
        message = "Auto Loader infers no schema of orc files, on Databricks as well"
        raise DefinitionError(message, where=where, remedy="Call .schema(...) before .load(...).")
    if declared is not None and mode in _EVOLVING:
        message = f"'cloudFiles.schemaEvolutionMode' {mode.value} is not allowed together with a schema"
        raise DefinitionError(message, where=where, remedy="Give schemaHints instead of the schema, or another mode.")
    if declared is not None and options.has("cloudFiles.schemaHints"):
        message = "'cloudFiles.schemaHints' has no effect together with a schema"
        raise DefinitionError(message, where=where, remedy="Remove one of them.")


def _refuse_evolution(options: AutoLoaderOptions, mode: Mode) -> None:
    for name, is_used in (
        ("cloudFiles.schemaEvolutionMode", mode is not Mode.NONE),
        ("rescuedDataColumn", options.rescued_data_column is not None),
        ("cloudFiles.schemaHints", options.has("cloudFiles.schemaHints")),
    ):
        if is_used:
            message = f"'{name}' is not served for {options.format} files, whose columns are fixed"
            raise UnsupportedError(message, where=caller_location(), remedy="Remove it.")


def _require_rescued(schema: StructType, column: str) -> None:
    if not any(field.name == column and isinstance(field.dataType, StringType) for field in schema.fields):
        message = f"The schema must list the rescued-data column '{column} STRING'"
        raise DefinitionError(message, where=caller_location())
