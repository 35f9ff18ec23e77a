"""The change events of a target, kept in Parquet files beside it.

A batch of events is a folder. It is written in `staging`, joins the log by one rename into `pending`, and moves to
`applied` once the target shows it. What a killed run leaves in `pending` is applied by the next one. Events form a set,
so that a batch that arrives twice, or is found in two folders, changes nothing.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql.types import ArrayType, ByteType, StringType

from dlt_local.cdc.engine import engine, rows_of_files
from dlt_local.cdc.history import newest_events
from dlt_local.cdc.shape import FileColumn, TargetShape
from dlt_local.cdc.sql_text import literal
from dlt_local.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from dlt_local.stores.state import TableFolder

_NOTE = "note.json"
# Batches are merged when there are so many: each costs a little in every later one.
_MANY_BATCHES = 12


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """The log of one target."""

    root: Path

    @classmethod
    def of(cls, folder: TableFolder) -> ChangeLog:
        """The log of a table; one that an earlier version of this program wrote cannot be read."""
        root = folder.cdc_events.parent
        if (folder.cdc_events / "_delta_log").is_dir():
            message = f"The change events of table '{folder.path.name}' were stored by an earlier version of dlt_local"
            name = ".".join(folder.path.parts[-2:])
            raise StateError(message, remedy=f"Run with --full-refresh {name}.")
        return cls(root)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone with the log and its target: flows into one target take turns."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._clear()
            try:
                yield
            finally:
                self._clear()

    @property
    def facts(self) -> Path:
        """What the log was written for."""
        return self.root / "facts.json"

    @property
    def scratch(self) -> Path:
        """Where queries may put what does not fit into memory."""
        return self.root / "scratch"

    def new_batch(self) -> Path:
        """A folder for a batch that is about to be written."""
        return self.root / "staging" / uuid.uuid4().hex

    def accept(self, batch: Path, note: Mapping[str, Any] | None = None) -> Path:
        """Make a written batch part of the log, in one step together with a note."""
        if note is not None:
            batch.mkdir(parents=True, exist_ok=True)
            (batch / _NOTE).write_text(json.dumps(note), encoding="utf-8")
        pending = self.root / "pending" / batch.name
        pending.parent.mkdir(exist_ok=True)
        return batch.rename(pending)

    def pending(self) -> list[Path]:
        """Accepted batches that the target may not show yet."""
        return sorted((self.root / "pending").glob("*"))

    def applied(self) -> list[Path]:
        """Batches that the target shows."""
        return sorted((self.root / "applied").glob("*"))

    def settle(self) -> None:
        """The target shows all pending batches."""
        (self.root / "applied").mkdir(exist_ok=True)
        for batch in self.pending():
            batch.rename(self.root / "applied" / batch.name)

    def forget_pending(self) -> None:
        """The target shows all pending batches, and no later event can make them matter again."""
        for batch in self.pending():
            note = batch / _NOTE
            if note.exists():
                note.replace(self.root / _NOTE)
            shutil.rmtree(batch)

    def note(self) -> Mapping[str, Any]:
        """The note of the last batch that was forgotten."""
        try:
            found: Mapping[str, Any] = json.loads((self.root / _NOTE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def _clear(self) -> None:
        """Remove what is half done, be it of a killed run or a refused batch."""
        for folder in (self.root / "staging", self.scratch):
            shutil.rmtree(folder, ignore_errors=True)

    def compact(self, shape: TargetShape) -> None:
        """Merge batches when there are many: the smaller ones first, so that each event is seldom written again.

        Copies of an event become one; where only the newest event of a key matters, the others go.
        """
        batches = self.applied()
        if len(batches) < _MANY_BATCHES:
            return
        chosen: list[Path] = []
        total = 0
        for size, batch in sorted((sum(file.stat().st_size for file in files_of([batch])), batch) for batch in batches):
            if chosen and size > 2 * total:
                break
            chosen.append(batch)
            total += size
        if len(chosen) > 1:
            self._merge(chosen, shape)

    def _merge(self, batches: Sequence[Path], shape: TargetShape) -> None:
        events = rows_of_files(files_of(batches), event_columns(shape))
        kept = f"SELECT DISTINCT * FROM ({events})"
        if shape.needs_only_newest:
            # Of the truncates, the newest is the newest event of the key NULL, which equals no other key.
            upserts, cuts = f"SELECT * FROM ({events}) WHERE op < 2", f"SELECT * FROM ({events}) WHERE op = 2"
            kept = f"SELECT DISTINCT * FROM ({newest_events(shape, upserts)}) UNION ALL SELECT DISTINCT * FROM ({cuts})"
        merged = self.new_batch()
        merged.mkdir(parents=True)
        with engine(self.scratch) as connection:
            connection.execute(f"COPY ({kept}) TO {literal(str(merged / 'merged.parquet'))} (FORMAT parquet)")
        merged.rename(self.root / "applied" / merged.name)
        for batch in batches:
            shutil.rmtree(batch)


def files_of(batches: Sequence[Path]) -> list[Path]:
    """The Parquet files of batches."""
    return [file for batch in batches for file in sorted(batch.glob("*.parquet"))]


def event_columns(shape: TargetShape) -> list[FileColumn]:
    """The columns of the log's files, which go by their own names."""
    rows = [FileColumn(column.name, column.name, column.data_type) for column in shape.target_columns()]
    own = [
        FileColumn("seq", "seq", shape.sequence),
        FileColumn("op", "op", ByteType()),
        FileColumn("named", "named", ArrayType(StringType())),
    ]
    return [*own, *[column for column in rows if column.name not in ("start_at", "end_at")]]
