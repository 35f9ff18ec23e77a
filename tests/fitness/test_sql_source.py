"""What a configured database must look like, and from when on its visits are read."""

from __future__ import annotations

import pytest

from fitness.settings import Settings
from fitness.sql_rows import VisitsRead, since_after
from fitness.sql_source import jdbc_options, password_secret, sql_tables


def test_without_configuration_there_is_no_table() -> None:
    assert sql_tables(Settings(landing_path="/")) == {}


@pytest.mark.parametrize("name", ["visits", "gym.visits", "main.gym.visits_2"])
def test_names_of_tables(name: str) -> None:
    assert sql_tables(Settings(landing_path="/", sql_visits_table=name)) == {"sql_visits_table": name}


@pytest.mark.parametrize("name", ["visits; DROP TABLE visits", "(SELECT 1) v", "a.b.c.d", "a..b", "2a", 'a"b', "a\n"])
def test_anything_else_is_no_name(name: str) -> None:
    with pytest.raises(ValueError, match=r"^fitness\.sql_visits_table is .*; give the name of a table"):
        sql_tables(Settings(landing_path="/", sql_visits_table=name))


def test_half_a_configuration() -> None:
    with pytest.raises(ValueError, match=r"^fitness\.sql_url is set, but no table is"):
        sql_tables(Settings(landing_path="/", sql_url="jdbc:postgresql://db/gym"))
    with pytest.raises(ValueError, match="name a secret only together"):
        password_secret(Settings(landing_path="/", sql_password_scope="gym"))  # noqa: S106


def test_options_of_a_read() -> None:
    source = Settings(landing_path="/", sql_url="jdbc:sqlserver://db;encrypt=true", sql_user="reader")
    options = jdbc_options(source, "dbo.visits", "pass")
    assert options["url"] == "jdbc:sqlserver://db;encrypt=true"
    assert (options["dbtable"], options["user"], options["password"]) == ("dbo.visits", "reader", "pass")
    assert "password" not in jdbc_options(source, "dbo.visits", None)


@pytest.mark.parametrize(
    ("until", "since"),
    [
        ("2026-04-14T09:00:00.000000Z", "2026-04-12T17:00:00.000000Z"),
        ("2026-04-14T09:00:00.500000", "2026-04-12T17:00:00.000000"),
        ("0001-01-01T00:00:00.000000", "0001-01-01T00:00:00.000000"),
    ],
)
def test_visits_are_read_again_from_hours_before_the_latest(until: str, since: str) -> None:
    last = VisitsRead("2026-04-14T09:05:00.000000Z", "0001-01-01T00:00:00.000000", until)
    assert VisitsRead.of(last.version) == last
    assert since_after(last, hours=40) == since
    assert since_after(None, hours=40) == "0001-01-01T00:00:00.000000"
