"""The story of `fixtures/landing` with registrations, devices and visits in a PostgreSQL database, a day at a time."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import psycopg
import pytest

from simulator.sql_source import load
from tests.acceptance.state import State
from tests.kafka.another_process import update_in_another_process
from tests.oracle.__main__ import FIXTURES, story_days
from tests.oracle.text import read_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dlt_local.postgres.server import Server
    from dlt_local.pytest_plugin import PipelineProject
    from tests.oracle.text import TextRow

pytestmark = pytest.mark.slow

PIPELINES = FIXTURES.parent / "dlt_pipelines"
# What depends on members, their devices and their visits; the rest of the lakehouse depends on these tables.
SOURCES = (
    *(f"bronze/{name}.py" for name in ("gym_logins", "kafka_multiplex", "registered_users", "sql_source")),
    *(f"silver/{feed}_checked.py" for feed in ("bpm", "gym_logins", "registered_users", "user_info", "workout")),
    *(f"silver/{name}.py" for name in ("data_clock", "devices", "gym_logs", "profiles", "sql_source_checked")),
)
TRUTH = FIXTURES / "expected" / "silver"
RESULTS = ("gym_logs", "user_devices", "users")
FROM_THE_DATABASE = ("registered_users", "gym_logins")
QUARANTINES = tuple(f"{feed}_quarantine" for feed in FROM_THE_DATABASE)
TABLES = ("registered_users", "device_assignments", "gym_visits")
NEVER_IN_A_TYPED_COLUMN = {"device_id": "310096", "registration_timestamp": "yesterday"}
# What somebody at the desk got wrong on the first day, and corrects on a later one.
MISTAKES = (
    "INSERT INTO registered_users VALUES (DEFAULT, 21099, '310099', '02:5a:10:00:00:99', '2026-04-13 12:00Z')",
    "UPDATE registered_users SET mac_address = '02:5a:10:00:ff:02' WHERE user_id = 21002",
    "UPDATE gym_visits SET gym = '2' WHERE mac_address = '02:5a:10:00:00:01' AND logout = '2026-04-14 09:10Z'",
    "INSERT INTO gym_visits (mac_address, gym, login) VALUES ('02:5a:10:00:00:01', '1', '2026-04-14 18:00Z')",
)
CORRECTIONS = (
    "DELETE FROM registered_users WHERE user_id = 21099",
    "UPDATE registered_users SET mac_address = '02:5a:10:00:00:02' WHERE user_id = 21002",
    "UPDATE gym_visits SET gym = '1' WHERE mac_address = '02:5a:10:00:00:01' AND logout = '2026-04-14 09:10Z'",
    "DELETE FROM gym_visits WHERE mac_address = '02:5a:10:00:00:01' AND login = '2026-04-14 18:00Z'",
)


@dataclass(frozen=True, slots=True)
class Told:
    """The story, and what members there were after the first day."""

    project: PipelineProject
    first_members: set[int]

    @property
    def state(self) -> State:
        return State(self.project.state)


def configured(project: PipelineProject, server: Server) -> None:
    project.settings |= {
        "fitness.sql_url": server.jdbc_url,
        "fitness.sql_user": server.user,
        "fitness.sql_password_scope": "gym",
        "fitness.sql_password_key": "reader",
        "fitness.sql_registrations_table": "public.registered_users",
        "fitness.sql_device_assignments_table": "device_assignments",
        "fitness.sql_visits_table": "gym_visits",
        # Only visits of the last 16 hours are read again, so that the story is longer than that.
        "fitness.sql_late_hours": "0",
    }


@pytest.fixture(scope="module")
def told(
    new_pipeline: Callable[[], PipelineProject], postgres: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Told]:
    project = _with_sources(new_pipeline())
    configured(project, postgres)
    first, second, third = story_days()
    with (
        pytest.MonkeyPatch.context() as patch,
        psycopg.connect(postgres.conninfo, autocommit=True) as connection,
    ):
        patch.setenv("DLT_LOCAL_SECRET_GYM_READER", postgres.password)
        patch.setenv("PYTHONPATH", f"{FIXTURES.parent}{os.pathsep}{PIPELINES}")
        _next_day(project, _without_files(first, project, tmp_path_factory.mktemp("day")))
        load(postgres.conninfo, first)
        for statement in MISTAKES:
            connection.execute(statement)
        assert project.update().errors == ()
        first_members = {row["user_id"] for row in project.table("silver.users")}

        _next_day(project, _without_files(second, project, tmp_path_factory.mktemp("day")))
        load(postgres.conninfo, second)
        for statement in CORRECTIONS:
            connection.execute(statement)
        assert project.update().errors == ()

        _next_day(project, _without_files(third, project, tmp_path_factory.mktemp("day")))
        load(postgres.conninfo, third)
        update_in_another_process(project)
        yield Told(project, first_members)
        connection.execute(f"DROP TABLE {', '.join(TABLES)}")


def _with_sources(project: PipelineProject) -> PipelineProject:
    project.settings["fitness.landing_path"] = "{landing}"
    for name in SOURCES:
        project.source(name, (PIPELINES / name).read_text("utf-8"))
    return project


def _without_files(day: Path, project: PipelineProject, copy: Path) -> Path:
    """A day of the other feeds; their folders are there, and empty."""
    for feed in FROM_THE_DATABASE:
        (project.landing / feed).mkdir(parents=True, exist_ok=True)
    shutil.copytree(day, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*FROM_THE_DATABASE))
    return copy


def _next_day(project: PipelineProject, day: Path) -> None:
    shutil.copytree(day, project.landing, dirs_exist_ok=True)


def rejected(rows: list[TextRow]) -> list[tuple[str, str]]:
    """Rejected rows with their reasons; times in one form, whatever form they came in."""
    found = []
    for row in rows:
        raw = {name: _epoch(name, value) for name, value in json.loads(row["raw"]).items()}
        found.append((json.dumps(raw, sort_keys=True), row["reasons"]))
    return sorted(found)


def _epoch(name: str, value: object) -> object:
    if name not in {"login", "logout", "registration_timestamp"} or value == "yesterday":
        return value
    text = str(value)
    return datetime.fromisoformat(text).timestamp() if "T" in text else float(text)


@pytest.mark.parametrize("table", RESULTS)
def test_every_row_is_as_computed_by_the_oracle_from_files(told: Told, table: str) -> None:
    assert told.state.rows(f"silver.{table}") == read_csv(TRUTH / f"{table}.csv")


@pytest.mark.parametrize("table", QUARANTINES)
def test_bad_rows_are_in_quarantine_for_the_same_reasons(told: Told, table: str) -> None:
    truth = read_csv(TRUTH / f"{table}.csv")
    possible = [row for row in truth if not NEVER_IN_A_TYPED_COLUMN.items() <= json.loads(row["raw"]).items()]
    assert rejected(told.state.rows(f"silver.{table}")) == rejected(possible)


def test_what_was_corrected_had_been_taken_for_true(told: Told) -> None:
    assert 21099 in told.first_members
    assert 21099 not in {row["user_id"] for row in told.project.table("silver.users")}


def test_visits_of_long_ago_were_not_read_again(told: Told) -> None:
    visits = told.project.table("bronze.sql_visits_bz")
    reads = sorted({row["__START_AT"] for row in visits})
    assert len(reads) == 3
    assert [read.split("/")[1:] for read in reads] == [
        ["0001-01-01T00:00:00.000000", "2026-04-14T19:30:00.000000Z"],
        ["2026-04-14T03:30:00.000000Z", "2026-04-15T17:00:00.000000Z"],
        ["2026-04-15T01:00:00.000000Z", "2026-04-16T19:20:00.000000Z"],
    ]
    unread = [row for row in visits if row["__END_AT"] == reads[2] and row["login"] < "2026-04-15T01"]
    assert len(unread) == 8


def test_registrations_keep_their_history(told: Told) -> None:
    lives = [row for row in told.project.table("bronze.sql_registrations_bz") if row["user_id"] in {"21099", "21002"}]
    ended = {row["mac_address"]: row["__END_AT"] is not None for row in lives}
    assert ended == {"02:5a:10:00:00:99": True, "02:5a:10:00:ff:02": True, "02:5a:10:00:00:02": False}


def test_files_beside_the_database_make_nothing_twice(told: Told) -> None:
    for day in story_days():
        _next_day(told.project, day)
    assert told.project.update().errors == ()
    for table in RESULTS:
        assert told.state.rows(f"silver.{table}") == read_csv(TRUTH / f"{table}.csv")
    for table in QUARANTINES:
        assert set(rejected(told.state.rows(f"silver.{table}"))) == set(rejected(read_csv(TRUTH / f"{table}.csv")))
