"""`fitness-sim verify`: silent about equal tables, exact about others."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from typer.testing import CliRunner

from simulator.checking.comparison import Row, unmatched
from simulator.checking.sources import add_truth
from simulator.checking.verification import add_expected, all_checks
from simulator.commands.app import app
from simulator.world.generation import generate
from tests.simulator.worlds import BUSY

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

CHECKS = all_checks()
# Tables that have other columns than the comparison.
AS_STORED = {
    "silver.user_profile_history": """
        SELECT user_id, unnest(profile), {updated_at: started_at} AS __START_AT,
          CASE WHEN ended_at IS NOT NULL THEN {updated_at: ended_at} END AS __END_AT
        FROM expected.profile_versions""",
    "gold.gym_summary": """
        SELECT * EXCLUDE sessions, [{session_id: x} for x in sessions] AS workouts FROM expected.gym_summary""",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world") / "out"
    generate(BUSY, out)
    return out


@pytest.fixture(scope="module")
def perfect_run(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state whose tables are as they must be."""
    state = tmp_path_factory.mktemp("state")
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    add_truth(connection, world)
    add_expected(connection)
    for check in CHECKS:
        write_deltalake(
            folder(state, check.table), connection.sql(stored(check.table, check.expected)).to_arrow_table()
        )
    return state


@pytest.fixture
def run(perfect_run: Path, tmp_path: Path) -> Path:
    """A copy, to be changed."""
    return shutil.copytree(perfect_run, tmp_path / "state")


def stored(table: str, expected: str) -> str:
    layer, name = table.split(".")
    if layer == "bronze":
        return f"SELECT source_file FROM truth.ledger WHERE source_file LIKE '%/{name.removesuffix('_bz')}/%'"  # noqa: S608
    if name.endswith("_quarantine"):
        return f"SELECT file AS source_file, * EXCLUDE file FROM ({expected})"  # noqa: S608
    return AS_STORED.get(table, expected)


def folder(state: Path, table: str) -> Path:
    return state / "tables" / "fitness" / table.replace(".", "/")


def verified(state: Path, truth: Path) -> Result:
    arguments = ["verify", "--state", str(state), "--truth", str(truth)]
    return CliRunner().invoke(app, arguments, prog_name="fitness-sim")


def test_a_perfect_run(world: Path, perfect_run: Path) -> None:
    done = verified(perfect_run, world)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[-1] == f"{len(CHECKS)} of {len(CHECKS)} comparisons are equal."
    assert all(line.startswith("equal ") for line in lines[:-1])
    without_rows = [line for line in lines if line.endswith("(0)")]
    assert without_rows == ["equal   silver.gyms_quarantine: rejected lines with their reasons (0)"]


def test_a_row_less_in_every_table(world: Path, run: Path) -> None:
    tables = [check.table for check in CHECKS if check.table != "silver.gyms_quarantine"]
    for table in tables:
        path = folder(run, table)
        write_deltalake(path, DeltaTable(path).to_pyarrow_table().slice(1), mode="overwrite")
    done = verified(run, world)
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("DIFFERS")] == [
        f"DIFFERS {name}" for name in tables
    ]
    assert lines[-1] == f"1 of {len(CHECKS)} comparisons are equal."
    assert "    missing: " in done.stdout


def test_another_value_a_missing_table_and_one_more(world: Path, run: Path) -> None:
    path = folder(run, "silver.heart_rate")
    rows = DeltaTable(path).to_pyarrow_table()
    changed = rows.slice(0, 1).to_pylist()[0]
    other = rows.slice(0, 1).set_column(rows.schema.get_field_index("status"), "status", [["odd"]])
    write_deltalake(path, rows.slice(1), mode="overwrite")
    write_deltalake(path, other, mode="append")
    folder(run, "silver.users").rename(folder(run, "gold.other_table"))

    done = verified(run, world / "truth")

    assert done.exit_code == 1
    row = f"device_id={changed['device_id']}, event_time={changed['event_time']}, bpm={changed['bpm']}"
    assert (
        f"DIFFERS silver.heart_rate: readings with their status: of {len(rows)}, 1 missing; 1 unexpected" in done.stdout
    )
    assert f"    {row}, reason={changed['reason']}: status must be {changed['status']}, is odd\n" in done.stdout
    assert "FAILED  silver.users: first registration of each member: " in done.stdout
    assert "Not compared: gold.other_table" in done.stdout


def test_violations_count_whatever_the_day(world: Path, run: Path) -> None:
    path = folder(run, "gold.data_quality_daily")
    rows = DeltaTable(path).to_pyarrow_table().to_pylist()
    first = rows[0]
    spread = [
        {**first, "passed": first["passed"] - 3, "failed": first["failed"] - 1, "quarantined": 0},
        {**first, "passed": 3, "failed": 1, "quarantined": first["quarantined"]},
        # Rules that nothing violates, and flags.
        {"feed": "bpm", "rule": "cloud_event_is_complete", "passed": 9, "failed": 0, "quarantined": 0},
        {"feed": "daily_activity", "rule": "some_steps", "passed": 5, "failed": 2, "quarantined": 1},
        {"feed": "bpm", "rule": "event_time_occurs_once", "passed": 5, "failed": 2, "quarantined": 1},
    ]
    write_deltalake(path, pa.Table.from_pylist([*rows[1:], *spread]), mode="overwrite")
    assert verified(run, world).exit_code == 0

    write_deltalake(path, pa.Table.from_pylist([{**first, "passed": 0, "failed": 1, "quarantined": 1}]), mode="append")
    done = verified(run, world)
    assert done.exit_code == 1
    assert f"failed must be {first['failed']}, is {first['failed'] + 1}" in done.stdout


def test_wrong_folders(world: Path, perfect_run: Path, tmp_path: Path) -> None:
    no_truth, no_state = verified(perfect_run, tmp_path), verified(tmp_path / "none", world)
    assert (no_truth.exit_code, no_state.exit_code) == (2, 2)
    assert no_truth.stderr == f"Error: '{tmp_path}' has no truth. Name a folder that fitness-sim generate wrote.\n"
    assert no_state.stderr == f"Error: '{tmp_path / 'none'}' has no tables. Name the state folder of a run.\n"


@pytest.mark.parametrize(
    ("missing", "unexpected", "left"),
    [
        ([(1, 2.0)], [(1, 2.000004)], ([], [])),
        ([(1, 2.0)], [(1, 2.00001)], ([(1, 2.0)], [(1, 2.00001)])),
        ([(1, 2.0)], [(2, 2.0)], ([(1, 2.0)], [(2, 2.0)])),
        ([(1, 2.0)], [(1, None)], ([(1, 2.0)], [(1, None)])),
        ([(1, 2.0), (1, 2.0)], [(1, 2.000001)], ([(1, 2.0)], [])),
    ],
)
def test_last_digits_do_not_count(missing: list[Row], unexpected: list[Row], left: tuple[list[Row], list[Row]]) -> None:
    assert unmatched(missing, unexpected) == left
