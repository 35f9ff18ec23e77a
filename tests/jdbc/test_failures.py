"""Databases that refuse, are not there, or go away while they are read."""

from __future__ import annotations

import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from dlt_local.errors import PipelineError
from dlt_local.postgres.server import start_server

if TYPE_CHECKING:
    from dlt_local.postgres.server import Server
    from dlt_local.pytest_plugin import PipelineProject

NOBODY_LISTENS = "jdbc:postgresql://127.0.0.1:9/shop"
CANARY = "canary-5518"

READ = """
    from pyspark import pipelines as dp

    OPTIONS = {
        "url": spark.conf.get("shop.url"),
        "dbtable": spark.conf.get("shop.table"),
        "user": spark.conf.get("shop.user"),
        "password": dbutils.secrets.get("shop", "password"),
    }


    def orders(latest):
        return (spark.read.format("jdbc").options(**OPTIONS).load(), 1) if latest is None else None


    dp.create_streaming_table("orders", schema="id INT, __START_AT BIGINT, __END_AT BIGINT")
    dp.create_auto_cdc_from_snapshot_flow("orders", orders, ["id"], stored_as_scd_type=2)
"""
READ_WHILE_PLANNING = """
    from pyspark import pipelines as dp


    @dp.materialized_view
    def orders():
        login = {"user": spark.conf.get("shop.user"), "password": dbutils.secrets.get("shop", "password")}
        return spark.read.jdbc(spark.conf.get("shop.url"), spark.conf.get("shop.table"), properties=login)
"""


@pytest.fixture
def reading(pipeline: PipelineProject, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> PipelineProject:
    pipeline.settings |= {"shop.url": postgres.jdbc_url, "shop.user": postgres.user, "shop.table": "shop.orders"}
    monkeypatch.setenv("DLT_LOCAL_SECRET_SHOP_PASSWORD", postgres.password)
    pipeline.source("orders.py", READ)
    return pipeline


def complaints(pipeline: PipelineProject) -> list[str]:
    """What the update says that runs the read, and the one that plans with it."""
    (running,) = pipeline.update().errors
    pipeline.source("orders.py", READ_WHILE_PLANNING)
    with pytest.raises(PipelineError) as planning:
        pipeline.update(validate_only=True)
    found = [running, str(planning.value)]
    assert all("\n" not in line and f"{pipeline.sources}/orders.py:" in line for line in found)
    return [line.partition("Database ")[2] for line in found]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (NOBODY_LISTENS, "Connection to 127.0.0.1:9 refused."),
        ("jdbc:postgresql://nohost.invalid/shop", "The connection attempt failed."),
        ("jdbc:sqlserver://127.0.0.1:9;databaseName=shop;encrypt=false", "The TCP/IP connection to the host 127.0.0.1"),
    ],
)
def test_a_server_that_is_not_there_is_named_within_half_a_minute(
    reading: PipelineProject, url: str, reason: str
) -> None:
    reading.settings["shop.url"] = url
    started = time.monotonic()
    lines = complaints(reading)
    assert time.monotonic() - started < 30
    for line in lines:
        assert line.startswith(f"{url.partition(';')[0]}, the value of 'shop.url', cannot be used: {reason}")
        assert line.endswith("Check 'shop.url', and whether the server runs and can be reached from here.")


def test_a_server_that_hangs_is_waited_for_as_long_as_the_url_says(reading: PipelineProject, postgres: Server) -> None:
    reading.settings["shop.url"] = f"{postgres.jdbc_url}?loginTimeout=2"
    postgres.process.send_signal(signal.SIGSTOP)
    try:
        lines = complaints(reading)
    finally:
        postgres.process.send_signal(signal.SIGCONT)
    for line in lines:
        assert line.startswith(f"{postgres.jdbc_url}, the value of 'shop.url', cannot be used: ")
        assert line.endswith("Check 'shop.url', and whether the server runs and can be reached from here.")


