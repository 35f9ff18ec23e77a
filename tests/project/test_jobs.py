"""Jobs of a bundle as they are read for this machine: order, files, parameters, and what cannot run here."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError
from dlt_local.project.jobs import PublishedLog, PythonTask, SqlTask, load_job

if TYPE_CHECKING:
    from pathlib import Path

BUNDLE = """
bundle: {name: shop}
variables: {catalog: {default: shop}}
include: [resources/*.yml]
resources:
  volumes: {landing: {catalog_name: shop, schema_name: raw, name: landing}}
  schemas: {ops: {catalog_name: "${var.catalog}", name: ops}}
  pipelines:
    orders: {catalog: "${var.catalog}", schema: sales, event_log: {schema: "${resources.schemas.ops.name}", name: log}}
    returns: {catalog: shop, schema: sales}
"""
JOB = """
resources:
  jobs:
    nightly:
      email_notifications: {on_failure: ["${var.nobody_knows}"]}
      tasks:
        - task_key: export
          depends_on: [{task_key: totals}, {task_key: update}]
          environment_key: scripts
          spark_python_task:
            python_file: ../code/export.py
            parameters:
              - --to=${resources.volumes.landing.volume_path}/out
              - plain
              - --day={{job.start_time.iso_date}}
        - task_key: totals
          depends_on: [{task_key: update}]
          run_if: ALL_DONE
          sql_task:
            warehouse_id: ${var.nobody_knows}
            file: {path: ../code/totals.sql, source: WORKSPACE}
            parameters: {orders: "${var.catalog}.sales.orders", least: "1"}
        - task_key: update
          pipeline_task: {pipeline_id: "${resources.pipelines.orders.id}"}
"""
CHOOSE = " Choose others by --task totals --task export."


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    for folder in ("resources", "code"):
        (tmp_path / folder).mkdir()
    (tmp_path / "databricks.yml").write_text(BUNDLE, encoding="utf-8")
    (tmp_path / "resources/nightly.yml").write_text(JOB, encoding="utf-8")
    for file in ("export.py", "totals.sql"):
        (tmp_path / "code" / file).touch()
    return tmp_path


def test_tasks_in_the_order_in_which_they_depend_on_each_other_with_local_values(bundle: Path) -> None:
    job = load_job(bundle, "nightly", only=["export", "totals"], settings={"day": "2026-04-14", "least": "7"})
    totals = SqlTask("totals", bundle / "code/totals.sql", {"orders": "shop.sales.orders", "least": "7"})
    arguments = (f"--to={bundle}/landing/out", "plain", "--day=2026-04-14")
    assert job.tasks == (totals, PythonTask("export", bundle / "code/export.py", arguments))


def test_schemas_and_event_logs_of_the_bundle(bundle: Path) -> None:
    job = load_job(bundle, "nightly", only=["totals"])
    assert job.schemas == (("shop", "ops"),)
    assert job.logs == (PublishedLog("shop", "ops", "log", "orders"),)


@pytest.mark.parametrize(
    ("job", "only", "settings", "complaint"),
    [
        ("nighty", [], {}, "has no job 'nighty'; it has nightly. Did you mean 'nightly'?"),
        ("nightly", ["total"], {}, "has no task 'total'; it has update, totals, export. Did you mean 'totals'?"),
        ("nightly", [], {"day": "1"}, "Task 'update' is a pipeline_task, which runs only in a workspace." + CHOOSE),
        ("nightly", ["totals"], {"lest": "1"}, "No chosen task has a parameter 'lest'. Did you mean 'least'?"),
        ("nightly", ["export"], {}, "nightly.yml:15: '--day={{job.start_time.iso_date}}' is known only to a run in"),
    ],
)
def test_refused(bundle: Path, job: str, only: list[str], settings: dict[str, str], complaint: str) -> None:
    with pytest.raises(PipelineError) as raised:
        load_job(bundle, job, only=only, settings=settings)
    assert complaint in str(raised.value)


@pytest.mark.parametrize(
    ("task", "complaint"),
    [
        ("sql_task: {query: {query_id: x}}", "Task 't' runs a query of a workspace, not a file"),
        ("sql_task: {file: {path: ../code/totals.sql, source: GIT}}", "Task 't' takes its file from a Git repository"),
        ("sql_task: {file: {path: ../code/none.sql}}", "Task 't': no file"),
        ("spark_python_task: {python_file: ../code/export.py, paramters: []}", "Task 't' has no field 'paramters'"),
        ("timeout_seconds: 5", "Task 't' does nothing. On this machine run sql_task and spark_python_task of files."),
        ("sql_task: {file: {path: ../code/totals.sql}}, depends_on: [{task_key: t}]", "depend on each other: t -> t"),
        ("sql_task: {file: {path: ../code/totals.sql}}, depends_on: [{task_key: u}]", "Task 't' depends on 'u', which"),
    ],
)
def test_tasks_that_cannot_run(bundle: Path, task: str, complaint: str) -> None:
    job = f"resources: {{jobs: {{other: {{tasks: [{{task_key: t, {task}}}]}}}}}}"
    (bundle / "resources/other.yml").write_text(textwrap.dedent(job), encoding="utf-8")
    with pytest.raises(PipelineError) as raised:
        load_job(bundle, "other")
    assert complaint in str(raised.value)
