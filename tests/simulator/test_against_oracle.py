"""What the truth leads to equals what the oracle reads out of the landing files: two ways that share no code."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import duckdb
import pytest

from simulator.checking.sources import add_truth
from simulator.checking.verification import add_expected
from simulator.world.generation import generate
from tests.oracle.lakehouse import Lakehouse
from tests.oracle.landing import read
from tests.oracle.tables import Table, tables
from tests.simulator.worlds import BUSY

if TYPE_CHECKING:
    from pathlib import Path

# The oracle reads neither changes of a database nor events of doors, and knows no zones.
WORLD = replace(BUSY, debezium_share=0, event_door_share=0)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world") / "out"
    generate(WORLD, out)
    return out


@pytest.fixture(scope="module")
def oracle(world: Path) -> dict[str, Table]:
    days = sorted(path for path in world.iterdir() if path.name != "truth")
    return tables(Lakehouse.of(read(*days)))


@pytest.fixture(scope="module")
def expected(world: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    add_truth(connection, world)
    add_expected(connection)
    return connection


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(_plain(value) for value in row) for row in connection.execute(query).fetchall())


def picked(table: Table, columns: str) -> Counter[tuple[Any, ...]]:
    names = columns.split(", ")
    return Counter(tuple(_plain(row[name]) for name in names) for row in table)


def _plain(value: Any) -> Any:
    """Comparable: instants as seconds, floats to six digits."""
    if hasattr(value, "timestamp"):
        return value.timestamp()
    return round(value, 6) if isinstance(value, float) else value


@pytest.mark.parametrize(
    ("table", "view", "columns"),
    [
        ("silver.gym_logs", "visits", "gym, mac_address, user_id, login, logout, status"),
        ("silver.workout_events", "workout_events", "user_id, workout_id, session_id, event_time, action"),
        ("silver.workouts", "workouts", "user_id, workout_id, session_id, started_at, ended_at, status, starts, stops"),
        (
            "silver.workout_intervals",
            "workout_intervals",
            "user_id, workout_id, session_id, started_at, interval_start, interval_end, ended_by",
        ),
        ("silver.heart_rate", "heart_rate", "device_id, event_time, bpm, status, reason"),
        (
            "gold.workout_bpm_summary",
            "workout_bpm_summary",
            "user_id, session_id, active_s, samples, min_bpm, avg_bpm, max_bpm, coverage, z1_s, z3_s, gap_s, hr_max",
        ),
        (
            "gold.gym_summary",
            "gym_summary",
            "gym, user_id, login, logout, status, minutes_exercising",
        ),
        ("gold.hr_daily", "hr_daily", "user_id, hr_date, device_id, samples, min_bpm, max_bpm, wear_minutes"),
    ],
)
def test_table(
    oracle: dict[str, Table], expected: duckdb.DuckDBPyConnection, table: str, view: str, columns: str
) -> None:
    found = rows(expected, f"SELECT {columns} FROM expected.{view}")  # noqa: S608 - names of ours
    wanted = picked(oracle[table], columns)
    assert len(found) > 5
    assert (found - wanted, wanted - found) == (Counter(), Counter())


def test_profiles(oracle: dict[str, Table], expected: duckdb.DuckDBPyConnection) -> None:
    columns = "user_id, dob, sex, first_name, last_name, street_address, city, zip"
    current = "SELECT user_id, unnest(profile) FROM expected.profile_versions WHERE ended_at IS NULL"
    found = rows(expected, f"SELECT {columns} FROM ({current})")  # noqa: S608 - names of ours
    assert found == picked(oracle["silver.user_profile"], columns)


def test_days(oracle: dict[str, Table], expected: duckdb.DuckDBPyConnection) -> None:
    columns = "user_id, date, steps, calories_burned, active_minutes, heart_rate_avg, mood"
    found = rows(expected, f"SELECT {columns} FROM expected.daily_activity")  # noqa: S608 - names of ours
    assert found == picked(oracle["silver.daily_activity"], columns)


@pytest.mark.parametrize(
    "feed", ["bpm", "workout", "user_info", "gym_logins", "registered_users", "daily_activity", "kafka_multiplex"]
)
def test_quarantine(oracle: dict[str, Table], expected: duckdb.DuckDBPyConnection, feed: str) -> None:
    # The oracle passes over updates of former members, and does not list them.
    query = """SELECT list_sort(reasons) FROM truth.ledger
        WHERE feed = ? AND fate = 'quarantine' AND fault <> 'update after a delete'"""
    found = Counter(tuple(reasons) for (reasons,) in expected.execute(query, [feed]).fetchall())
    wanted = Counter(tuple(cast("list[str]", row["reasons"])) for row in oracle[f"silver.{feed}_quarantine"])
    assert found == wanted
    assert found
