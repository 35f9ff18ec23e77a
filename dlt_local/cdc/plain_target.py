"""A target whose Parquet files are all there is to it: rows are changed by writing the files anew that hold them.

Open and closed versions lie in different files, so that closing a version never costs a copy of the history.
"""

from __future__ import annotations

import json
import shutil
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction
from pyspark.sql.types import DataType, StructType

from dlt_local.cdc.columns import END
from dlt_local.cdc.engine import rows_of_files
from dlt_local.cdc.sql_text import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from dlt_local.cdc.shape import TargetShape
    from dlt_local.stores.state import TableFolder

# Files of this size are not merged with others any more; larger tables have several.
_LARGE = 32_000_000
_ROW_BYTES = 64
_ANY, _OPEN, _CLOSED = "true", "end_at IS NULL", "end_at IS NOT NULL"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A data file: rows in it, and how many of them are open versions (None if that is not known)."""

    path: Path
    size: int
    rows: int
    open_rows: int | None

    def may_hold(self, part: str) -> bool:
        """Whether rows of that part may be in the file."""
        if part == _ANY or self.open_rows is None:
            return True
        return self.open_rows > 0 if part == _OPEN else self.open_rows < self.rows


@dataclass(frozen=True, slots=True)
class PlainTarget:
    """Reads and rewrites the files of a target."""

    folder: TableFolder
    shape: TargetShape

    def fetch(self, connection: DuckDBPyConnection) -> None:
        """The open rows of the keys in table `fresh`, all rows of the keys in table `late`, with their places."""
        shape, files = self.shape, self._files()
        part = _OPEN if shape.has_history else _ANY
        fresh, late = f"fresh k ON {shape.same_key('t', 'k')}", f"late k ON {shape.same_key('t', 'k')}"
        query = f"SELECT t.* FROM ({self._rows(file for file in files if file.may_hold(part))}) t SEMI JOIN {fresh}"
        query = f"CREATE TEMP TABLE before AS {query} WHERE {part}"
        connection.execute(query)
        if connection.execute("FROM late LIMIT 1").fetchone():
            connection.execute(f"INSERT INTO before SELECT t.* FROM ({self._rows(files)}) t SEMI JOIN {late}")

    def fetch_open(self, connection: DuckDBPyConnection) -> None:
        """Table `open_rows`: all rows that hold now."""
        part = _OPEN if self.shape.has_history else _ANY
        query = self._rows(file for file in self._files() if file.may_hold(part))
        connection.execute(f"CREATE TEMP TABLE open_rows AS SELECT * FROM ({query}) WHERE {part}")

    def publish(self, connection: DuckDBPyConnection) -> None:
        """Take the rows in table `removed` out of the table, and those in table `added` into it, in one commit."""
        table = DeltaTable(self.folder.path)
        part = f"changes-{uuid.uuid4().hex}"
        parts = (_OPEN, _CLOSED) if self.shape.has_history else (_ANY,)
        try:
            stored = self._files()
            emptied = self._emptied(connection, stored, parts)
            (self.folder.path / part).mkdir()
            for number, rows in enumerate(parts):
                self._write(connection, emptied, rows, self.folder.path / part / str(number))
            written = sorted((self.folder.path / part).glob("*/*.parquet"))
            adds = [self._added(file) for file in written if _has_rows(file)]
            table.create_write_transaction([*adds, *map(self._removed, emptied)], "append", table.schema())
        except BaseException:
            shutil.rmtree(self.folder.path / part, ignore_errors=True)
            raise

    def _files(self) -> list[StoredFile]:
        table = DeltaTable(self.folder.path)
        actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
        nulls = f"null_count.{END}"
        if self.shape.has_history:
            nulls = ".".join([nulls, *_first_leaf(self.shape.sequence)])
        return [
            StoredFile(
                self.folder.path / action["path"], action["size_bytes"], action["num_records"] or 0, action.get(nulls)
            )
            for action in actions
        ]

    def _rows(self, files: Iterable[StoredFile]) -> str:
        return rows_of_files([file.path for file in files], self.shape.target_columns(), located=True)

    def _emptied(
        self, connection: DuckDBPyConnection, stored: Sequence[StoredFile], parts: Sequence[str]
    ) -> list[StoredFile]:
        """The files that are written anew: those that lose rows, and small ones beside what is written anyway."""
        losing = {name for (name,) in connection.execute("SELECT DISTINCT file FROM removed").fetchall()}
        emptied = [file for file in stored if str(file.path) in losing]
        for part in parts:
            size = sum(file.size for file in emptied if file.may_hold(part))
            found = connection.execute(f"SELECT count(*) FROM added WHERE {part}").fetchone()
            size += _ROW_BYTES * (found[0] if found else 0)
            if size == 0:
                continue
            for file in sorted(stored, key=lambda file: file.size):
                if file in emptied or not file.may_hold(part):
                    continue
                if file.size > min(max(size, 65_536), _LARGE):
                    break
                emptied.append(file)
                size += file.size
        return emptied

    def _write(self, connection: DuckDBPyConnection, emptied: Sequence[StoredFile], part: str, path: Path) -> None:
        shape = self.shape
        row = ", ".join(shape.row_names)
        kept = f"SELECT {row} FROM ({self._rows(file for file in emptied if file.may_hold(part))}) r"
        kept += " ANTI JOIN removed g ON r.file = g.file AND r.position = g.position"
        rows = f"SELECT * FROM ({kept} UNION ALL SELECT {row} FROM added) WHERE {part}"
        named = {
            column.stored: f"{quoted(column.name)} AS {quoted(column.stored)}" for column in shape.target_columns()
        }
        order = [field.name for field in DeltaTable(self.folder.path).schema().fields]
        columns = ", ".join(named[name] for name in order)
        query = f"SELECT {columns} FROM ({rows})"
        options = f"FORMAT parquet, COMPRESSION snappy, FILE_SIZE_BYTES {2 * _LARGE}"
        connection.execute(f"COPY ({query}) TO {literal(str(path))} ({options})")

    def _added(self, file: Path) -> AddAction:
        """A new file with its statistics; Spark skips files of closed versions where only open ones are asked for."""
        metadata = pq.read_metadata(file)
        stats: dict[str, object] = {"numRecords": metadata.num_rows}
        if self.shape.has_history:
            leaf = [END, *_first_leaf(self.shape.sequence)]
            stats["nullCount"] = _nested(leaf, _nulls(metadata, ".".join(leaf)))
        facts = file.stat()
        path = file.relative_to(self.folder.path).as_posix()
        return AddAction(path, facts.st_size, {}, int(facts.st_mtime * 1000), True, json.dumps(stats))

    def _removed(self, file: StoredFile) -> RemoveAction:
        path = file.path.relative_to(self.folder.path).as_posix()
        return RemoveAction(path, True, int(time.time() * 1000), file.size)


def _has_rows(file: Path) -> bool:
    """Whether a file that was just written has any; one that has none goes."""
    if pq.read_metadata(file).num_rows:
        return True
    file.unlink()
    return False


def _first_leaf(data_type: DataType) -> list[str]:
    """The path to a scalar inside a sequence; no part of a sequence is NULL unless the whole is."""
    if isinstance(data_type, StructType):
        return [data_type.fields[0].name, *_first_leaf(data_type.fields[0].dataType)]
    return []


def _nested(path: Sequence[str], value: int) -> dict[str, object]:
    return {path[0]: value if len(path) == 1 else _nested(path[1:], value)}


def _nulls(metadata: pq.FileMetaData, column: str) -> int:
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
    return sum(chunk.statistics.null_count for chunk in chunks if chunk.path_in_schema == column)
