"""Reports on updates from the published event log table, through a SQL warehouse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlt_local.errors import nearest
from dlt_local.quality import LATEST, quality_report
from workspace_ops.errors import WorkspaceError
from workspace_ops.statements import query_rows

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

    from dlt_local.quality import QualityReport

_NAME = re.compile(r"[^`.\s]+")
_PARTS = 3
# One update may go on from many, each brought by one new column.
_CHAIN = 100


def table_report(
    client: WorkspaceClient, warehouse_id: str, event_log: str, wanted: str, fail_under: float | None
) -> QualityReport:
    """The report of an update; the table holds the log of one pipeline."""
    table = _quoted(event_log)
    updates = f"""
        SELECT origin.update_id AS update_id, min(timestamp) AS started_at FROM {table}
        WHERE origin.update_id IS NOT NULL GROUP BY origin.update_id ORDER BY started_at DESC LIMIT {_CHAIN}
    """  # noqa: S608 - a checked name
    ids = [str(row["update_id"]) for row in query_rows(client, warehouse_id, updates, {})]
    if wanted != LATEST and wanted not in ids:
        remedy = (nearest(wanted, ids) or f"The last one is {ids[0]}.") if ids else "The table is empty."
        raise WorkspaceError(f"No update '{wanted}' in {event_log}", remedy=remedy)
    first = ids[0 if wanted == LATEST else ids.index(wanted) :]
    # The log itself says which updates the wanted one goes on from, so those before it are read one by one.
    events: list[dict[str, str | None]] = []
    for number, update in enumerate(first):
        events += _events(client, warehouse_id, table, update)
        report = quality_report(events, update=first[0], fail_under=fail_under)
        if len(report.updates) <= number:
            return report
    return quality_report(events, update=LATEST, fail_under=fail_under)


def _events(client: WorkspaceClient, warehouse_id: str, table: str, update: str) -> list[dict[str, str | None]]:
    text = f"""
        SELECT id, timestamp, event_type, level, message, origin, error, details FROM {table}
        WHERE origin.update_id = :update_id ORDER BY timestamp, sequence.data_plane_id.seq_no
    """  # noqa: S608 - a checked name
    return list(query_rows(client, warehouse_id, text, {"update_id": update}))


def _quoted(name: str) -> str:
    parts = name.split(".")
    if len(parts) != _PARTS or not all(_NAME.fullmatch(part) for part in parts):
        raise WorkspaceError(f"'{name}' is no full name of a table", remedy="Write catalog.schema.table.")
    return ".".join(f"`{part}`" for part in parts)
