"""A state folder as the tests look into it: with other Delta and SQL engines than the one that wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from tests.oracle.text import TextRow, cell, raw_form, text_rows

if TYPE_CHECKING:
    from pathlib import Path

INGEST_COLUMNS = {"source_file", "ingested_at", "topic", "partition", "offset"}


@dataclass(frozen=True, slots=True)
class State:
    """The tables of a state folder, by schema and name."""

    folder: Path

    def tables(self) -> dict[str, DeltaTable]:
        logs = sorted((self.folder / "tables").glob("*/*/*/_delta_log"))
        return {".".join(log.parent.parts[-2:]): DeltaTable(log.parent) for log in logs}

    def rows(self, table: str) -> list[TextRow]:
        """A table's rows as text; of a quarantine table what was rejected and why, whatever file it came in."""
        rows = self.arrow(table).to_pylist()
        if table.endswith("_quarantine"):
            rows = [{"raw": raw_form(row["raw"]), "reasons": sorted(row["reasons"])} for row in rows]
        return text_rows(rows)

    def arrow(self, table: str) -> pa.Table:
        return pa.table(self.tables()[table].scan())

    def count(self, table: str) -> int:
        return int(self.arrow(table).num_rows)

    def extent(self) -> dict[str, tuple[int, int]]:
        """Version and number of rows of each table."""
        return {name: (table.version(), self.count(name)) for name, table in self.tables().items()}


def results(state: State) -> set[str]:
    """Names of the tables that are a function of the set of input rows: neither what came in nor counts of it."""
    ledgers = {name for name in state.tables() if name.startswith("bronze.") or name.endswith("_checked")}
    return set(state.tables()) - ledgers - {"gold.data_quality_daily"}


def difference(left: State, right: State, table: str) -> list[str]:
    """Rows that only one of two states has, duplicates counted; of quarantine tables each rejected row once."""
    if table.endswith("_quarantine"):
        lefts, rights = ({cell(list(row.values())) for row in state.rows(table)} for state in (left, right))
        return sorted(lefts ^ rights)
    with duckdb.connect() as connection:
        connection.register("lefts", left.arrow(table))
        connection.register("rights", right.arrow(table))
        lost = connection.sql("SELECT * FROM lefts EXCEPT ALL SELECT * FROM rights LIMIT 5").fetchall()
        gained = connection.sql("SELECT * FROM rights EXCEPT ALL SELECT * FROM lefts LIMIT 5").fetchall()
    return [*(f"- {row}" for row in lost), *(f"+ {row}" for row in gained)]
