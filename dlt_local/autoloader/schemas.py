"""The schema of a stream without a declared one: inferred once, kept by each flow that reads it, evolved by new files.

A stream in a view belongs to every flow that reads the view. Each keeps a schema of its own; the columns of the stream
are those that any of them has met.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.autoloader import source_log
from dlt_local.autoloader.inference import SAMPLE, found_columns
from dlt_local.autoloader.options import Mode
from dlt_local.autoloader.schema_changes import changed_by
from dlt_local.autoloader.schema_hints import with_hints
from dlt_local.autoloader.source import FIXED, Source
from dlt_local.autoloader.stored import SchemaVersions, SourceSchema, StreamFolder, stream_name
from dlt_local.errors import FlowError, SchemaChangedError
from dlt_local.source_location import caller_location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType

    from dlt_local.autoloader.files import SourceFile
    from dlt_local.autoloader.inference import FoundColumns

_ERROR_CLASS = "[UNKNOWN_FIELD_EXCEPTION.NEW_FIELDS_IN_FILE]"


@dataclass(frozen=True, slots=True)
class Inferred:
    """What planning inferred for a stream that no flow had a schema of: to be kept by the flows that read it."""

    declared_in: str
    name: str
    schema: SourceSchema
    files: tuple[str, ...]
    location: Path | None

    def keep(self, flow: Path, *, is_forgotten: bool = False) -> None:
        """Store it as the first version of a flow, unless that has one, or is about to forget all.

        The version is read in any case, so that a plan in the making depends on it.
        """
        folder = StreamFolder(flow / self.name, self.location)
        if folder.schemas.latest() is None and not is_forgotten:
            folder.note_examined(self.files)
            folder.schemas.add(self.schema)
            folder.schemas.latest()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the memory of the streams of a flow lies.

    `declared_in` is the flow or view whose function asks for the stream, `own` the folder of the flow that runs (None
    while planning), `sharing` the folders of all flows that may keep a schema of the same stream. `note` is told what
    planning infers.
    """

    declared_in: str
    sharing: tuple[Path, ...] = ()
    own: Path | None = None
    checkpoint: Path | None = None
    note: Callable[[Inferred], None] | None = None


