"""Reads facts from a Delta transaction log without Spark."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from deltalake import DeltaTable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Commit:
    """What one version of a table did; `batch_id` of the micro-batch that wrote it, if one did."""

    changes_data: bool
    metrics: Mapping[str, str]
    batch_id: int | None


def latest_version(table: Path) -> int:
    """The newest version, -1 if there is no table."""
    names = (table / "_delta_log").glob("*.json") if (table / "_delta_log").is_dir() else ()
    return max((int(file.stem) for file in names if file.stem.isdigit() and len(file.stem) == _DIGITS), default=-1)


@lru_cache(maxsize=10_000)
def commit(table: Path, version: int) -> Commit | None:
    """One commit, None if its file was cleaned up."""
    file = table / "_delta_log" / f"{version:0{_DIGITS}d}.json"
    if not file.exists():
        return None
    actions = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    changes = any(_changes_data(action) for action in actions)
    metrics: dict[str, Any] = next(
        (a["commitInfo"].get("operationMetrics") or {} for a in actions if "commitInfo" in a), {}
    )
    batch = next((int(action["txn"]["version"]) for action in actions if "txn" in action), None)
    return Commit(changes, metrics, batch)


def _changes_data(action: Mapping[str, Any]) -> bool:
    body = action.get("add") or action.get("remove")
    return bool(body and body.get("dataChange", True)) or "metaData" in action


def data_version(table: Path) -> str:
    """Identity of a table's contents: changes with every commit that adds or removes rows, not with empty ones."""
    version = latest_version(table)
    if version < 0:
        return "absent"
    while version > 0 and (found := commit(table, version)) is not None and not found.changes_data:
        version -= 1
    return f"{table_id(table)}@{version}"


def table_id(table: Path) -> str:
    """The id that a table keeps until it is created anew."""
    return str(DeltaTable(table).metadata().id)


def rows_stored(table: Path) -> int:
    """Rows of the newest version, from the statistics of its files."""
    actions = pa.table(DeltaTable(table).get_add_actions(flatten=True))
    return sum(count or 0 for count in actions.column("num_records").to_pylist())


def rows_by_batch(table: Path, after: int) -> dict[int | None, int]:
    """Rows that each micro-batch wrote in the commits after a version."""
    commits = [commit(table, version) for version in range(after + 1, latest_version(table) + 1)]
    return {found.batch_id: int(found.metrics.get("numOutputRows", 0)) for found in commits if found}


def rows_written(table: Path, after: int) -> int:
    """Rows that the commits after a version wrote."""
    commits = [commit(table, version) for version in range(after + 1, latest_version(table) + 1)]
    return sum(int(found.metrics.get("numOutputRows", 0)) for found in commits if found)
