"""Each alert of the bundle: its query on local Spark, and its condition judged as Databricks judges it."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from fitness.data_quality import DATA_QUALITY_DAILY
from fitness.gym_summary import GYM_SUMMARY
from fitness.heart_rate_windows import HEART_RATE_WINDOWS
from tests.bundle.job_sql import quality_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

RESOURCES = Path(__file__).parents[2] / "resources"
COMPARISONS = {
    "LESS_THAN": operator.lt,
    "LESS_THAN_OR_EQUAL": operator.le,
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_OR_EQUAL": operator.ge,
    "EQUAL": operator.eq,
    "NOT_EQUAL": operator.ne,
}
AGGREGATIONS = {"MIN": min, "MAX": max}
GOLD = {
    "data_quality_daily": DATA_QUALITY_DAILY,
    "gym_summary": GYM_SUMMARY,
    "heart_rate_windows": HEART_RATE_WINDOWS,
}
TABLE = re.compile(r"\$\{var\.catalog\}\.\$\{resources\.schemas\.(\w+)\.name\}\.(\w+)")

Tables = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as the bundle declares it."""

    query: str
    evaluation: Mapping[str, Any]
    schedule: Mapping[str, Any]

    @classmethod
    def read(cls, name: str) -> Alert:
        resource = yaml.safe_load((RESOURCES / f"{name}.alert.yml").read_text(encoding="utf-8"))
        alert = resource["resources"]["alerts"][name]
        return cls(alert["query_text"], alert["evaluation"], alert["schedule"])

    def state(self, spark: SparkSession) -> str:
        """OK, TRIGGERED or ERROR over the views of this session."""
        source = self.evaluation["source"]
        rows = spark.sql(TABLE.sub(r"\2", self.query)).collect()
        if not rows:
            return str(self.evaluation["empty_result_state"])
        # Databricks leaves out NULL; a column of nothing else would be no state at all.
        values = [row[source["name"]] for row in rows if row[source["name"]] is not None]
        value = AGGREGATIONS[source["aggregation"]](values)
        is_met = COMPARISONS[self.evaluation["comparison_operator"]]
        return "TRIGGERED" if is_met(value, self.evaluation["threshold"]["value"]["double_value"]) else "OK"


def hours_ago(hours: float) -> datetime:
    return datetime.now(UTC) - timedelta(hours=hours)


def update(state: str, hours: float) -> dict[str, Any]:
    return {"update_id": "u", "state": state, "ended_at": hours_ago(hours)}


def ended(update_id: str, hours: float) -> dict[str, Any]:
    return {"update_id": update_id, "started_at": hours_ago(hours)}


def check(update_id: str, status: str, severity: str) -> dict[str, Any]:
    return {"update_id": update_id, "dataset": "gold.gym_daily", "status": status, "severity": severity}


def rule(name: str, pass_rate: float | None) -> dict[str, Any]:
    return {"dataset": "silver.heart_rate", "expectation": name, "pass_rate": pass_rate}


def day(feed: str, number: int, passed: int, rejected: int) -> dict[str, Any]:
    return {
        "feed": feed,
        "rule": "readable",
        "date": date(2026, 4, number),
        "passed": passed,
        "failed": rejected,
        "quarantined": rejected,
    }