@dataclass(slots=True)
class StreamSchemas:
    """The schema of one stream, as planned or as it runs.

    `examined_until_ns` is when new files were looked at, or the date of the newest of them if that is later.
    """

    spark: SparkSession
    source: Source
    place: Place
    examined_until_ns: int = 0

    def columns(self) -> SourceSchema:
        """Data and partition columns with the hints applied; SchemaChangedError if new files changed them.

        Nothing is stored while planning.
        """
        schema = self._of_fixed_format() if self.source.format in FIXED else self._inferred_and_evolved()
        hints = self.source.options.get("cloudFiles.schemaHints")
        return SourceSchema(with_hints(schema.data, hints), schema.partitions)

    def rescued_columns(self, known: StructType) -> StructType:
        """Columns of parquet files that `known` lacks; they have to be read to be rescued."""
        folder = self._own
        if folder is None:
            return type(known)()
        stored = folder.rescued.latest() or SourceSchema()
        new, names = self._unexamined(folder)
        if new:
            found = found_columns(self.spark, self.source, new).schema
            beside = changed_by(type(known)(), stored.data, widening=False).schema
            lacking = [column for column in found.fields if not _has(known, column.name)]
            grown = changed_by(beside, type(known)(lacking), widening=True).schema
            if grown != stored.data:
                stored = SourceSchema(grown)
                folder.rescued.add(stored)
            folder.note_examined(names)
        return type(known)([column for column in stored.data.fields if not _has(known, column.name)])

    def refuse_new_columns(self, known: StructType) -> None:
        """FlowError if a file holds columns that a declared schema lacks; looked for in files not yet examined."""
        folder = self._own
        if folder is None:
            return
        new, names = self._unexamined(folder)
        if new:
            self._refuse_added(known, found_columns(self.spark, self.source, new))
            folder.note_examined(names)

    def left_out(self) -> frozenset[str]:
        """The files that were there when the flow started first, if those are not wanted."""
        folder = self._own
        if folder is None or self.source.options.flag("cloudFiles.includeExistingFiles", default=True):
            return frozenset()
        if folder.left_out is None:
            checkpoint = self.place.checkpoint
            is_first = checkpoint is None or not source_log.has_started(checkpoint)
            folder.leave_out(file.version for file in self.source.files() if is_first)
        return folder.left_out or frozenset()

    def _of_fixed_format(self) -> SourceSchema:
        data = FIXED[self.source.format]
        known = self._known()
        if known is None:
            files = self.source.files()
            known = SourceSchema(data, self.source.partitions(files[:SAMPLE]))
            if known.partitions.fields:
                self._keep(known, [])
        return SourceSchema(data, known.partitions)

    def _inferred_and_evolved(self) -> SourceSchema:
        known = self._known()
        if known is None:
            known = self._inferred()
        elif self._own is not None and self._own.schemas.latest() != known:
            self._own.schemas.add(known)
        if self._own is not None and self.source.watches_columns:
            self._evolve(self._own, known)
        return known

    def _inferred(self) -> SourceSchema:
        files = self.source.files()[:SAMPLE]
        if not files:
            message = (
                "[CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE] Cannot infer the schema of "
                f"'{self.source.path}', which holds no files"
            )
            remedy = "Start when the first file is there, or call .schema(...) before .load(...)."
            raise FlowError(message, where=caller_location(), remedy=remedy)
        data = found_columns(self.spark, self.source, files).schema
        schema = SourceSchema(data, self.source.partitions(files))
        self._keep(schema, [file.version for file in files])
        return schema

    def _keep(self, schema: SourceSchema, files: list[str]) -> None:
        location = self.source.options.schema_location
        inferred = Inferred(self.place.declared_in, self._name, schema, tuple(files), location)
        if self.place.own is not None:
            inferred.keep(self.place.own)
        elif self.place.note is not None:
            self.place.note(inferred)

    def _evolve(self, folder: StreamFolder, known: SourceSchema) -> None:
        new, names = self._unexamined(folder)
        if not new:
            return
        found = found_columns(self.spark, self.source, new)
        hinted = with_hints(known.columns, self.source.options.get("cloudFiles.schemaHints"))
        if self.source.mode is Mode.FAIL:
            self._refuse_added(hinted, found)
        widening = self.source.mode is Mode.ADD_AND_WIDEN
        changes = changed_by(known.data, _without(found.schema, hinted, known.data), widening=widening)
        if self.source.evolves and (changes.added or changes.widened):
            folder.schemas.add(SourceSchema(changes.schema, known.partitions))
            fields = (*changes.added, *changes.widened)
            message = (
                f"{_ERROR_CLASS} Unknown fields {_listed(fields)} in file {found.file_with(fields[0])}; "
                "the schema of the stream has them now"
            )
            raise SchemaChangedError(message, where=caller_location(), remedy="The update starts again by itself.")
        folder.note_examined(names)

    def _refuse_added(self, known: StructType, found: FoundColumns) -> None:
        added = changed_by(known, found.schema, widening=False).added
        if added:
            message = f"{_ERROR_CLASS} Unknown fields {_listed(added)} in file {found.file_with(added[0])}"
            remedy = "Add them to the schema, or remove the file."
            raise FlowError(message, where=caller_location(), remedy=remedy)

    def _known(self) -> SourceSchema | None:
        """The union of what the flows that share the stream have stored."""
        location = self.source.options.schema_location
        folders = [folder / self._name for folder in self.place.sharing] if location is None else [location]
        versions = [SchemaVersions(folder).latest() for folder in folders]
        known: SourceSchema | None = None
        for version in versions:
            if known is None or version is None:
                known = known or version
                continue
            data = changed_by(known.data, version.data, widening=True).schema
            partitions = changed_by(known.partitions, version.partitions, widening=True).schema
            known = SourceSchema(data, partitions)
        return known

    def _unexamined(self, folder: StreamFolder) -> tuple[list[SourceFile], list[str]]:
        """Files whose columns nobody has looked at, with the names under which they will be remembered."""
        examined = folder.examined
        now = time.time_ns()
        files = self.source.files()
        self.examined_until_ns = max([now, *(file.modified_ns for file in files)])
        new = [file for file in files if file.version not in examined]
        return new, [file.version for file in new]

    @property
    def _name(self) -> str:
        source = self.source
        return stream_name(self.place.declared_in, source.path, source.format, source.options.name_pattern)

    @property
    def _own(self) -> StreamFolder | None:
        if self.place.own is None:
            return None
        return StreamFolder(self.place.own / self._name, self.source.options.schema_location)


def _has(schema: StructType, name: str) -> bool:
    return name.lower() in {known.lower() for known in schema.names}


def _without(found: StructType, hinted: StructType, known: StructType) -> StructType:
    """`found` without columns that only the hints, or the folders, know: they are no news."""
    kept = [column for column in found.fields if _has(known, column.name) or not _has(hinted, column.name)]
    return type(found)(kept)


def _listed(fields: Iterable[str]) -> str:
    return f"[{', '.join(fields)}]"
