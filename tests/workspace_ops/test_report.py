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
    from pathlib import Path

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
    where = by_table if source == "table" else ["lakehouse"]
    result = signed_in("report", "--format", "json", "--fail-under", 0.7, *where)
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
    assert signed_in("report", "--fail-under", 0.71, *where).exit_code == 1
    first = workspace.pipelines.named("lakehouse").updates.started[0].update_id
    assert signed_in("report", "--update", first, *where).exit_code == 2
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
    where = by_table if source == "table" else ["lakehouse"]
    result = signed_in("report", "--format", "json", *where)
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
        (["lakehouse", "--fail-under", "2"], "The least pass rate is 2"),
        (["lakehouse", "--warehouse", "ID", "--event-log", LOG], "PIPELINE: --event-log already says which pipeline"),
        ([], "PIPELINE: name one, or give --warehouse and --event-log"),
        (["lakehouse", "--ops-schema", "a.b"], "--ops-schema: a warehouse reads it; give --warehouse too"),
        (["lakehouse", "--rules", "nowhere"], "No folder of rule files nowhere"),
    ],
)
def test_what_cannot_be_read_is_2(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str, arguments: list[str], message: str
) -> None:
    if "--fail-under" in arguments:
        assert signed_in("trigger", pipeline_id).exit_code == 0
    warehouse_id = workspace.warehouses.id_of(STARTER)
    result = signed_in("report", *[warehouse_id if text == "ID" else text for text in arguments])
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_table_that_may_not_be_read_names_the_privileges(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str, by_table: list[str]
) -> None:
    assert pipeline_id
    workspace.statements.fail("FROM", "[INSUFFICIENT_PERMISSIONS] User ada@example.org lacks SELECT.")
    result = signed_in("report", *by_table)
    assert result.exit_code == 2
    assert "USE CATALOG, USE SCHEMA and SELECT on the event log" in result.stderr
    assert "ada@" not in result.stderr


def run_updates(workspace: FakeWorkspace, pipeline_id: str, *causes: str) -> list[str]:
    """Updates of these causes, one after the other, each to its end; their ids."""
    updates = workspace.pipelines.named("lakehouse").updates
    for cause in causes:
        update = workspace.pipelines.start(pipeline_id, {"cause": cause})
        while update.active:
            updates.look(update)
    return [update.update_id for update in updates.started]


@pytest.mark.parametrize("source", ["rest", "table"])
def test_the_latest_that_did_something_is_judged(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str, by_table: list[str], source: str
) -> None:
    workspace.pipelines.script("lakehouse", failed(BATCHES[0]), completed(*BATCHES[1:]), completed(), completed())
    ids = run_updates(workspace, pipeline_id, "API_CALL", "RETRY_ON_FAILURE", "API_CALL", "API_CALL")
    where = by_table if source == "table" else ["lakehouse"]
    document = json.loads(signed_in("report", "--format", "json", *where).stdout)
    assert [update["update_id"] for update in document["updates"]] == ids[:2]
    assert document["nothing_new"] == ids[2:]
    assert signed_in("report", "--update", ids[3], *where).exit_code == 2


def test_the_table_tells_trends_in_two_queries(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str, by_table: list[str]
) -> None:
    steady = flow_progress(USERS, "COMPLETED", rows=10, rules=[("named", 9, 1)])
    workspace.pipelines.script(
        "lakehouse",
        *[completed(steady)] * 33,
        failed(steady),
        completed(flow_progress(USERS, "COMPLETED", rows=10, rules=[("named", 5, 5)])),
    )
    ids = run_updates(workspace, pipeline_id, *["API_CALL"] * 34, "RETRY_ON_FAILURE")
    document = json.loads(signed_in("report", "--format", "json", *by_table).stdout)
    assert len(workspace.statements.sent) == 2
    assert [past["update_id"] for past in document["history"]] == ids[5:]
    assert [update["update_id"] for update in document["updates"]] == ids[33:]
    (rule,) = document["updates"][-1]["expectations"]
    assert rule["trend"]["rates"] == [0.1] * 29 + [0.5]
    assert document["not_known"] == document["updates"][-1]["not_known"]
    # By REST there is only the update itself.
    by_rest = json.loads(signed_in("report", "lakehouse", "--format", "json").stdout)
    assert len(by_rest["history"]) == 2
    assert [gap.split(":")[0] for gap in by_rest["not_known"] if gap not in document["not_known"]] == ["trends"]