FRESH: Tables = {
    "dq_updates": [update("COMPLETED", 3)],
    "gym_summary": [{"login": hours_ago(5)}],
    "heart_rate_windows": [{"window_start": hours_ago(4)}],
}
CASES: dict[str, tuple[str, Tables, str]] = {
    "all rules are kept": (
        "rule_pass_rate",
        {"dq_latest_results": [rule("known", 1.0), rule("steady", 0.95), rule("unseen", None)]},
        "OK",
    ),
    "one rule of many is broken": (
        "rule_pass_rate",
        {"dq_latest_results": [rule("known", 1.0), rule("steady", 0.89), rule("calm", 0.99)]},
        "TRIGGERED",
    ),
    "a rule stopped the update": ("rule_pass_rate", {"dq_latest_results": [rule("known", 0.0)]}, "TRIGGERED"),
    "no rule was evaluated": ("rule_pass_rate", {"dq_latest_results": [rule("unseen", None)]}, "TRIGGERED"),
    "there are no rules": ("rule_pass_rate", {"dq_latest_results": []}, "TRIGGERED"),
    "everything is fresh": ("data_freshness", FRESH, "OK"),
    "the heart rate stopped": (
        "data_freshness",
        {**FRESH, "heart_rate_windows": [{"window_start": hours_ago(27)}]},
        "TRIGGERED",
    ),
    "nobody comes any more": ("data_freshness", {**FRESH, "gym_summary": [{"login": hours_ago(30)}]}, "TRIGGERED"),
    "the latest update failed long ago": (
        "data_freshness",
        {**FRESH, "dq_updates": [update("FAILED", 1), update("COMPLETED", 28)]},
        "TRIGGERED",
    ),
    "a table is empty": ("data_freshness", {**FRESH, "gym_summary": []}, "TRIGGERED"),
    "there was no update": ("data_freshness", {**FRESH, "dq_updates": []}, "TRIGGERED"),
    "every check passes, or is only for information": (
        "failed_checks",
        {
            "dq_updates": [ended("u1", 30), ended("u2", 2)],
            "dq_dataset_checks": [
                check("u1", "failed", "critical"),
                check("u2", "passed", "critical"),
                check("u2", "failed", "info"),
                check("u2", "not_evaluated", "critical"),
            ],
        },
        "OK",
    ),
    "a check fails": (
        "failed_checks",
        {
            "dq_updates": [ended("u1", 30), ended("u2", 2)],
            "dq_dataset_checks": [check("u2", "passed", "critical"), check("u2", "failed", "warning")],
        },
        "TRIGGERED",
    ),
    "nothing could be checked": (
        "failed_checks",
        {"dq_updates": [ended("u1", 2)], "dq_dataset_checks": [check("u1", "not_evaluated", "critical")]},
        "TRIGGERED",
    ),
    "no data set was checked": (
        "failed_checks",
        {"dq_updates": [ended("u1", 2)], "dq_dataset_checks": []},
        "TRIGGERED",
    ),
    "few rows are rejected": (
        "rejected_rows",
        {"data_quality_daily": [day("bpm", 14, 50, 50), day("bpm", 15, 95, 5), day("workout", 13, 100, 0)]},
        "OK",
    ),
    "a feed of which many are rejected": (
        "rejected_rows",
        {"data_quality_daily": [day("bpm", 15, 95, 5), day("workout", 13, 8, 2)]},
        "TRIGGERED",
    ),
    "a day without rows says nothing": (
        "rejected_rows",
        {"data_quality_daily": [day("workout", 13, 8, 2), day("workout", 14, 0, 0)]},
        "TRIGGERED",
    ),
    "no feed has sent anything": ("rejected_rows", {"data_quality_daily": []}, "TRIGGERED"),
}


@pytest.fixture(scope="module")
def schemas() -> dict[str, str]:
    """Columns of the tables that alerts read, from the code that makes them."""
    return GOLD | quality_tables()


@pytest.mark.parametrize("case", CASES)
def test_alert(case: str, schemas: Mapping[str, str], spark: SparkSession) -> None:
    name, tables, state = CASES[case]
    alert = Alert.read(name)
    read = {table for _, table in TABLE.findall(alert.query)}
    assert read == set(tables)
    for table, rows in tables.items():
        frame = spark.createDataFrame([], schemas[table])
        values = [tuple(row.get(column) for column in frame.columns) for row in rows]
        spark.createDataFrame(values, frame.schema).createOrReplaceTempView(table)
    assert alert.state(spark) == state


@pytest.mark.parametrize("name", ["rule_pass_rate", "data_freshness", "rejected_rows", "failed_checks"])
def test_nothing_is_never_ok_and_nothing_runs_in_a_copy_of_a_developer(name: str) -> None:
    alert = Alert.read(name)
    assert alert.evaluation["empty_result_state"] == "TRIGGERED"
    assert set(alert.schedule) == {"quartz_cron_schedule", "timezone_id"}
    assert alert.evaluation["notification"]["subscriptions"] == [{"user_email": "${var.oncall_email}"}]


def test_every_alert_is_tested() -> None:
    assert {path.name.removesuffix(".alert.yml") for path in RESOURCES.glob("*.alert.yml")} == {
        name for name, _, _ in CASES.values()
    }
