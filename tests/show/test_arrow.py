"""Tables of a state as Arrow, for notebooks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from dlt_local.errors import PipelineError
from dlt_local.show.arrow import read_table

if TYPE_CHECKING:
    from pathlib import Path

ROWS: list[dict[str, Any]] = [
    {"user_id": 7, "at": datetime(2026, 4, 14, 8, 5, 0, 250000, tzinfo=UTC), "flags": ["a", None], "city": "Zoë"},
    {"user_id": 8, "at": None, "flags": [], "city": None},
]
SCHEMA = pa.schema(
    {"user_id": pa.int64(), "at": pa.timestamp("us", "UTC"), "flags": pa.list_(pa.string()), "city": pa.string()}
)


def test_a_table_has_the_rows_that_are_there_now_in_types_that_pandas_takes(tmp_path: Path) -> None:
    folder = tmp_path / "tables/fitness/gold/hr_daily"
    gone = {**ROWS[0], "user_id": 9}
    write_deltalake(folder, pa.Table.from_pylist([*ROWS, gone], SCHEMA))
    DeltaTable(folder).delete("user_id = 9")

    table = read_table("gold.hr_daily", tmp_path)

    assert sorted(table.to_pylist(), key=lambda row: row["user_id"]) == ROWS
    assert table.schema == SCHEMA
    assert sorted(table.to_pandas()["user_id"]) == [7, 8]


def test_an_unknown_table_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "tables/fitness/gold/hr_daily", pa.Table.from_pylist(ROWS, SCHEMA))
    with pytest.raises(PipelineError, match=r"No table 'gold\.hr_dayly' in .*Did you mean 'gold\.hr_daily'"):
        read_table("gold.hr_dayly", tmp_path)
