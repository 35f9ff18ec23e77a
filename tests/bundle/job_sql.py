"""The SQL files of `jobs/` run on open-source Spark as a SQL task runs them: a statement at a time, with parameters."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import Row, SparkSession

JOBS = Path(__file__).parents[2] / "jobs"


def statements(file: str) -> list[str]:
    """The statements of a file; a semicolon stands at the end of each and nowhere else."""
    parts = (JOBS / file).read_text(encoding="utf-8").split(";")
    return [part.strip() for part in parts if part.strip()]


def run_sql_file(spark: SparkSession, file: str, **parameters: Any) -> list[Row]:
    """Rows of the last statement."""
    # Otherwise Spark leaves parameters to the parser, and that of Delta does not know them.
    spark.conf.set("spark.sql.legacy.parameterSubstitution.constantsOnly", "true")
    # Compiling the plans takes longer than the few rows of a test.
    spark.conf.set("spark.sql.codegen.wholeStage", "false")
    rows: list[Row] = []
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
