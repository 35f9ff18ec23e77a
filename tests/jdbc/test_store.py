"""`fitness-sim store`: landing files become rows of an operational database, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from typer.testing import CliRunner

from simulator.commands.app import app
from tests.oracle.__main__ import FIXTURES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt_local.postgres.server import Server

COUNTS = "SELECT (SELECT count(*) FROM registered_users), (SELECT count(*) FROM device_assignments), count(*)"


@pytest.fixture
def rows(postgres: Server) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres.conninfo, autocommit=True) as connection:
        yield connection
        connection.execute("DROP TABLE IF EXISTS registered_users, device_assignments, gym_visits")


def test_a_line_is_stored_once_and_a_later_logout_is_noted(postgres: Server, rows: psycopg.Connection) -> None:
    for _ in range(2):
        done = CliRunner().invoke(app, ["store", str(FIXTURES / "landing"), "--database", postgres.conninfo])
        assert done.exit_code == 0
        assert done.output.splitlines() == [
            "2026-04-14: 18 lines",
            "2026-04-15: 13 lines",
            "  no row can hold: 21096,310096,02:5a:10:00:00:96,yesterday",
            "2026-04-16: 9 lines",
        ]
        # 10 + 5 + 3 lines about devices: two came twice, one has no row; 8 + 9 + 6 visits: two lines came again.
        assert rows.execute(f"{COUNTS} FROM gym_visits").fetchone() == (12, 3, 21)
    late = rows.execute("SELECT extract(epoch FROM logout) FROM gym_visits WHERE login = '2026-04-14 17:00Z'")
    assert late.fetchall() == [(1776190800,)]


def test_a_database_that_cannot_be_used(postgres: Server) -> None:
    wrong = postgres.conninfo.replace(postgres.password, "canary-9981")
    done = CliRunner().invoke(app, ["store", str(FIXTURES / "landing"), "--database", wrong])
    assert done.exit_code == 2
    assert "The database cannot be used: " in done.output
    assert "canary-9981" not in done.output
