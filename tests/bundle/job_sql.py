"""The SQL files of `jobs/` run on open-source Spark as a SQL task runs them: a statement at a time, with parameters."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import Row, SparkSession

JOBS = Path(__file__).parents[2] / "jobs"
_SMALL = {
    # Compiling a plan takes longer than the few rows of a test.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "1",
}


@contextmanager
def small_queries(spark: SparkSession) -> Iterator[None]:
    """Settings of the session for queries with parameters on few rows."""
    before = {name: spark.conf.get(name) for name in _SMALL}
    try:
        for name, value in _SMALL.items():
            spark.conf.set(name, value)
        yield
    finally:
        for name, earlier in before.items():
            spark.conf.set(name, str(earlier))


def statements(file: str) -> list[str]:
    """The statements of a file; a semicolon stands at the end of each and nowhere else."""
    parts = (JOBS / file).read_text(encoding="utf-8").split(";")
    return [part.strip() for part in parts if part.strip()]


def run_sql_file(spark: SparkSession, file: str, **parameters: Any) -> list[Row]:
    """Rows of the last statement."""
    rows: list[Row] = []
    with small_queries(spark):
        for statement in statements(file):
            rows = spark.sql(statement, args=parameters).collect()
    return rows


def quality_tables() -> dict[str, str]:
    """Columns of the tables that quality_results.sql makes, by name."""
    tables = {}
    for statement in statements("quality_results.sql"):
        for name in re.findall(r"CREATE TABLE IF NOT EXISTS IDENTIFIER\(:ops_schema \|\| '\.(\w+)'\)", statement):
            tables[name] = statement.split(" (\n", 1)[1].rsplit("\n) COMMENT", 1)[0]
    return tables
