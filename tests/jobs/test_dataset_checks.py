"""Each kind of check on a table that is as it should be, and on one with a planted fault."""

from __future__ import annotations

import importlib.util
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from fitness.rule_files import FOLDER as RULES
from jobs.dataset_checks import check_data_sets, read_checks
from tests.bundle.job_sql import quality_tables, small_queries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pyspark.sql import SparkSession

SCHEMA = "checked"
LAYERS = dict.fromkeys(("bronze", "silver", "gold"), SCHEMA)
READINGS = [(7, minute, 60.0 + 10 * minute) for minute in range(8)]
CHECKS: list[dict[str, Any]] = [
    {"name": "keys", "kind": "unique", "severity": "critical", "columns": ["device_id", "minute"]},
    {"name": "form", "kind": "columns", "severity": "critical",
     "columns": {"device_id": "bigint", "minute": "bigint", "bpm": "double", "at": "timestamp"}},
    {"name": "size", "kind": "row_count", "severity": "warning", "min": 8, "max": 9},
    {"name": "all there", "kind": "rows_equal", "severity": "critical", "table": "{bronze}.received",
     "table_where": "minute >= 0"},
    {"name": "all received", "kind": "no_rows", "severity": "critical",
     "sql": "SELECT r.minute, r.bpm FROM {batch} AS r LEFT ANTI JOIN {bronze}.received AS b ON b.minute = r.minute"},
    {"name": "recent", "kind": "fresh", "severity": "warning", "column": "at", "max_age_s": 60,
     "clock": {"table": "{bronze}.received", "column": "at"}},
    {"name": "spread", "kind": "distribution", "severity": "info", "column": "bpm", "edges": [80, 100],
     "shares": [0.25, 0.25, 0.5], "max_divergence": 0.1},
]  # fmt: skip
GOOD = {
    "keys": ("passed", 0.0, None, 0.0),
    "form": ("passed", 0.0, None, 0.0),
    "size": ("passed", 8.0, 8.0, 9.0),
    "all there": ("passed", 8.0, 8.0, 8.0),
    "all received": ("passed", 0.0, None, 0.0),
    "recent": ("passed", 0.0, None, 60.0),
    "spread": ("passed", 0.0, None, 0.1),
}
Found = dict[str, tuple[Any, ...]]


@pytest.fixture(scope="module")
def ops(spark: SparkSession) -> Iterator[str]:
    spark.sql(f"CREATE SCHEMA {SCHEMA}")
    for name in ("dq_updates", "dq_dataset_checks"):
        spark.createDataFrame([], quality_tables()[name]).write.saveAsTable(f"{SCHEMA}.{name}")
    write(spark, "received", READINGS)
    with small_queries(spark):
        yield SCHEMA
    spark.sql(f"DROP SCHEMA {SCHEMA} CASCADE")


