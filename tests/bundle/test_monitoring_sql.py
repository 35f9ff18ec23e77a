"""quality_monitoring.sql on five updates whose rows, delays and schemas are known."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.bundle.job_sql import quality_tables, run_sql_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

DAY = datetime(2026, 4, 14, 6, tzinfo=UTC)
# Rows written, records and seconds of backlog, and what the schema is, by update.
STEADY = [(100, 10, 5.0, "a"), (120, 20, 5.0, "a"), (90, 30, 5.0, "a"), (110, 20, 90.0, "a"), (0, 0, None, "a")]
JUMPS = [(100, 10, None, "a"), (100, 10, None, "a"), (100, 10, None, "b"), (501, 51, None, "b"), (19, 50, None, "c")]
SLO = [("silver.steady", None, None, 400, 60, "red"), ("silver.jumps", None, None, 2000, 172_800, "amber")]
LOG = "origin STRUCT<update_id: STRING, dataset_name: STRING>, event_type STRING, details STRING"
SLO_COLUMNS = """
    dataset STRING, expectation STRING, max_failed_rate DOUBLE, min_rows BIGINT, max_staleness_s BIGINT,
    on_breach STRING
"""
Checks = dict[tuple[str, str, str], tuple[Any, ...]]


def started(number: int) -> datetime:
    return DAY + timedelta(days=number)


def updates(count: int) -> list[dict[str, Any]]:
    return [
        {
            "update_id": f"u{number}",
            "pipeline_id": "p",
            "started_at": started(number),
            "ended_at": started(number) + timedelta(seconds=30),
            "rows_out": 1,
            "rows_dropped": 0,
        }
        for number in range(1, count + 1)
    ]


def runs(count: int) -> list[dict[str, Any]]:
    return [
        {
            "update_id": f"u{number}",
            "flow_name": name,
            "dataset": f"silver.{name}",
            "rows_out": rows,
            "last_rows_at": started(number) if rows else None,
            "backlog_records": backlog,
            "backlog_s": seconds,
        }
        for name, history in (("steady", STEADY), ("jumps", JUMPS))
        for number, (rows, backlog, seconds, _) in enumerate(history[:count], 1)
    ]


def definitions() -> list[tuple[Any, ...]]:
    return [
        ((f"u{number}", f"c.silver.{name}"), "flow_definition", json.dumps({"flow_definition": {"schema": columns}}))
        for name, history in (("steady", STEADY), ("jumps", JUMPS))
        for number, (*_, columns) in enumerate(history, 1)
    ]


def monitor(spark: SparkSession, schema: str, count: int, as_of: str) -> None:
    """Judge what the tables hold after so many updates."""
    for table, rows in (("dq_updates", updates(count)), ("dq_flow_runs", runs(count))):
        columns = spark.createDataFrame([], quality_tables()[table]).schema
        frame = spark.createDataFrame([tuple(row.get(name) for name in columns.names) for row in rows], columns)
        frame.write.mode("overwrite").saveAsTable(f"{schema}.{table}")
    parameters = {"event_log": f"{schema}.event_log", "ops_schema": schema}
    run_sql_file(spark, "quality_monitoring.sql", **parameters, as_of=as_of)


@pytest.fixture(scope="module")
def schema(spark: SparkSession) -> Iterator[str]:
    """All but the last update judged at once, then the last one, ten minutes after its start; then nothing new."""
    name = f"monitoring_{uuid4().hex}"
    spark.sql(f"CREATE SCHEMA {name}")
    spark.createDataFrame(definitions(), LOG).write.saveAsTable(f"{name}.event_log")
    spark.createDataFrame(SLO, SLO_COLUMNS).write.saveAsTable(f"{name}.dq_slo")
    for table in ("dq_dataset_checks", "dq_expectation_results"):
        spark.createDataFrame([], quality_tables()[table]).write.saveAsTable(f"{name}.{table}")
    monitor(spark, name, 4, "")
    for _ in range(2):
        monitor(spark, name, 5, "2026-04-19T06:10:00Z")
    yield name
    spark.sql(f"DROP SCHEMA {name} CASCADE")


@pytest.fixture(scope="module")
def checks(schema: str, spark: SparkSession) -> Checks:
    rows = spark.table(f"{schema}.dq_dataset_checks").collect()
    found = {
        (row.update_id, row.dataset.partition(".")[2], row.check_name): (
            (row.severity, row.status, row.observed, row.expected_low, row.expected_high)
        )
        for row in rows
    }
    assert len(found) == len(rows), "an update was judged twice"
    return found


def test_freshness_at_the_end_of_earlier_updates_and_as_of_the_given_time(checks: Checks) -> None:
    assert checks["u3", "steady", "fresh"] == ("critical", "passed", 30.0, None, 60.0)
    # It got rows last a day before the last update.
    assert checks["u5", "steady", "fresh"] == ("critical", "failed", 86_400.0 + 600, None, 60.0)
    assert checks["u5", "jumps", "fresh"] == ("warning", "passed", 600.0, None, 172_800.0)


def test_lag_where_the_source_tells_it(checks: Checks) -> None:
    assert checks["u3", "steady", "lag"] == ("critical", "passed", 5.0, None, 60.0)
    assert checks["u4", "steady", "lag"] == ("critical", "failed", 90.0, None, 60.0)
    assert ("u5", "steady", "lag") not in checks


def test_all_rows_that_a_data_set_has_been_given(checks: Checks) -> None:
    assert checks["u3", "steady", "min_rows"] == ("critical", "failed", 310.0, 400.0, None)
    assert checks["u4", "steady", "min_rows"] == ("critical", "passed", 420.0, 400.0, None)
    assert checks["u5", "jumps", "min_rows"] == ("warning", "failed", 820.0, 2000.0, None)


def test_volume_against_the_median_of_earlier_updates(checks: Checks) -> None:
    assert checks["u3", "steady", "volume"] == ("critical", "not_evaluated", 90.0, 22.0, 550.0)
    assert checks["u4", "steady", "volume"] == ("critical", "passed", 110.0, 20.0, 500.0)
    assert checks["u4", "jumps", "volume"] == ("warning", "failed", 501.0, 20.0, 500.0)
    assert checks["u5", "jumps", "volume"] == ("warning", "failed", 19.0, 20.0, 500.0)
    assert checks["u5", "steady", "volume"] == ("critical", "failed", 0.0, 21.0, 525.0)


def test_backlog_against_the_median_of_earlier_updates(checks: Checks) -> None:
    assert checks["u4", "steady", "backlog"] == ("critical", "passed", 20.0, None, 100.0)
    assert checks["u4", "jumps", "backlog"] == ("warning", "failed", 51.0, None, 50.0)
    assert checks["u5", "jumps", "backlog"] == ("warning", "passed", 50.0, None, 50.0)


def test_schema_against_the_update_before_also_if_that_was_judged_earlier(checks: Checks) -> None:
    told = {key[:2]: check[1] for key, check in checks.items() if key[2] == "schema"}
    assert [told[f"u{number}", "steady"] for number in range(1, 6)] == ["not_evaluated", *["passed"] * 4]
    assert [told[f"u{number}", "jumps"] for number in range(1, 6)] == [
        "not_evaluated", "passed", "failed", "passed", "failed",
    ]  # fmt: skip
