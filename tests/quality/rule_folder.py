"""Small folders of rule files, and tables of measurements as jobs write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from deltalake import write_deltalake

from dlt_local.quality.measured import CHECKS, SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

RULES = """\
dataset: silver.numbers
owner: data-engineering
keys: [n]
samples_from: silver.rejected
objective: {{min_rows: {min_rows}, max_staleness_s: 60, on_breach: {volume}}}
rules:
  - name: positive
    sql: n > 0
    action: warn
    severity: warning
    dimension: validity
    objective: {{max_failed_rate: {positive}, on_breach: amber}}
  - name: small
    sql: n < 8
    action: drop
    severity: critical
    dimension: validity
    objective: {{max_failed_rate: {small}, on_breach: red}}
checks:
  - {{name: one_row_per_number, kind: unique, columns: [n], severity: critical}}
"""
WHEN = datetime(2026, 4, 14, 7, tzinfo=UTC)
CHECK_COLUMNS = {
    "update_id": pa.string(), "dataset": pa.string(), "check_name": pa.string(), "engine": pa.string(),
    "severity": pa.string(), "status": pa.string(), "observed": pa.float64(), "expected_low": pa.float64(),
    "expected_high": pa.float64(), "details_json": pa.string(), "checked_at": pa.timestamp("us", tz="UTC"),
}  # fmt: skip
SAMPLE_COLUMNS = {
    "update_id": pa.string(), "dataset": pa.string(), "expectation": pa.string(), "keys": pa.string(),
    "reason": pa.string(), "observed": pa.string(), "source_file": pa.string(), "topic": pa.string(),
    "partition": pa.int32(), "offset": pa.int64(),
}  # fmt: skip


def write_rules(folder: Path, *, positive: float = 0.5, small: float = 0.5, min_rows: int = 1, on: str = "red") -> Path:
    """Rules of the ten numbers, of which one fails `positive` and two fail `small`."""
    folder.mkdir(exist_ok=True)
    text = RULES.format(positive=positive, small=small, min_rows=min_rows, volume=on)
    (folder / "silver.numbers.yml").write_text(text, encoding="utf-8")
    return folder


def check(**differs: Any) -> dict[str, Any]:
    """A row of dq_dataset_checks."""
    return {
        "update_id": "u1", "dataset": "silver.numbers", "check_name": "one_row_per_number", "engine": "gx",
        "severity": "critical", "status": "passed", "observed": 0.0, "expected_low": None, "expected_high": 0.0,
        "details_json": None, "checked_at": WHEN,
    } | differs  # fmt: skip


def sample(**differs: Any) -> dict[str, Any]:
    """A row of dq_failed_samples."""
    return {
        "update_id": "u1", "dataset": "silver.numbers", "expectation": "small", "keys": '{"n": 8}', "reason": "n < 8",
        "observed": "8", "source_file": "numbers/1.json", "topic": None, "partition": None, "offset": None,
    } | differs  # fmt: skip


def write_measured(
    state: Path, *, checks: list[dict[str, Any]] | None = None, samples: list[dict[str, Any]] | None = None
) -> Path:
    """The tables that jobs make, in the state."""
    for name, columns, rows in ((CHECKS, CHECK_COLUMNS, checks), (SAMPLES, SAMPLE_COLUMNS, samples)):
        if rows is not None:
            table = pa.Table.from_pylist(rows, pa.schema(columns.items()))
            write_deltalake(state / "tables" / "fitness" / "ops" / name, table, mode="append")
    return state
