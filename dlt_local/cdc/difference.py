"""Computes what new events change in a target.

Keys whose new events are all newer than what the log has are continued from their open rows. Only keys with late
events, and keys of a batch that a killed run may or may not have brought into the target, are computed from all their
events, so the cost grows with what is new and not with what was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dlt_local.cdc import history
from dlt_local.cdc.change_log import event_columns, files_of
from dlt_local.cdc.engine import rows_of_files
from dlt_local.cdc.shape import TRUNCATE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from dlt_local.cdc.shape import TargetShape


class TargetRows(Protocol):
    """Reads rows of a target into the table `before`: columns of the shape, `file` and `position`."""

    def fetch(self, connection: DuckDBPyConnection) -> None:
        """The open rows of the keys in table `fresh`, all rows of the keys in table `late`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows that appear in a target, and rows of keys or versions that vanish from it."""

    upserted: int
    deleted: int
    removed: int

    @property
    def is_empty(self) -> bool:
        """Whether the target shows the events already."""
        return self.upserted == 0 and self.removed == 0


@dataclass(frozen=True, slots=True)
class Differ:
    """Compares a target with what the events say; the result is left in the tables `added` and `removed`."""

    connection: DuckDBPyConnection
    shape: TargetShape

    def difference(
        self, new: Sequence[Path], unsure: Sequence[Path], applied: Sequence[Path], target: TargetRows
    ) -> Difference:
        """What the events of batches change in a target that shows those in `applied`, not those in `new`.

        Of each batch in `unsure`, the target shows all or nothing.
        """
        self._read([*unsure, *new], applied)
        self._table("unsure", rows_of_files(files_of(unsure), event_columns(self.shape)))
        self._divide_keys()
        target.fetch(self.connection)
        self._collect_events()
        self._table("after", history.rows(self.shape))
        return self._compare()

    def contested(self) -> tuple[str, str] | None:
        """A key and a sequence of the new events at which different upserts compete, as text; None if there is none."""
        shape = self.shape
        texts = ", ".join(f"CAST({name} AS VARCHAR)" for name in ("c.seq", *[f"c.{key}" for key in shape.key_names]))
        found = self.connection.execute(
            f"SELECT {texts} FROM ({history.contested_events(shape)}) c"
            f" SEMI JOIN new_events n ON {shape.same_key('c', 'n')} AND c.seq = n.seq ORDER BY ALL LIMIT 1"
        ).fetchone()
        if found is None:
            return None
        return ", ".join(f"{key.name}={text}" for key, text in zip(shape.keys, found[1:], strict=True)), found[0]

    def _read(self, new: Sequence[Path], applied: Sequence[Path]) -> None:
        columns = event_columns(self.shape)
        self._table("new_events", rows_of_files(files_of(new), columns))
        self._view("old_events", rows_of_files(files_of(applied), columns))
        cuts = f"op = {TRUNCATE}"
        self._table("new_cuts", f"SELECT DISTINCT seq FROM new_events WHERE {cuts}")
        self._table("cuts", f"SELECT seq FROM new_cuts UNION SELECT DISTINCT seq FROM old_events WHERE {cuts}")

    def _divide_keys(self) -> None:
        """Tables `late` and `fresh`: keys to compute from all events, and keys to continue."""
        keys, shape = ", ".join(self.shape.key_names), self.shape
        upserts_or_deletes = f"op < {TRUNCATE}"
        if self._has_rows("new_cuts"):
            every = f"SELECT {keys} FROM new_events WHERE {upserts_or_deletes} UNION SELECT {keys} FROM old_events"
            self._table("late", f"{every} WHERE {upserts_or_deletes}")
            self._table("fresh", "FROM late LIMIT 0")
            return
        self._table(
            "touched",
            f"SELECT {keys}, min(seq) AS first_seq, max(seq) AS last_seq FROM new_events GROUP BY ALL",
        )
        heads = (
            f"SELECT {keys}, max(seq) AS head FROM old_events o SEMI JOIN touched t ON {shape.same_key('o', 't')}"
            " GROUP BY ALL"
        )
        known = f"touched t LEFT JOIN ({heads}) h ON {shape.same_key('t', 'h')}"
        cut = "(SELECT max(seq) FROM cuts)"
        if shape.needs_only_newest:
            is_late, is_fresh = "last_seq = head", "last_seq > head OR head IS NULL"
        else:
            is_late = f"coalesce(first_seq <= head, false) OR coalesce(first_seq <= {cut}, false)"
            if shape.comes_late:
                is_late += f" OR EXISTS (FROM unsure u WHERE {shape.same_key('u', 't')})"
            is_fresh = f"NOT ({is_late})"
        of_touched = ", ".join(f"t.{name}" for name in shape.key_names)
        self._table("late", f"SELECT {of_touched} FROM {known} WHERE {is_late}")
        self._table("fresh", f"SELECT {of_touched} FROM {known} WHERE {is_fresh}")

    def _collect_events(self) -> None:
        """Tables `events`, from which the rows of all touched keys follow, and `tied`."""
        shape = self.shape
        columns = ", ".join([*shape.key_names, "seq", "op", "named", *shape.data_names])
        late, fresh = self._of("late"), self._of("fresh")
        parts = [f"SELECT {columns} FROM new_events e {fresh}", f"SELECT {columns} FROM new_events e {late}"]
        if self._has_rows("late"):
            parts.append(f"SELECT {columns} FROM old_events e {late}")
        if shape.needs_only_newest:
            newest = history.newest_events(shape, " UNION ALL ".join(parts))
            self._table("events", f"FROM ({newest}) WHERE coalesce(seq > (SELECT max(seq) FROM cuts), true)")
        else:
            nothing = ", ".join(f"NULL AS {name}" for name in ("named", *shape.data_names))
            keys = ", ".join(shape.key_names)
            parts.append(f"SELECT {columns} FROM ({self._open_rows()}) e {fresh}")
            parts.append(f"SELECT {columns} FROM (SELECT {keys}, seq, 1 AS op, {nothing} FROM late, cuts)")
            self._table("events", " UNION ALL BY NAME ".join(parts))
        self._table("tied", history.tied_events(shape))

    def _open_rows(self) -> str:
        """Open rows of keys that are continued, as the upserts that stand for all their events so far."""
        shape = self.shape
        columns = ", ".join(["0 AS op", "NULL AS named", *shape.data_names, *[f"b.{name}" for name in shape.key_names]])
        if shape.has_history:
            return f"SELECT {columns}, start_at AS seq FROM before b WHERE end_at IS NULL"
        keys = ", ".join(shape.key_names)
        heads = f"SELECT {keys}, max(seq) AS seq FROM old_events e {self._of('fresh')} GROUP BY ALL"
        return f"SELECT {columns}, h.seq FROM before b JOIN ({heads}) h ON {shape.same_key('b', 'h')}"

    def _compare(self) -> Difference:
        shape = self.shape
        same = [f"b.{name} = a.{name}" for name in shape.key_names]
        same += [f"b.{name} IS NOT DISTINCT FROM a.{name}" for name in (*shape.data_names, *shape.time_names)]
        row = ", ".join(shape.row_names)
        is_same = " AND ".join(same)
        self._table("added", f"SELECT {row} FROM after a ANTI JOIN before b ON {is_same}")
        self._table("removed", f"SELECT {row}, file, position FROM before b ANTI JOIN after a ON {is_same}")
        identities = f"SELECT {shape.identity} FROM removed EXCEPT SELECT {shape.identity} FROM added"
        return Difference(self._count("added"), self._count(f"({identities})"), self._count("removed"))

    def _of(self, keys: str) -> str:
        return f"SEMI JOIN {keys} k ON {self.shape.same_key('e', 'k')}"

    def _table(self, name: str, query: str) -> None:
        self.connection.execute(f"CREATE TEMP TABLE {name} AS {query}")

    def _view(self, name: str, query: str) -> None:
        self.connection.execute(f"CREATE TEMP VIEW {name} AS {query}")

    def _has_rows(self, name: str) -> bool:
        return self.connection.execute(f"FROM {name} LIMIT 1").fetchone() is not None

    def _count(self, relation: str) -> int:
        found = self.connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
        return int(found[0]) if found else 0
