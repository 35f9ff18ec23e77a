"""Tables of visits in their forms: wall clocks, a federated catalog, times that cannot be searched."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from pyspark.sql import SparkSession

    from dlt_local.postgres.server import Server
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = Path(__file__).parents[2] / "dlt_pipelines" / "bronze" / "sql_source.py"


@pytest.fixture
def doors(pipeline: PipelineProject, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> PipelineProject:
    monkeypatch.setenv("DLT_LOCAL_SECRET_GYM_READER", postgres.password)
    pipeline.settings |= {
        "fitness.landing_path": "{landing}",
        "fitness.sql_url": postgres.jdbc_url,
        "fitness.sql_user": postgres.user,
        "fitness.sql_password_scope": "gym",
        "fitness.sql_password_key": "reader",
        "fitness.sql_visits_table": "shop.visits",
    }
    pipeline.source("bronze/sql_source.py", SOURCE.read_text("utf-8"))
    return pipeline


@pytest.fixture
def queries(postgres: Server, shop: psycopg.Connection) -> Iterator[Path]:
    """The server's log, with every query of new sessions."""
    shop.execute("ALTER ROLE fitness SET log_statement = 'all'")
    yield postgres.log
    shop.execute("ALTER ROLE fitness RESET log_statement")


def visits(pipeline: PipelineProject) -> list[tuple[str, str, str, bool]]:
    rows = pipeline.table("bronze.sql_visits_bz")
    return sorted((row["gym"], row["login"], row["logout"], row["__END_AT"] is None) for row in rows)


def test_wall_clocks_stay_wall_clocks_and_the_database_does_the_search(
    doors: PipelineProject, shop: psycopg.Connection, queries: Path
) -> None:
    shop.execute("CREATE TABLE shop.visits (mac_address TEXT, gym INT, login TIMESTAMP, logout TIMESTAMP)")
    shop.execute(
        "INSERT INTO shop.visits VALUES ('a', 1, '2026-04-10 09:00', NULL), ('a', 2, '2026-04-14 09:00', NULL)"
    )
    shop.execute(
        "INSERT INTO shop.visits VALUES ('a', 3, NULL, '2026-04-14 10:00'), ('a', 4, '2126-04-14 09:00', NULL)"
    )
    assert doors.update().errors == ()
    before = queries.read_text("utf-8")
    shop.execute("UPDATE shop.visits SET logout = '2026-04-14 10:00:00.5' WHERE gym = 2")
    shop.execute("DELETE FROM shop.visits WHERE gym = 3")
    assert doors.update().errors == ()
    # Nothing but the logout is new; the clock that is a century ahead does not count as the latest log-in.
    assert visits(doors) == [
        ("1", "2026-04-10T09:00:00.000000", "", False),
        ("2", "2026-04-14T09:00:00.000000", "", False),
        ("2", "2026-04-14T09:00:00.000000", "2026-04-14T10:00:00.500000", True),
        ("3", "", "2026-04-14T10:00:00.000000", False),
        ("4", "2126-04-14T09:00:00.000000", "", True),
    ]
    (read,) = {row["__END_AT"] for row in doors.table("bronze.sql_visits_bz")} - {None}
    assert read.split("/")[1:] == ["2026-04-12T17:00:00.000000", "2026-04-14T09:00:00.000000"]
    asked = [
        line for line in queries.read_text("utf-8").removeprefix(before).splitlines() if "FROM shop.visits" in line
    ]
    searched = [line for line in asked if "1=0" not in line]
    assert len(searched) == 2
    assert all("\"login\" >= '2026-04-12 17:00:00'" in line for line in searched)


def test_an_empty_table_is_a_beginning(doors: PipelineProject, shop: psycopg.Connection) -> None:
    shop.execute("CREATE TABLE shop.visits (mac_address TEXT, gym INT, login TIMESTAMPTZ, logout TIMESTAMPTZ)")
    assert doors.update().errors == ()
    shop.execute("INSERT INTO shop.visits VALUES ('a', 1, '2026-04-10 11:00+02', NULL)")
    assert doors.update().errors == ()
    assert visits(doors) == [("1", "2026-04-10T09:00:00.000000Z", "", True)]


def test_tables_of_a_federated_catalog_are_read_by_name(
    doors: PipelineProject,
    postgres: Server,
    shop: psycopg.Connection,
    spark: SparkSession,
    request: pytest.FixtureRequest,
) -> None:
    shop.execute("CREATE TABLE shop.visits (mac_address TEXT, gym INT, login TIMESTAMPTZ, logout TIMESTAMPTZ)")
    shop.execute(
        "INSERT INTO shop.visits VALUES ('a', 1, '2026-04-10 09:00Z', NULL), ('a', 2, '2026-04-14 09:00Z', NULL)"
    )
    catalog = {
        "": "org.apache.spark.sql.execution.datasources.v2.jdbc.JDBCTableCatalog",
        ".url": postgres.jdbc_url,
        ".user": postgres.user,
        ".password": postgres.password,
        ".driver": "org.postgresql.Driver",
    }
    for key, value in catalog.items():
        spark.conf.set(f"spark.sql.catalog.gymdb{key}", value)
        request.addfinalizer(partial(spark.conf.unset, f"spark.sql.catalog.gymdb{key}"))
    for name in ("url", "user", "password_scope", "password_key"):
        doors.settings[f"fitness.sql_{name}"] = ""
    doors.settings["fitness.sql_visits_table"] = "gymdb.shop.visits"
    assert doors.update().errors == ()
    shop.execute("INSERT INTO shop.visits VALUES ('a', 3, '2026-04-15 09:00Z', NULL)")
    assert doors.update().errors == ()
    assert visits(doors) == [
        ("1", "2026-04-10T09:00:00.000000Z", "", False),
        ("2", "2026-04-14T09:00:00.000000Z", "", True),
        ("3", "2026-04-15T09:00:00.000000Z", "", True),
    ]


def test_what_is_wrong_is_said_in_the_words_of_the_configuration(
    doors: PipelineProject, shop: psycopg.Connection
) -> None:
    shop.execute("CREATE TABLE shop.visits (mac_address TEXT, gym INT, login TEXT, logout TEXT)")
    (error,) = doors.update().errors
    assert error.endswith(
        "column login is of type string, but only timestamps can be read from a time on;"
        " name a view of the database that converts it"
    )
    doors.settings["fitness.sql_url"] = "jdbc:postgresql://127.0.0.1:9/gym"
    assert doors.update(validate_only=True).state == "COMPLETED"
    (error,) = doors.update().errors
    assert "Database jdbc:postgresql://127.0.0.1:9/gym, the value of 'fitness.sql_url', cannot be used" in error
