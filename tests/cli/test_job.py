"""`dlt-local job`: SQL and Python files of a job on tables that an earlier process left, twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from typer.testing import CliRunner

from dlt_local.cli.app import app
from dlt_local.event_log import EventLog
from dlt_local.jobs import TaskError
from dlt_local.jobs.sql_task import run_sql
from dlt_local.project.jobs import SqlTask
from dlt_local.stores.lock import locked
from dlt_local.stores.state import StateFolder
from tests.acceptance.command import complaint, dlt_local

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tests.acceptance.command import Result

BUNDLE = """
bundle: {name: shop}
resources:
  schemas: {ops: {catalog_name: shop, name: ops}}
  pipelines: {orders: {catalog: shop, schema: sales, event_log: {schema: ops, name: log}}}
  jobs:
    nightly:
      tasks:
        - task_key: copy
          depends_on: [{task_key: gate}]
          spark_python_task: {python_file: code/copy.py, parameters: [--from=shop.ops.totals, --to=shop.ops.copied]}
        - task_key: gate
          depends_on: [{task_key: totals}]
          sql_task: {file: {path: code/gate.sql}, parameters: {totals: shop.ops.totals, least: "2"}}
        - task_key: totals
          sql_task: {file: {path: code/totals.sql}, parameters: {orders: shop.sales.orders, ops: shop.ops}}
"""
TOTALS = """
-- Not a statement; even with a semicolon.
CREATE TABLE IF NOT EXISTS IDENTIFIER(:ops || '.totals') (
  city STRING COMMENT 'a; b', orders BIGINT, updates BIGINT
) COMMENT 'Orders by city';

MERGE INTO IDENTIFIER(:ops || '.totals') AS known
USING (
  SELECT city, count(*) AS orders, (
    SELECT count(get_json_object(details, '$.create_update.cause')) FROM shop.ops.log WHERE origin.update_id = 'u1'
  ) AS updates
  FROM IDENTIFIER(:orders) GROUP BY city
) AS counted
ON known.city = counted.city
WHEN MATCHED THEN UPDATE SET *
WHEN NOT MATCHED THEN INSERT *;
"""
GATE = """
SELECT
  CASE
    WHEN sum(orders) < CAST(:least AS BIGINT) THEN raise_error(concat('Too few orders: ', sum(orders)))
    ELSE concat(sum(orders), ' orders')
  END
FROM IDENTIFIER(:totals)
"""
COPY = """
import argparse

from pyspark.sql import SparkSession

parser = argparse.ArgumentParser()
parser.add_argument("--from", dest="source")
parser.add_argument("--to")
given = parser.parse_args()
spark = SparkSession.builder.getOrCreate()
spark.read.table(given.source).write.mode("append").saveAsTable(given.to)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A bundle beside a state with one table and the event log of an update that was killed before it was stored."""
    (tmp_path / "code").mkdir()
    for file, text in {"databricks.yml": BUNDLE, "code/totals.sql": TOTALS, "code/gate.sql": GATE}.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    (tmp_path / "code/copy.py").write_text(COPY, encoding="utf-8")
    orders = pa.table({"id": [1, 2, 3], "city": ["Rome", "Rome", "Bonn"]})
    state = StateFolder(tmp_path / "state")
    state.table("shop.sales.orders").path.mkdir(parents=True)
    write_deltalake(state.table("shop.sales.orders").path, orders)
    log = EventLog(state, "orders", "u1", lambda _: None)
    log.write("create_update", "Update u1 started.", {"cause": "USER_ACTION"})
    return tmp_path


def job(shop: Path, *arguments: object) -> Result:
    return dlt_local("job", "nightly", "--state", "state", *arguments, cwd=shop)


def rows(shop: Path, table: str) -> list[tuple[object, ...]]:
    stored = pa.table(DeltaTable(StateFolder(shop / "state").table(table).path).scan())
    return sorted(tuple(row.values()) for row in stored.to_pylist())


def test_a_job_and_once_more_with_a_task_that_fails(shop: Path) -> None:
    first = job(shop)
    assert (first.returncode, first.stderr) == (0, "")
    lines = [line.partition(": done in ")[0] for line in first.stdout.splitlines()]
    assert lines == ["totals", "gate", "  3 orders", "copy"]
    totals = [("Bonn", 1, 1), ("Rome", 2, 1)]
    assert rows(shop, "shop.ops.totals") == rows(shop, "shop.ops.copied") == totals

    second = job(shop, "--set", "least=4")
    assert second.returncode == 1
    assert complaint(second) == f"Error: {shop}/code/gate.sql:2: Task 'gate' failed: Too few orders: 3"
    assert rows(shop, "shop.ops.totals") == rows(shop, "shop.ops.copied") == totals


@pytest.mark.parametrize(
    ("broken", "line"), [("SELECT 1;\n\nSELECT *\nFROM range(1) WHERE x", 4), ("SELECT 1;\nSELEKT\n  1;", 2)]
)
def test_a_broken_statement_is_told_with_its_line(broken: str, line: int, spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "broken.sql"
    file.write_text(broken, encoding="utf-8")
    with pytest.raises(TaskError) as raised:
        run_sql(SqlTask("gate", file, {}), spark)
    assert str(raised.value).startswith(f"{file}:{line}: Task 'gate' failed: [")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--state", "none"], "Error: State folder none does not exist. Run the pipeline first"),
        (["--task", "x"], "Error: Job 'nightly' has no task 'x'"),
        (["--set", "least"], "'least' is not KEY=VALUE"),
    ],
)
def test_not_started(shop: Path, arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)
    result = CliRunner().invoke(app, ["job", "nightly", *arguments], prog_name="dlt-local")
    assert result.exit_code == 2
    assert said.replace("none", str(shop / "none")) in result.stderr or said in result.stderr


def test_not_started_while_an_update_runs(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)
    with locked(shop / "state"):
        result = CliRunner().invoke(app, ["job", "nightly", "--state", "state"], prog_name="dlt-local")
    assert result.exit_code == 2
    assert "is in use by process" in result.stderr
