"""The SQL that keeps the rules beside the results, on open-source Spark: the tables hold what the rule files say."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from dlt_local.quality.rule_files import read_rule_files
from dlt_local.quality.rules_as_sql import OBJECTIVE_COLUMNS, RULE_COLUMNS, rules_sql
from fitness.rule_files import FOLDER
from tests.bundle.job_sql import run_sql_file, small_queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

FIELDS = {"expectation": "name", "rule_sql": "sql"}
ODD = """\
dataset: main.numbers
owner: data-engineering
rules:
  - name: it's small
    sql: |
      value < 5
      OR note RLIKE '\\\\d|;' -- odd
    action: warn
    severity: info
    dimension: validity
"""


@pytest.fixture
def schema(spark: SparkSession) -> Iterator[str]:
    name = f"rules_{uuid4().hex}"
    spark.sql(f"CREATE SCHEMA {name}")
    yield name
    spark.sql(f"DROP SCHEMA {name} CASCADE")


def test_the_tables_hold_what_the_files_say_then_and_now(spark: SparkSession, schema: str, tmp_path: Path) -> None:
    run_sql_file(spark, "quality_rules.sql", ops_schema=schema)
    book = read_rule_files(FOLDER, relative_to=FOLDER.parents[1])
    rules = {tuple(getattr(rule, FIELDS.get(name, name)) for name in RULE_COLUMNS) for rule in book.rules}
    assert rows(spark, f"{schema}.dq_rules", RULE_COLUMNS) == rules
    of_rules = {(rule.dataset, rule.name, rule.objective) for rule in book.rules if rule.objective}
    of_data_sets = {(file.dataset, None, file.objective) for file in book.files if file.objective}
    objectives = {
        (dataset, name, limits.max_failed_rate, limits.min_rows, limits.max_staleness_s, limits.on_breach)
        for dataset, name, limits in of_rules | of_data_sets
    }
    assert rows(spark, f"{schema}.dq_slo", OBJECTIVE_COLUMNS) == objectives
    assert ("gold.gym_daily", "median_at_most_p90", 0.0, None, None, "red") in objectives

    (tmp_path / "main.numbers.yml").write_text(ODD, encoding="utf-8")
    with small_queries(spark):
        for statement in filter(str.strip, rules_sql(read_rule_files(tmp_path, relative_to=tmp_path)).split(";\n")):
            spark.sql(statement, args={"ops_schema": schema})
    sql = "value < 5\nOR note RLIKE '\\\\d|;' -- odd"
    numbers = ("main.numbers", "it's small", sql, "warn", "info", "validity", "data-engineering", "main.numbers.yml", 4)
    assert rows(spark, f"{schema}.dq_rules", RULE_COLUMNS) == {numbers}
    assert rows(spark, f"{schema}.dq_slo", OBJECTIVE_COLUMNS) == set()


def rows(spark: SparkSession, table: str, columns: Iterable[str]) -> set[tuple[object, ...]]:
    frame = spark.table(table)
    assert frame.columns == list(columns)
    return {tuple(row) for row in frame.collect()}