def write(spark: SparkSession, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    frame = spark.createDataFrame(list(rows), "device_id BIGINT, minute BIGINT, bpm DOUBLE")
    timed = frame.selectExpr("*", "TIMESTAMP'2026-04-14 06:00:00' + make_dt_interval(0, 0, minute) AS at")
    timed.write.mode("overwrite").option("overwriteSchema", "true").saveAsTable(f"{SCHEMA}.{table}")


def answers(
    spark: SparkSession, folder: Path, update: str, *, only: Sequence[str] = (), as_of: datetime | None = None
) -> Found:
    """The answers to the checks of a rule file for a new update."""
    chosen = [check for check in CHECKS if not only or check["name"] in only]
    content = {"dataset": "silver.readings", "owner": "sensors", "checks": chosen}
    (folder / "silver.readings.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    number = int(update.removeprefix("u"))
    spark.sql(
        f"INSERT INTO {SCHEMA}.dq_updates (update_id, started_at, ended_at)"
        f" SELECT '{update}', timestamp_seconds({number}), timestamp_seconds({number})"
    )
    check_data_sets(spark, read_checks(folder, LAYERS), SCHEMA, as_of)
    rows = spark.table(f"{SCHEMA}.dq_dataset_checks").where(f"update_id = '{update}'").collect()
    assert {(row.dataset, row.engine) for row in rows} == {(f"{SCHEMA}.readings", "gx")}
    return {row.check_name: (row.status, row.observed, row.expected_low, row.expected_high) for row in rows}


def test_good(ops: str, spark: SparkSession, tmp_path: Path) -> None:
    write(spark, "readings", READINGS)
    found = answers(spark, tmp_path, "u1")
    status, divergence, *limits = found.pop("spread")
    assert (status, *limits) == ("passed", None, 0.1)
    assert divergence == pytest.approx(0.0)
    assert found == {name: answer for name, answer in GOOD.items() if name != "spread"}
    before = spark.table(f"{ops}.dq_dataset_checks").count()
    assert check_data_sets(spark, read_checks(tmp_path, LAYERS), ops, None) == []
    assert spark.table(f"{ops}.dq_dataset_checks").count() == before


def test_planted_faults(ops: str, spark: SparkSession, tmp_path: Path) -> None:
    # One reading twice, one without a device twice, one nobody received, none above 100, the last minutes missing.
    faulty = [*READINGS[:3], READINGS[0], (None, 1, 60.0), (None, 1, 60.0), (7, 99, 60.0)]
    write(spark, "readings", [(device, -1 if minute == 99 else minute, bpm) for device, minute, bpm in faulty])
    spark.sql(f"ALTER TABLE {ops}.readings ADD COLUMN extra INT")
    found = answers(spark, tmp_path, "u2")
    divergence = found.pop("spread")
    assert divergence[0] == "failed"
    assert divergence[1] > 0.1
    assert found == {
        # A reading too many, and both without a device.
        "keys": ("failed", 3.0, None, 0.0),
        "form": ("failed", 1.0, None, 0.0),
        "size": ("failed", 7.0, 8.0, 9.0),
        "all there": ("failed", 7.0, 8.0, 8.0),
        "all received": ("failed", 1.0, None, 0.0),
        "recent": ("failed", 300.0, None, 60.0),
    }
    # No value of a row is kept.
    details = [row.details_json for row in spark.table(f"{ops}.dq_dataset_checks").collect()]
    assert {key for text in details for key in json.loads(text)} == {"kind", "reason"}
    assert {json.loads(text)["reason"] for text in details} == {None, "Missing or not expected: extra int"}


@pytest.mark.usefixtures("ops")
def test_a_time_given_as_now_and_a_table_without_rows(spark: SparkSession, tmp_path: Path) -> None:
    write(spark, "readings", READINGS)
    now = datetime(2026, 4, 14, 6, 8, 1, tzinfo=UTC)
    assert answers(spark, tmp_path, "u3", only=["recent"], as_of=now) == {"recent": ("failed", 61.0, None, 60.0)}
    write(spark, "readings", [])
    empty = answers(spark, tmp_path, "u4", only=["recent", "keys"])
    assert empty == {"recent": ("failed", None, None, 60.0), "keys": ("passed", 0.0, None, 0.0)}


def test_what_cannot_be_evaluated_says_why(
    ops: str, spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spark.sql(f"DROP TABLE IF EXISTS {ops}.readings")
    assert answers(spark, tmp_path, "u5", only=["keys"]) == {"keys": ("not_evaluated", None, None, None)}
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert answers(spark, tmp_path, "u6", only=["size"]) == {"size": ("not_evaluated", None, None, None)}
    rows = spark.table(f"{ops}.dq_dataset_checks").where("status = 'not_evaluated'").orderBy("update_id").collect()
    reasons = [json.loads(row.details_json)["reason"] for row in rows]
    assert reasons == ["There is no such table.", "The package great_expectations is not installed."]


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"kind": "uniqe"}, "check 'keys' is of no kind that there is: uniqe"),
        ({"kind": "unique"}, "check 'keys' lacks columns"),
        ({"kind": "row_count", "mn": 1, "most": 2}, "check 'keys' does not take mn, most"),
    ],
)
def test_a_check_that_is_not_understood(fields: dict[str, Any], complaint: str, tmp_path: Path) -> None:
    checks = [{"name": "keys", "severity": "info", **fields}]
    (tmp_path / "silver.x.yml").write_text(yaml.safe_dump({"dataset": "silver.x", "owner": "o", "checks": checks}))
    with pytest.raises(ValueError, match=complaint):
        read_checks(tmp_path, LAYERS)


def test_the_checks_of_the_lakehouse_are_few_and_of_known_kinds() -> None:
    checks = read_checks(RULES, LAYERS)
    assert 10 <= len(checks) <= 20
    assert {check.kind for check in checks} <= {check["kind"] for check in CHECKS}
    assert {check.severity for check in checks} <= {"critical", "warning", "info"}


def test_samples_are_told_by_columns_that_point_at_nobody() -> None:
    files: list[Mapping[str, Any]] = [yaml.safe_load(path.read_text("utf-8")) for path in RULES.glob("*.yml")]
    keys = {key for file in files for key in file.get("keys", ())}
    assert not keys & {"user_id", "device_id", "mac_address", "email", "first_name", "last_name", "dob", "zip"}
