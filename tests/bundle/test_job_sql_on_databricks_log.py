"""The quality tables of an event log as Databricks writes it, where it differs from the local one.

Flows have names of three parts, rules that stop a flow are counted nowhere, an attempt is made again, and of a data set
only the number of its rules may be told.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.bundle.job_sql import run_sql_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

EVENT = """
    origin STRUCT<cloud: STRING, pipeline_id: STRING, pipeline_name: STRING, update_id: STRING, dataset_name: STRING,
      sink_name: STRING, flow_name: STRING>,
    timestamp TIMESTAMP, error STRUCT<fatal: BOOLEAN, exceptions: ARRAY<STRUCT<class_name: STRING, message: STRING>>>,
    details STRING, event_type STRING
"""
STOPPED = (
    "[EXPECTATION_VIOLATION.VERBOSITY_ALL] Flow 'c.silver.visits' failed to meet the expectation. Violated"
    " expectations: 'gym is known, ends after it begins'. Input data: '{\"gym\": 0}'. Output record: '{\"gym\": 0}'."
    " Missing input data: false"
)
SECONDS = count()


def event(
    kind: str,
    details: dict[str, Any],
    *,
    update: str | None = "u1",
    name: str | None = None,
    error: str | None = None,
) -> tuple[Any, ...]:
    """One event; the flow is called like the data set that it writes."""
    origin = ("AWS", "p", "[dev me] lakehouse", update, name, None, name)
    time = datetime(2026, 4, 14, tzinfo=UTC) + timedelta(seconds=next(SECONDS))
    failure = None if error is None else (True, [("FlowError", "Flow failed."), ("Cause", error)])
    return (origin, time, failure, json.dumps({kind: details}), kind)


def progress(name: str, status: str, *, rows: int = 0, rules: list[tuple[str, int, int]] | None = None) -> Any:
    quality = [
        {"name": rule, "dataset": name, "passed_records": passed, "failed_records": failed}
        for rule, passed, failed in rules or []
    ]
    details = {"status": status, "metrics": {"num_output_rows": rows}}
    if quality:
        details["data_quality"] = {"dropped_records": 0, "expectations": quality}
    return event("flow_progress", details, name=name)


def rules(*declared: tuple[str, str]) -> dict[str, Any]:
    expectations = [{"name": name, "expression": f"{name} IS TRUE", "action": action} for name, action in declared]
    return {"dataset_type": "STREAMING_TABLE", "expectations": expectations}


LOG = [
    event("user_action", {"action": "CREATE"}, update=None),
    event("create_update", {"cause": "JOB_TASK"}),
    event("dataset_definition", {"dataset_type": "STREAMING_TABLE", "expectations": 1}, name="c.silver.users"),
    event("dataset_definition", rules(("has_key", "FAIL"), ("fresh", "ALLOW")), name="c.silver.readings"),
    event("update_progress", {"state": "RUNNING"}),
    progress("c.silver.users", "RUNNING", rows=3, rules=[("has_id", 2, 1)]),
    progress("c.silver.users", "RUNNING", rows=4, rules=[("has_id", 4, 0)]),
    progress("c.silver.users", "COMPLETED"),
    progress("c.silver.readings", "RUNNING", rows=5),
    progress("c.silver.readings", "COMPLETED"),
    *(event("flow_progress", {"status": "FAILED"}, name="c.silver.visits", error=STOPPED) for _ in range(3)),
    event("flow_progress", {"status": "RUNNING"}, name="pipelines.flowTimeMetrics.missingFlowName"),
    event("update_progress", {"state": "FAILED"}),
]


@pytest.fixture(scope="module")
def schema(spark: SparkSession) -> Iterator[str]:
    name = f"quality_{uuid4().hex}"
    spark.sql(f"CREATE SCHEMA {name}")
    spark.createDataFrame(LOG, EVENT).write.saveAsTable(f"{name}.event_log")
    spark.createDataFrame(
        [], "feed STRING, rule STRING, date DATE, passed BIGINT, failed BIGINT, quarantined BIGINT"
    ).write.saveAsTable(f"{name}.data_quality_daily")
    run_sql_file(spark, "quality_rules.sql", ops_schema=name)
    run_sql_file(spark, "quality_results.sql", event_log=f"{name}.event_log", ops_schema=name, gold_schema=name)
    yield name
    spark.sql(f"DROP SCHEMA {name} CASCADE")


def test_rules(schema: str, spark: SparkSession) -> None:
    columns = ("dataset", "expectation", "flow_name", "status", "passed", "failed", "failed_rate", "constraint_sql")
    rows = spark.table(f"{schema}.dq_expectation_results").select(*columns).orderBy(*columns).collect()
    assert [tuple(row) for row in rows] == [
        ("silver.readings", "fresh", "c.silver.readings", "no_data", 0, 0, None, "fresh IS TRUE"),
        ("silver.readings", "has_key", "c.silver.readings", "uncounted", 0, 0, None, "has_key IS TRUE"),
        ("silver.users", "has_id", "c.silver.users", "failed", 6, 1, 1 / 7, None),
        ("silver.visits", "ends after it begins", "c.silver.visits", "violated", 0, 1, None, None),
        ("silver.visits", "gym is known", "c.silver.visits", "violated", 0, 1, None, None),
    ]


def test_updates_and_flows(schema: str, spark: SparkSession) -> None:
    columns = ("update_id", "pipeline_name", "source", "state", "rows_out")
    updates = spark.table(f"{schema}.dq_updates").select(*columns).collect()
    assert [tuple(row) for row in updates] == [("u1", "[dev me] lakehouse", "databricks", "FAILED", 12)]
    runs = spark.table(f"{schema}.dq_flow_runs").select("flow_name", "dataset", "status", "rows_out")
    flows = runs.orderBy("flow_name").collect()
    assert [tuple(row) for row in flows] == [
        ("c.silver.readings", "silver.readings", "COMPLETED", 5),
        ("c.silver.users", "silver.users", "COMPLETED", 7),
        ("c.silver.visits", "silver.visits", "FAILED", 0),
    ]
