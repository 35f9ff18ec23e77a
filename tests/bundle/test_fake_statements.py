"""Statement execution of the fake workspace, seen through the real SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from databricks.sdk.errors import NotFound
from databricks.sdk.service.sql import ExecuteStatementRequestOnWaitTimeout, StatementParameterListItem, StatementState

from tests.bundle.fake_workspace import completed, flow_progress

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.sql import StatementResponse

    from tests.bundle.fake_workspace import FakeWorkspace

LOG = {"catalog": "fitness", "schema": "ops", "name": "lakehouse_event_log"}
RULES = """
    SELECT origin.dataset_name, level,
      get_json_object(details, '$.flow_progress.data_quality.dropped_records') AS dropped
    FROM fitness.ops.lakehouse_event_log
    WHERE event_type = 'flow_progress' AND origin.update_id = :update_id ORDER BY timestamp
"""


@pytest.fixture
def update_id(workspace: FakeWorkspace) -> str:
    """A finished update of a pipeline with a published log."""
    pipeline_id = workspace.pipelines.create("fitness_lakehouse", event_log=LOG)
    batch = flow_progress("fitness.silver.heart_rate", "RUNNING", rows=7, rules=[("bpm", 7, 3)], dropped=3)
    workspace.pipelines.script("fitness_lakehouse", completed(batch, flow_progress("fitness.silver.users", "RUNNING")))
    client = workspace.client()
    started = str(client.pipelines.start_update(pipeline_id).update_id)
    for _ in range(5):
        client.pipelines.get_update(pipeline_id, started)
    return started


def execute(workspace: FakeWorkspace, client: WorkspaceClient, text: str, **parameters: str) -> StatementResponse:
    items = [StatementParameterListItem(name, value=value) for name, value in parameters.items()]
    warehouse = workspace.warehouses.id_of("Serverless Starter Warehouse")
    return client.statement_execution.execute_statement(text, warehouse, parameters=items)


def rows(response: StatementResponse) -> list[list[str]]:
    assert response.status is not None
    assert response.status.state is StatementState.SUCCEEDED, response.status.error
    assert response.result is not None
    return response.result.data_array or []


def test_the_published_event_log_is_a_table(workspace: FakeWorkspace, update_id: str) -> None:
    response = execute(workspace, workspace.client(), RULES, update_id=update_id)
    assert rows(response) == [["fitness.silver.heart_rate", "METRICS", "3"], ["fitness.silver.users", "INFO", None]]
    assert response.manifest is not None
    assert response.manifest.schema is not None
    columns = [(column.name, column.type_text) for column in response.manifest.schema.columns or ()]
    assert columns == [("dataset_name", "STRING"), ("level", "STRING"), ("dropped", "STRING")]


def test_all_values_are_text_and_times_are_in_utc(workspace: FakeWorkspace, update_id: str) -> None:
    query = (
        "SELECT min(timestamp), count(*), min(details) FROM ops.lakehouse_event_log WHERE event_type = 'user_action'"
    )
    client, warehouse = workspace.client(), workspace.warehouses.id_of("Serverless Starter Warehouse")
    response = client.statement_execution.execute_statement(query, warehouse, catalog="fitness")
    action = '{"user_action": {"action": "START", "user_name": "lakehouse_engineer"}}'
    assert update_id
    assert rows(response) == [["2026-04-14T06:00:03.000Z", "1", action]]


def test_a_long_result_comes_in_chunks(workspace: FakeWorkspace, update_id: str) -> None:
    workspace.statements.rows_in_a_chunk = 4
    client = workspace.client()
    query = "SELECT event_type FROM fitness.ops.lakehouse_event_log WHERE origin.update_id = :update_id"
    response = execute(workspace, client, query, update_id=update_id)
    assert response.manifest is not None
    assert (response.manifest.total_row_count, response.manifest.total_chunk_count) == (9, 3)
    chunk, seen = response.result, rows(response)
    while chunk is not None and chunk.next_chunk_index is not None:
        following = chunk.next_chunk_index
        chunk = client.statement_execution.get_statement_result_chunk_n(str(response.statement_id), following)
        seen = [*seen, *(chunk.data_array or [])]
    assert len(seen) == 9
    with pytest.raises(NotFound):
        client.statement_execution.get_statement_result_chunk_n(str(response.statement_id), 3)


def test_a_statement_is_seen_running_first(workspace: FakeWorkspace) -> None:
    workspace.statements.looks = 2
    workspace.statements.answer("ops.dq_updates", [("state", "STRING"), ("rows_in", "BIGINT")], [["COMPLETED", 12]])
    client = workspace.client()
    api = client.statement_execution
    first = api.execute_statement(
        "SELECT * FROM ops.dq_updates",
        workspace.warehouses.id_of("Serverless Starter Warehouse"),
        wait_timeout="0s",
        on_wait_timeout=ExecuteStatementRequestOnWaitTimeout.CONTINUE,
    )
    seen = [first, *(api.get_statement(str(first.statement_id)) for _ in range(2))]
    assert [response.status and response.status.state for response in seen] == [
        StatementState.RUNNING,
        StatementState.RUNNING,
        StatementState.SUCCEEDED,
    ]
    assert rows(seen[-1]) == [["COMPLETED", "12"]]


def test_a_running_statement_can_be_canceled(workspace: FakeWorkspace) -> None:
    workspace.statements.looks = 9
    client = workspace.client()
    first = execute(workspace, client, "SELECT 1")
    client.statement_execution.cancel_execution(str(first.statement_id))
    status = client.statement_execution.get_statement(str(first.statement_id)).status
    assert status is not None
    assert status.state is StatementState.CANCELED


@pytest.mark.parametrize("text", ["SELECT * FROM fitness.ops.no_such_table", "SELECT FROM WHERE", "SELECT :given"])
def test_a_wrong_query_fails_with_its_reason(workspace: FakeWorkspace, text: str) -> None:
    status = execute(workspace, workspace.client(), text).status
    assert status is not None
    assert status.state is StatementState.FAILED
    assert status.error is not None
    assert status.error.message


def test_an_unknown_warehouse_runs_nothing(workspace: FakeWorkspace) -> None:
    with pytest.raises(NotFound, match="warehouse 77"):
        workspace.client().statement_execution.execute_statement("SELECT 1", "77")
