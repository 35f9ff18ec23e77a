"""What a flow keeps about one of its streams: the versions of its schema, and which files were looked at."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyspark.sql.types import StructType

from dlt_local.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_FORM = "v1"


@dataclass(frozen=True, slots=True)
class SourceSchema:
    """Columns of the files and of their folders; hints and rescued data are not part of it."""

    data: StructType = field(default_factory=StructType)
    partitions: StructType = field(default_factory=StructType)

    @property
    def columns(self) -> StructType:
        """Data columns, then partition columns; a column in both comes from the folder."""
        partitions = {name.lower() for name in self.partitions.names}
        data = [column for column in self.data.fields if column.name.lower() not in partitions]
        return StructType([*data, *self.partitions.fields])


@dataclass(frozen=True, slots=True)
class SchemaVersions:
    """Versions of a schema as the files `_schemas/0`, `_schemas/1`, ... of a folder."""

    folder: Path

    def latest(self) -> SourceSchema | None:
        """The newest version, None if there is none."""
        number = self._next() - 1
        if number < 0:
            return None
        file = self._file(number)
        try:
            form, facts = file.read_text(encoding="utf-8").split("\n", 1)
            known = json.loads(facts)
            data, partitions = (json.loads(known[key]) for key in ("dataSchemaJson", "partitionSchemaJson"))
        except (ValueError, KeyError, TypeError) as error:
            message = f"Schema file '{file}' cannot be read"
            raise StateError(message, remedy="Refresh the table fully, or restore the file.") from error
        if form != _FORM:
            raise StateError(f"Schema file '{file}' has form '{form}', not '{_FORM}'")
        return SourceSchema(StructType.fromJson(data), StructType.fromJson(partitions))

    def add(self, schema: SourceSchema) -> None:
        """Store the next version."""
        number = self._next()
        file = self._file(number)
        file.parent.mkdir(parents=True, exist_ok=True)
        facts = {"dataSchemaJson": schema.data.json(), "partitionSchemaJson": schema.partitions.json()}
        partial = file.with_name(f".{number}.{os.getpid()}.partial")
        partial.write_text(f"{_FORM}\n{json.dumps(facts)}", encoding="utf-8")
        partial.replace(file)

    def _next(self) -> int:
        """The first free number. Opening that file, which is not there, tells a plan in the making to depend on it."""
        number = 0
        while True:
            try:
                self._file(number).open(encoding="utf-8").close()
            except OSError:
                return number
            number += 1

    def _file(self, number: int) -> Path:
        return self.folder / "_schemas" / str(number)


@dataclass(frozen=True, slots=True)
class StreamFolder:
    """What one flow keeps about one stream; `location` is where the user wants the schema, if anywhere."""

    path: Path
    location: Path | None = None

    @property
    def schemas(self) -> SchemaVersions:
        """The schema of the source."""
        return SchemaVersions(self.location or self.path)

    @property
    def rescued(self) -> SchemaVersions:
        """Columns of the files that the schema lacks, where they have to be known to be rescued."""
        return SchemaVersions(self.path / "rescued")

    @property
    def examined(self) -> frozenset[str]:
        """The files whose columns the schema, or the rescued columns, take account of."""
        return _lines(self.path / "examined") or frozenset()

    def note_examined(self, files: Iterable[str]) -> None:
        """Add files to the examined ones."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "examined").open("a", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(name)}\n" for name in files)

    @property
    def left_out(self) -> frozenset[str] | None:
        """The files that were there before the first start and are not read; None before the first start."""
        return _lines(self.path / "left_out")

    def leave_out(self, files: Iterable[str]) -> None:
        """Decide, once, which files are not read."""
        self.path.mkdir(parents=True, exist_ok=True)
        partial = self.path / "left_out.partial"
        partial.write_text("".join(f"{json.dumps(name)}\n" for name in files), encoding="utf-8")
        partial.replace(self.path / "left_out")


def stream_name(declared_in: str, path: str, file_format: str, name_pattern: str) -> str:
    """Tells the streams of a flow apart; other options may change without the stream becoming another."""
    digest = hashlib.sha256(f"{path}\n{file_format}\n{name_pattern}".encode()).hexdigest()
    return f"{declared_in}-{digest[:12]}"


def _lines(file: Path) -> frozenset[str] | None:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        return None
    # A killed run may leave half a line behind; its file is looked at again.
    return frozenset(json.loads(line) for line in text.splitlines() if line.endswith('"') and len(line) > 1)
