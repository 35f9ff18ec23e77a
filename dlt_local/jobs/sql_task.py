"""Runs a SQL file a statement at a time, as a SQL task does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException

from dlt_local.errors import first_line
from dlt_local.jobs.failure import TaskError
from dlt_local.source_location import SourceLocation
from dlt_local.sql_files.words import statements

if TYPE_CHECKING:
    from pyspark.sql import Row, SparkSession

    from dlt_local.project.jobs import SqlTask
    from dlt_local.sql_files.words import Words

_QUERY = frozenset({"FROM", "SELECT", "TABLE", "VALUES", "WITH"})
_PLACE = re.compile(r"\bline (\d+),? pos \d+")


def run_sql(task: SqlTask, spark: SparkSession) -> list[Row]:
    """Execute every statement; the rows of the last one, if it is a query."""
    rows: list[Row] = []
    for words in statements(task.file.read_text(encoding="utf-8-sig"), task.file):
        text = words.text[words.tokens[0].start : words.tokens[-1].end + 1]
        try:
            found = spark.sql(text, args=dict(task.parameters)).collect()
        except PySparkException as error:
            raise _failed(task, words, error) from error
        rows = found if words.tokens[0].text.upper() in _QUERY else []
    return rows


def _failed(task: SqlTask, words: Words, error: PySparkException) -> TaskError:
    where = words.where
    if error.getCondition() == "USER_RAISED_EXCEPTION":
        return TaskError(task.key, (error.getMessageParameters() or {}).get("errorMessage", str(error)), where=where)
    within = _PLACE.search(str(error))
    if within:
        where = SourceLocation(where.file, where.line + int(within[1]) - 1)
    return TaskError(task.key, first_line(error), where=where)
