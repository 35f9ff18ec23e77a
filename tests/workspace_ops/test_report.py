"""The quality report of updates on the fake workspace, by REST and from the published table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from dlt_local.quality.as_json import SCHEMA
from tests.bundle.fake_workspace import canceled, completed, failed, flow_progress, never_ending
from tests.bundle.fake_workspace.warehouses import STARTER

if TYPE_CHECKING:
    from tests.bundle.fake_workspace import FakeWorkspace
    from tests.workspace_ops.conftest import FitnessOps

USERS = "fitness.silver.users"
LOG = "fitness.ops.lakehouse_event_log"
# Ten rows in two micro-batches, of which three have no name and one no age.
BATCHES = (
    flow_progress(USERS, "RUNNING", rows=4, rules=[("named", 4, 2), ("aged", 6, 0)], dropped=2),
    flow_progress(USERS, "RUNNING", rows=3, rules=[("named", 3, 1), ("aged", 3, 1)], dropped=1),
    flow_progress(USERS, "COMPLETED"),
)


@pytest.fixture
def pipeline_id(workspace: FakeWorkspace) -> str:
    catalog, schema, name = LOG.split(".")
    return workspace.pipelines.create("lakehouse", event_log={"catalog": catalog, "schema": schema, "name": name})


@pytest.fixture
def by_table(workspace: FakeWorkspace) -> list[str]:
    return ["--warehouse", workspace.warehouses.id_of(STARTER), "--event-log", LOG]


def rules(document: dict[str, Any]) -> list[tuple[str, str, int, int]]:
    return [
        (rule["expectation"], rule["status"], rule["passed"], rule["failed"])
        for update in document["updates"]
        for rule in update["expectations"]
    ]


@pytest.mark.parametrize("source", ["rest", "table"])
def test_counts_are_those_of_the_log(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str, by_table: list[str], source: str
) -> None:
    workspace.pipelines.script("lakehouse", completed(BATCHES[2]), completed(*BATCHES))
    workspace.statements.rows_in_a_chunk = 4
    workspace.statements.looks = 2
    for _ in range(2):
        assert signed_in("trigger", pipeline_id).exit_code == 0
    where = by_table if source == "table" else []
    result = signed_in("report", "lakehouse", "--format", "json", "--fail-under", 0.7, *where)
    assert (result.exit_code, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    jsonschema.validate(document, json.loads(SCHEMA.read_text("utf-8")))
    assert rules(document) == [("aged", "failed", 9, 1), ("named", "failed", 7, 3)]
    (update,) = document["updates"]
    assert (update["source"], update["state"], update["rows_out"], update["rows_dropped"]) == (
        "databricks",
        "COMPLETED",
        7,
        3,
    )
    assert update["not_known"]
    assert signed_in("report", "lakehouse", "--fail-under", 0.71, *where).exit_code == 1
    first = workspace.pipelines.named("lakehouse").updates.started[0].update_id
    assert signed_in("report", "lakehouse", "--update", first, *where).exit_code == 2
    assert workspace.requests[-1].path.endswith("/events") is (source == "rest")


@pytest.mark.parametrize(
    ("script", "code", "reason"),
    [
        (failed(*BATCHES, error=[("E", "no space")]), 1, "FAILED: no space"),
        (canceled(*BATCHES), 2, "was CANCELED before its end"),
        (never_ending(*BATCHES), 2, "has not ended: it is RUNNING"),
        (completed(), 2, "The log names no expectation"),
    ],
)
def test_what_is_not_known_to_be_good_is_not(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str, script: Any, code: int, reason: str
) -> None:
    workspace.pipelines.script("lakehouse", script)
    signed_in("trigger", pipeline_id, "--timeout", 0.3)
    result = signed_in("report", "lakehouse", "--format", "md")
    assert result.exit_code == code
    assert reason in result.stdout


@pytest.mark.parametrize(("layout", "says"), [("html", "</span> Breach</h1>"), ("junit", 'tests="3" failures="2"')])
def test_a_page_and_test_results(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str, layout: str, says: str
) -> None:
    workspace.pipelines.script("lakehouse", completed(*BATCHES))
    signed_in("trigger", pipeline_id)
    result = signed_in("report", "lakehouse", "--format", layout, "--fail-under", 0.95)
    assert result.exit_code == 1
    assert says in result.stdout


@pytest.mark.parametrize("source", ["rest", "table"])
def test_an_update_is_reported_with_what_it_goes_on_from(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str, by_table: list[str], source: str
) -> None:
    workspace.pipelines.script("lakehouse", completed(*BATCHES), failed(BATCHES[0]), completed(*BATCHES[1:]))
    pipelines = workspace.pipelines
    for cause in ("USER_ACTION", "API_CALL", "SCHEMA_CHANGE"):
        update = pipelines.start(pipeline_id, {"cause": cause})
        while update.active:
            pipelines.named("lakehouse").updates.look(update)
    where = by_table if source == "table" else []
    result = signed_in("report", "lakehouse", "--format", "json", *where)
    assert result.exit_code == 0
    assert rules(json.loads(result.stdout)) == [
        ("aged", "passed", 6, 0),
        ("named", "failed", 4, 2),
        ("aged", "failed", 3, 1),
        ("named", "failed", 3, 1),
    ]


def test_no_update_is_2(workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str) -> None:
    assert pipeline_id
    result = signed_in("report", "lakehouse")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Pipeline 'lakehouse' has had no update" in result.stderr
    assert workspace.requests


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--warehouse", "1"], "--warehouse, --event-log: the two are given together"),
        (["--warehouse", "1", "--event-log", LOG], "No SQL warehouse with the id 1"),
        (["--warehouse", "ID", "--event-log", "a.b"], "'a.b' is no full name of a table. Write catalog.schema.table."),
        (["--warehouse", "ID", "--event-log", "a.b.c`d"], "'a.b.c`d' is no full name of a table"),
        (["--warehouse", "ID", "--event-log", "a.b.c"], "The warehouse could not run the query"),
        (["--warehouse", "ID", "--event-log", LOG], "The event log holds no event of an update"),
        (["--warehouse", "ID", "--event-log", LOG, "--update", "u"], f"No update 'u' in {LOG}. The table is empty."),
        (["--fail-under", "2"], "The least pass rate is 2"),
    ],
)
def test_what_cannot_be_read_is_2(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str, arguments: list[str], message: str
) -> None:
    if "--fail-under" in arguments:
        assert signed_in("trigger", pipeline_id).exit_code == 0
    warehouse_id = workspace.warehouses.id_of(STARTER)
    result = signed_in("report", "lakehouse", *[warehouse_id if text == "ID" else text for text in arguments])
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_table_that_may_not_be_read_names_the_privileges(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str, by_table: list[str]
) -> None:
    assert pipeline_id
    workspace.statements.fail("FROM", "[INSUFFICIENT_PERMISSIONS] User ada@example.org lacks SELECT.")
    result = signed_in("report", "lakehouse", *by_table)
    assert result.exit_code == 2
    assert "USE CATALOG, USE SCHEMA and SELECT on the event log" in result.stderr
    assert "ada@" not in result.stderr