def test_updates_too_long_for_one_answer_are_read_in_several(
    workspace: FakeWorkspace,
    signed_in: FitnessOps,
    pipeline_id: str,
    by_table: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace.pipelines.script("lakehouse", *[completed(*BATCHES)] * 3)
    run_updates(workspace, pipeline_id, *["API_CALL"] * 3)
    monkeypatch.setattr("workspace_ops.table_report._MOST_LETTERS", 1)
    document = json.loads(signed_in("report", "--format", "json", *by_table).stdout)
    assert len(workspace.statements.sent) == 4
    assert rules(document) == [("aged", "failed", 9, 1), ("named", "failed", 7, 3)]
    assert len(document["history"]) == 3


def test_what_is_judged_may_begin_before_the_last_thirty(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str, by_table: list[str]
) -> None:
    workspace.pipelines.script("lakehouse", failed(BATCHES[0]), completed(*BATCHES[1:]), *[completed()] * 32)
    ids = run_updates(workspace, pipeline_id, "API_CALL", "RETRY_ON_FAILURE", *["API_CALL"] * 32)
    document = json.loads(signed_in("report", "--format", "json", *by_table).stdout)
    assert [update["update_id"] for update in document["updates"]] == ids[:2]


CHECK = [
    ("update_id", "STRING"), ("dataset", "STRING"), ("check_name", "STRING"), ("engine", "STRING"),
    ("severity", "STRING"), ("status", "STRING"), ("observed", "DOUBLE"), ("expected_low", "DOUBLE"),
    ("expected_high", "DOUBLE"), ("details_json", "STRING"),
]  # fmt: skip
SAMPLE = [
    ("update_id", "STRING"), ("dataset", "STRING"), ("expectation", "STRING"), ("keys", "STRING"), ("reason", "STRING"),
    ("observed", "STRING"), ("source_file", "STRING"), ("topic", "STRING"), ("partition", "INT"), ("offset", "BIGINT"),
]  # fmt: skip
RULE_FILE = """\
dataset: silver.users
owner: data-engineering
samples_from: silver.users_quarantine
rules:
  - name: named
    sql: name IS NOT NULL
    action: drop
    severity: critical
    dimension: completeness
    objective: {max_failed_rate: 0.3, on_breach: amber}
checks:
  - {name: one_row_per_user, kind: unique, columns: [user_id], severity: critical}
"""


def test_checks_samples_and_rule_files_are_joined(
    workspace: FakeWorkspace, signed_in: FitnessOps, pipeline_id: str, by_table: list[str], tmp_path: Path
) -> None:
    (tmp_path / "silver.users.yml").write_text(RULE_FILE, encoding="utf-8")
    workspace.pipelines.script("lakehouse", completed(*BATCHES))
    (update,) = run_updates(workspace, pipeline_id, "API_CALL")
    where = [*by_table, "--ops-schema", "fitness.ops", "--rules", tmp_path]
    workspace.statements.fail("dq_failed_samples", "[TABLE_OR_VIEW_NOT_FOUND] The table cannot be found.")
    workspace.statements.fail("dq_dataset_checks", "[TABLE_OR_VIEW_NOT_FOUND] The table cannot be found.")
    result = signed_in("report", *where)
    assert result.exit_code == 0
    assert "Not known: checks of data sets are not evaluated: run the job that makes them" in result.stdout

    workspace.statements.answers.clear()
    failing = [update, "silver.users", "one_row_per_user", "gx", "critical", "failed", 2.0, None, 0.0, None]
    workspace.statements.answer("`fitness`.`ops`.dq_dataset_checks", CHECK, [failing])
    taken = [update, "silver.users", "named", '{"user_id": 7}', "name IS NOT NULL", None, None, "users", 0, 12]
    workspace.statements.answer("`fitness`.`ops`.dq_failed_samples", SAMPLE, [taken])
    result = signed_in("report", *where, "--format", "json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    jsonschema.validate(document, json.loads(SCHEMA.read_text("utf-8")))
    assert document["verdict"]["reasons"] == [
        "Check 'one_row_per_user' of silver.users failed: 2 found, at most 0 expected"
    ]
    named = document["updates"][0]["expectations"][1]
    assert named["samples"] == [
        {
            "keys": {"user_id": "7"},
            "reason": "name IS NOT NULL",
            "observed": None,
            "position": "topic users, partition 0, offset 12",
        }
    ]
    assert named["rule_file"]["source_file"].endswith("silver.users.yml")
    without = signed_in("report", *by_table, "--rules", tmp_path)
    assert "not evaluated: give --warehouse, --event-log and --ops-schema" in without.stdout
