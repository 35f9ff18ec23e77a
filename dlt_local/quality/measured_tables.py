"""Reads what jobs measured from the Delta tables of a state folder, without Spark."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dlt_local.quality.measured import CHECKS, SAMPLES, Measured, checks_of, samples_of
from dlt_local.show.rows import TableRows
from dlt_local.show.stored_tables import stored_tables
from dlt_local.show.value_text import text_literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def measured_in(state: Path, updates: Sequence[str]) -> Measured:
    """What the tables of any schema say about these updates, ids, the oldest first; nothing if there are none."""
    return Measured(
        checks_of(_rows(state, CHECKS, updates), updates), samples_of(_rows(state, SAMPLES, updates), updates)
    )


def _rows(state: Path, name: str, updates: Sequence[str]) -> Iterator[dict[str, Any]]:
    wanted = f"update_id IN ({', '.join(map(text_literal, updates))})"
    for table in stored_tables(state):
        if table.table == name:
            yield from map(json.loads, TableRows(table, where=wanted).json_objects())