def test_a_wrong_password_is_shown_nowhere(reading: PipelineProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLT_LOCAL_SECRET_SHOP_PASSWORD", CANARY)
    for line in complaints(reading):
        assert "password authentication failed for user \"fitness\". Check 'shop.user' and its password." in line
    state = [path.read_bytes() for path in (reading.state / "pipelines").rglob("*") if path.is_file()]
    assert state
    assert not any(CANARY.encode() in contents for contents in state)
    assert not any(CANARY in str(event) for event in reading.events())


@pytest.mark.parametrize("end", [f"?password={CANARY}", f"?user=ann&password={CANARY}&ssl=false"])
def test_a_password_in_the_url_is_hidden(reading: PipelineProject, end: str) -> None:
    reading.settings["shop.url"] = NOBODY_LISTENS + end
    for line in complaints(reading):
        assert line.startswith(f"{NOBODY_LISTENS}, the value of 'shop.url', cannot be used: Connection to 127.0.0.1:9")
        assert CANARY not in line
    assert not any(CANARY in str(event) for event in reading.events())
    state = [path.read_bytes() for path in (reading.state / "pipelines").rglob("*") if path.is_file()]
    assert not any(CANARY.encode() in contents for contents in state)


def test_a_url_that_no_driver_understands(reading: PipelineProject) -> None:
    reading.settings["shop.url"] = f"jdbc:postgresql://127.0.0.1:port/shop?password={CANARY}"
    for line in complaints(reading):
        what = "jdbc:postgresql://127.0.0.1:port/shop, the value of 'shop.url', cannot be used: No suitable driver."
        assert line.startswith(what)
        assert CANARY not in line


def test_a_right_password_is_kept_nowhere(reading: PipelineProject, postgres: Server) -> None:
    with psycopg.connect(postgres.conninfo, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA shop")
        connection.execute("CREATE TABLE shop.orders AS SELECT 1 AS id")
        try:
            assert reading.update().errors == ()
            # Spark's own error shows the whole plan.
            reading.source("orders.py", READ_WHILE_PLANNING.replace("login)", 'login).select("nothing")'))
            with pytest.raises(PipelineError, match="UNRESOLVED_COLUMN") as raised:
                reading.update()
        finally:
            connection.execute("DROP SCHEMA shop CASCADE")
    assert postgres.password not in str(raised.value)
    kept = [path.read_bytes() for path in reading.state.rglob("*") if path.is_file()]
    assert not any(postgres.password.encode() in contents for contents in kept)


def test_an_unknown_table_and_an_unknown_database(reading: PipelineProject, postgres: Server) -> None:
    for line in complaints(reading):
        assert line.endswith(
            'cannot be used: relation "shop.orders" does not exist. Check the name of the table, and of its schema.'
        )
    reading.source("orders.py", READ)
    reading.settings["shop.url"] = postgres.jdbc_url.replace("/postgres", "/store")
    for line in complaints(reading):
        assert line.endswith("database \"store\" does not exist. Check the name of the database in 'shop.url'.")


def test_a_user_without_rights(reading: PipelineProject, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLT_LOCAL_SECRET_SHOP_PASSWORD", CANARY)
    reading.settings |= {"shop.user": "reader", "shop.table": "pg_authid"}
    with psycopg.connect(postgres.conninfo, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE reader LOGIN PASSWORD '{CANARY}'")
        (error,) = reading.update().errors
        connection.execute("DROP ROLE reader")
    assert error.endswith("permission denied for table pg_authid. Let the user of 'shop.user' SELECT from it.")


def test_a_driver_that_is_not_there(reading: PipelineProject) -> None:
    reading.settings["shop.url"] = "jdbc:oracle:thin:@//host:1521/shop"
    reading.source("orders.py", READ_WHILE_PLANNING)
    with pytest.raises(PipelineError) as raised:
        reading.update()
    assert str(raised.value).endswith(
        "There is no JDBC driver for 'jdbc:oracle:' here."
        " Name the driver's jar in the environment variable DLT_LOCAL_JARS, and start the process again."
    )
    reading.source("orders.py", READ_WHILE_PLANNING.replace('spark.conf.get("shop.url")', '""'))
    with pytest.raises(PipelineError, match="A JDBC read needs the option 'url'"):
        reading.update()


DYING = """
    import os
    import signal
    from pathlib import Path
    from pyspark import pipelines as dp
    from pyspark.sql.functions import udf

    SERVER, MARK = int(spark.conf.get("shop.server")), spark.conf.get("shop.mark")
    OPTIONS = {
        "url": spark.conf.get("shop.url"),
        "dbtable": "orders",
        "user": spark.conf.get("shop.user"),
        "password": dbutils.secrets.get("shop", "password"),
        "fetchsize": 100,
    }


    @udf("int")
    def deadly(id, padding):
        # Once, in the middle of the rows, which are too wide to have been read ahead.
        if id == 1000 and not Path(MARK).exists():
            Path(MARK).touch()
            os.kill(SERVER, signal.SIGINT)
        return id


    @dp.materialized_view
    def orders():
        return spark.read.format("jdbc").options(**OPTIONS).load().select(deadly("id", "padding").alias("id"))
"""
ROWS = "CREATE TABLE orders AS SELECT id, repeat('x', 2000) AS padding FROM generate_series(1, 20000) AS rows(id)"


def test_a_server_that_stops_while_it_is_read_costs_no_row(
    pipeline: PipelineProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        server = start_server(Path(folder))
        try:
            with psycopg.connect(server.conninfo) as connection:
                connection.execute(ROWS)
            monkeypatch.setenv("DLT_LOCAL_SECRET_SHOP_PASSWORD", server.password)
            pipeline.settings |= {
                "shop.url": server.jdbc_url,
                "shop.user": server.user,
                "shop.server": str(server.process.pid),
                "shop.mark": str(tmp_path / "mark"),
                "pipelines.maxFlowRetryAttempts": "1",
            }
            pipeline.source("orders.py", DYING)
            (error,) = pipeline.update().errors
            assert server.process.wait() == 0
            assert f"Database {server.jdbc_url}, the value of 'shop.url', cannot be used: " in error
            assert any("is started again (attempt 2)" in event.message for event in pipeline.events())
            assert pipeline.table("orders") == []

            server = start_server(Path(folder), port=server.port)
            assert pipeline.update().errors == ()
            assert len(pipeline.table("orders")) == 20_000
        finally:
            server.stop()
