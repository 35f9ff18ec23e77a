"""Statement execution: SQL of Databricks on DuckDB over the workspace's event logs, or an answer that a test gave."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.bundle.fake_workspace.answers import ApiError, Json, bad_request, missing
from tests.bundle.fake_workspace.clock import timestamp_text
from tests.bundle.fake_workspace.routing import Request, Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.bundle.fake_workspace.pipelines import Pipelines
    from tests.bundle.fake_workspace.warehouses import Warehouses

_PATH = "/api/2.0/sql/statements"


@dataclass(frozen=True, slots=True)
class Result:
    """Columns as (name, type) and rows of a statement."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[object]]


@dataclass
class Statement:
    """One statement that was sent; `looks` requests see it RUNNING before its end."""

    text: str
    parameters: Mapping[str, str | None]
    outcome: Result | ApiError
    looks: int
    canceled: bool = False
    statement_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def state(self) -> str:
        if self.canceled:
            return "CANCELED"
        return "RUNNING" if self.looks else "FAILED" if isinstance(self.outcome, ApiError) else "SUCCEEDED"


@dataclass
class Statements:
    """All statements. A test may set how many rows are in a chunk and how often a statement is seen running."""

    warehouses: Warehouses
    pipelines: Pipelines
    rows_in_a_chunk: int = 1000
    looks: int = 0
    answers: list[tuple[str, Result | ApiError]] = field(default_factory=list)
    sent: list[Statement] = field(default_factory=list)

    def routes(self) -> Iterator[Route]:
        yield Route("POST", _PATH, self._execute)
        yield Route("GET", f"{_PATH}/{{statement_id}}", self._get)
        yield Route("GET", f"{_PATH}/{{statement_id}}/result/chunks/{{index}}", self._chunk_route)
        yield Route("POST", f"{_PATH}/{{statement_id}}/cancel", self._cancel)

    def answer(self, part: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[object]]) -> None:
        """Statements that contain `part` get these rows."""
        self.answers.append((part, Result(columns, rows)))

    def fail(self, part: str, message: str, error_code: str = "BAD_REQUEST") -> None:
        """Statements that contain `part` fail."""
        self.answers.append((part, ApiError(400, error_code, message)))

    def _execute(self, request: Request) -> Json:
        text, warehouse_id = request.needed("statement", "warehouse_id")
        self.warehouses.name_of(warehouse_id)
        for name, only in (("disposition", "INLINE"), ("format", "JSON_ARRAY")):
            if request.body.get(name, only) != only:
                raise bad_request(f"The fake workspace knows {name} {only} only")
        given = request.body.get("parameters", [])
        parameters = {str(parameter["name"]): parameter.get("value") for parameter in given}
        defaults = (request.body.get("catalog"), request.body.get("schema"))
        self.sent.append(Statement(text, parameters, self._outcome(text, parameters, defaults), self.looks))
        return self._shown(self.sent[-1])

    def _outcome(self, text: str, parameters: Mapping[str, Any], defaults: tuple[Any, Any]) -> Result | ApiError:
        for part, outcome in self.answers:
            if part in text:
                return outcome
        # DuckDB and sqlglot take half a second, which tests without SQL need not pay.
        from tests.bundle.fake_workspace.event_log_tables import query_event_logs

        try:
            return Result(*query_event_logs(self.pipelines.known.values(), text, parameters, defaults))
        except ApiError as error:
            return error

    def _of(self, request: Request) -> Statement:
        wanted = request.parts["statement_id"]
        found = next((statement for statement in self.sent if statement.statement_id == wanted), None)
        if found is None:
            raise missing(f"The statement {wanted} was not found.")
        return found

    def _get(self, request: Request) -> Json:
        statement = self._of(request)
        statement.looks = max(0, statement.looks - 1)
        return self._shown(statement)

    def _cancel(self, request: Request) -> Json:
        statement = self._of(request)
        statement.canceled = statement.canceled or statement.looks > 0
        return {}

    def _chunk_route(self, request: Request) -> Json:
        statement, index = self._of(request), request.parts["index"]
        if statement.state != "SUCCEEDED" or not isinstance(statement.outcome, Result):
            raise bad_request(f"Statement {statement.statement_id} has no result")
        if not index.isdigit() or int(index) >= len(self._offsets(statement.outcome)):
            raise missing(f"The statement has no chunk {index}.")
        return self._chunk(statement, statement.outcome, int(index))

    def _shown(self, statement: Statement) -> Json:
        answer: Json = {"statement_id": statement.statement_id, "status": {"state": statement.state}}
        if statement.state == "FAILED" and isinstance(statement.outcome, ApiError):
            error = {"error_code": statement.outcome.error_code, "message": statement.outcome.message}
            answer["status"]["error"] = error
        if statement.state == "SUCCEEDED" and isinstance(statement.outcome, Result):
            answer["manifest"] = self._manifest(statement.outcome)
            answer["result"] = self._chunk(statement, statement.outcome, 0)
        return answer

    def _manifest(self, result: Result) -> Json:
        columns = [
            {"name": name, "position": position, "type_name": kind.split("<")[0].upper(), "type_text": kind.upper()}
            for position, (name, kind) in enumerate(result.columns)
        ]
        chunks = [
            {"chunk_index": index, "row_offset": offset, "row_count": len(self._rows(result, offset))}
            for index, offset in enumerate(self._offsets(result))
        ]
        return {
            "format": "JSON_ARRAY",
            "schema": {"column_count": len(columns), "columns": columns},
            "total_chunk_count": len(chunks),
            "chunks": chunks,
            "total_row_count": len(result.rows),
            "truncated": False,
        }

    def _offsets(self, result: Result) -> range:
        return range(0, max(1, len(result.rows)), self.rows_in_a_chunk)

    def _rows(self, result: Result, offset: int) -> Sequence[Sequence[object]]:
        return result.rows[offset : offset + self.rows_in_a_chunk]

    def _chunk(self, statement: Statement, result: Result, index: int) -> Json:
        offsets = self._offsets(result)
        rows = [[_text(value) for value in row] for row in self._rows(result, offsets[index])]
        chunk: Json = {"chunk_index": index, "row_offset": offsets[index], "row_count": len(rows), "data_array": rows}
        if index + 1 < len(offsets):
            link = f"{_PATH}/{statement.statement_id}/result/chunks/{index + 1}"
            chunk |= {"next_chunk_index": index + 1, "next_chunk_internal_link": link}
        return chunk


def _text(value: object) -> str | None:
    """A value of JSON_ARRAY: text or null, whatever its type."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return timestamp_text(value)
    return json.dumps(value, default=str) if isinstance(value, (bool, dict, list)) else str(value)
