"""Reads what quality jobs measured from the tables of a workspace, through a SQL warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.quality.measured import CHECKS, SAMPLES, Measured, checks_of, samples_of
from workspace_ops.errors import WorkspaceError
from workspace_ops.statements import query_rows
from workspace_ops.table_report import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from databricks.sdk import WorkspaceClient

    from workspace_ops.statements import Row

_SCHEMA_PARTS = 2
_CHECK_COLUMNS = (
    "update_id, dataset, check_name, engine, severity, status, observed, expected_low, expected_high, details_json"
)
_SAMPLE_COLUMNS = "update_id, dataset, expectation, keys, reason, observed, source_file, topic, `partition`, `offset`"


@dataclass(frozen=True, slots=True)
class OpsTables:
    """The schema `catalog.schema` of the quality tables; a table that is not there has no rows."""

    client: WorkspaceClient
    warehouse_id: str
    schema: str

    def measured(self, updates: Sequence[str]) -> Measured:
        """What the tables say about these updates, ids, the oldest first."""
        checks = self._rows(CHECKS, _CHECK_COLUMNS, updates)
        samples = self._rows(SAMPLES, _SAMPLE_COLUMNS, updates)
        return Measured(checks_of(checks, updates), samples_of(samples, updates))

    def _rows(self, table: str, columns: str, updates: Sequence[str]) -> list[Row]:
        parameters = {f"update_{number}": update for number, update in enumerate(updates)}
        text = f"""
            SELECT {columns} FROM {quoted(self.schema, _SCHEMA_PARTS)}.{table}
            WHERE update_id IN ({", ".join(f":{name}" for name in parameters)}) ORDER BY ALL
        """  # noqa: S608 - checked names
        try:
            return list(query_rows(self.client, self.warehouse_id, text, parameters))
        except WorkspaceError as error:
            if "TABLE_OR_VIEW_NOT_FOUND" in str(error):
                return []
            raise
