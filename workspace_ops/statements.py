"""Rows of a query on a SQL warehouse, all chunks of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from databricks.sdk.errors import NotFound
from databricks.sdk.service.sql import StatementParameterListItem, StatementState

from dlt_local.quality.personal import one_line
from workspace_ops.errors import WorkspaceError, permission_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.sql import StatementResponse

_ON_THE_WAY = frozenset({StatementState.PENDING, StatementState.RUNNING})
LOOK_SECONDS = 1.0
# A warehouse may have to start first.
_LONGEST_SECONDS = 600.0

Row = dict[str, str | None]


def query_rows(client: WorkspaceClient, warehouse_id: str, text: str, parameters: Mapping[str, str]) -> Iterator[Row]:
    """Rows by column name, every value as text; raises WorkspaceError with what the warehouse says."""
    given = [StatementParameterListItem(name=name, value=value) for name, value in parameters.items()]
    with permission_to("query by the warehouse", needs="CAN_USE on the warehouse, and SELECT on the event log"):
        try:
            statement = client.statement_execution.execute_statement(text, warehouse_id, parameters=given)
        except NotFound as error:
            remedy = "`databricks warehouses list` shows their ids."
            raise WorkspaceError(f"No SQL warehouse with the id {warehouse_id}", remedy=remedy) from error
        yield from _rows(client, _ended(client, statement))


def _ended(client: WorkspaceClient, statement: StatementResponse) -> StatementResponse:
    deadline = time.monotonic() + _LONGEST_SECONDS
    statement_id = str(statement.statement_id)
    while statement.status and statement.status.state in _ON_THE_WAY:
        if time.monotonic() >= deadline:
            client.statement_execution.cancel_execution(statement_id)
            raise WorkspaceError(f"The warehouse has not answered within {_LONGEST_SECONDS:.0f} s")
        time.sleep(LOOK_SECONDS)
        statement = client.statement_execution.get_statement(statement_id)
    if not statement.status or statement.status.state is not StatementState.SUCCEEDED:
        raise _failure(statement)
    return statement


def _failure(statement: StatementResponse) -> WorkspaceError:
    status = statement.status
    said = one_line(str(status.error.message)) if status and status.error else "it was stopped"
    if "PERMISSION" in said.upper() or "PRIVILEGE" in said.upper():
        remedy = "It takes USE CATALOG, USE SCHEMA and SELECT on the event log: ask whoever manages it."
        return WorkspaceError(f"You may not read the event log ({said.rstrip('.')})", remedy=remedy)
    remedy = "Is the table named as catalog.schema.table, and has an update of the pipeline run?"
    return WorkspaceError(f"The warehouse could not run the query ({said.rstrip('.')})", remedy=remedy)


def _rows(client: WorkspaceClient, statement: StatementResponse) -> Iterator[Row]:
    schema = statement.manifest.schema if statement.manifest else None
    columns = [str(column.name) for column in (schema.columns if schema else None) or ()]
    chunk = statement.result
    while chunk is not None:
        for values in chunk.data_array or ():
            yield dict(zip(columns, values, strict=True))
        if chunk.next_chunk_index is None:
            return
        chunk = client.statement_execution.get_statement_result_chunk_n(
            str(statement.statement_id), chunk.next_chunk_index
        )
