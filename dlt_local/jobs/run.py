"""Runs the tasks of a job one after the other, in one Spark session."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.jobs.catalog import open_catalogs
from dlt_local.jobs.failure import TaskError
from dlt_local.jobs.python_task import run_python
from dlt_local.jobs.sql_task import run_sql
from dlt_local.project.jobs import SqlTask
from dlt_local.session.spark import spark_session
from dlt_local.show.stored_tables import require_tables
from dlt_local.stores.lock import locked
from dlt_local.stores.state import StateFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import Row

    from dlt_local.project.jobs import JobSpec

__all__ = ["TaskError", "TaskResult", "run_job"]

# What a job reads and writes here is small: compiling a query takes longer than running it.
_SETTINGS = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "1",
}


@dataclass(frozen=True, slots=True)
class TaskResult:
    """A task that succeeded: how long it took, and the rows of the query that it ends with, if it does."""

    key: str
    seconds: float
    rows: tuple[Row, ...]


def run_job(job: JobSpec, state: Path) -> Iterator[TaskResult]:
    """The results of the tasks, each when it has ended; no update runs in the state meanwhile.

    Raises TaskError for a task that fails, any other PipelineError if the job cannot start: no tables, state in use.
    """
    folder = StateFolder(state.resolve())
    require_tables(folder.root)
    folder.prepare()
    with locked(folder.root) as lock:
        settings = {**_SETTINGS, "spark.sql.warehouse.dir": (folder.root / "tables/spark_catalog").as_uri()}
        spark = spark_session(app_name=job.name, settings=settings, held_open=(lock,))
        open_catalogs(spark, folder, job)
        for task in job.tasks:
            started = time.monotonic()
            rows: list[Row] = []
            if isinstance(task, SqlTask):
                rows = run_sql(task, spark)
            else:
                run_python(task)
            yield TaskResult(task.key, time.monotonic() - started, tuple(rows))
