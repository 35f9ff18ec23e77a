"""Registrations, devices and visits of an operational database, if one is configured."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.settings import bronze, settings
from fitness.sql_rows import (
    REGISTRATION,
    SQL_REGISTRATIONS,
    SQL_VISITS,
    VISIT,
    VisitsRead,
    iso,
    latest_login,
    received_registrations,
    received_visits,
    since_after,
    visits_since,
)
from fitness.sql_source import ASSIGNMENTS, REGISTRATIONS, VISITS, jdbc_options, password_secret, sql_tables

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    dbutils: Any

spark = SparkSession.active()
READ_AT = datetime.now(UTC)
"""Each update reads a table once."""
TABLES = sql_tables(settings())
SECRET = password_secret(settings())
# Databricks gives secrets to the module, not to the functions of its flows.
PASSWORD = dbutils.secrets.get(*SECRET) if SECRET else None  # noqa: F821 # every source file has it


def rows_of(table: str) -> DataFrame:
    """A table of the database through JDBC or, without a URL, of a catalog that federates it."""
    source = settings()
    if not source.sql_url:
        return spark.read.table(table)
    return spark.read.format("jdbc").options(**jdbc_options(source, table, PASSWORD)).load()


def registrations_in(table: str, *, time: str) -> Callable[[str | None], tuple[DataFrame, str] | None]:
    """Snapshots of a table about who wears what from when (`time`) on."""

    def next_snapshot(latest: str | None) -> tuple[DataFrame, str] | None:
        if latest is not None and latest >= iso(READ_AT):
            return None
        return received_registrations(rows_of(table), time=time, table=table), iso(READ_AT)

    return next_snapshot


def visits_in(table: str) -> Callable[[str | None], tuple[DataFrame, str] | None]:
    """Snapshots of the end of a table of visits: what can have changed since the last one."""

    def next_snapshot(latest: str | None) -> tuple[DataFrame, str] | None:
        last = VisitsRead.of(latest) if latest else None
        if last is not None and last.read_at >= iso(READ_AT):
            return None
        limits = settings()
        since = since_after(last, hours=limits.longest_visit_hours + limits.sql_late_hours)
        visits = visits_since(rows_of(table), since)
        latest_at = latest_login(visits, READ_AT).collect()[0][0]
        until = latest_at or (last.until if last else since)
        return received_visits(visits, table=table), VisitsRead(iso(READ_AT), since, until).version

    return next_snapshot


if REGISTRATIONS in TABLES:
    dp.create_streaming_table(
        name=bronze("sql_registrations_bz"),
        comment="Rows of the table of registrations of an operational database, with the reads that saw them.",
        schema=SQL_REGISTRATIONS,
    )
    dp.create_auto_cdc_from_snapshot_flow(
        target=bronze("sql_registrations_bz"),
        source=registrations_in(TABLES[REGISTRATIONS], time="registration_timestamp"),
        keys=list(REGISTRATION),
        stored_as_scd_type=2,
    )

if ASSIGNMENTS in TABLES:
    dp.create_streaming_table(
        name=bronze("sql_device_assignments_bz"),
        comment="Rows of the table of device assignments of an operational database, with the reads that saw them.",
        schema=SQL_REGISTRATIONS,
    )
    dp.create_auto_cdc_from_snapshot_flow(
        target=bronze("sql_device_assignments_bz"),
        source=registrations_in(TABLES[ASSIGNMENTS], time="assigned_at"),
        keys=list(REGISTRATION),
        stored_as_scd_type=2,
    )

if VISITS in TABLES:
    dp.create_streaming_table(
        name=bronze("sql_visits_bz"),
        comment="Rows of the table of visits of an operational database, with the reads that saw them.",
        schema=SQL_VISITS,
    )
    dp.create_auto_cdc_from_snapshot_flow(
        target=bronze("sql_visits_bz"), source=visits_in(TABLES[VISITS]), keys=list(VISIT), stored_as_scd_type=2
    )
