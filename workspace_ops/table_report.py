"""Reads updates from the published event log table, through a SQL warehouse, for a report with its trends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.errors import nearest
from dlt_local.quality import GOES_ON, LATEST, did_something, first_of_chain, judged_updates, updates_of
from dlt_local.quality.logged import EVENT_TYPES
from dlt_local.quality.trends import LENGTH
from workspace_ops.errors import WorkspaceError
from workspace_ops.rest_report import LoggedEvents
from workspace_ops.statements import Row, query_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from databricks.sdk import WorkspaceClient

_NAME = re.compile(r"[^`.\s]+")
_TABLE_PARTS = 3
# One update may go on from many, each brought by one new column.
_RECENT = 100
# A warehouse answers with 25 MiB at most; what stands around the details of an event is about as long as this.
_MOST_LETTERS = 12_000_000
_AROUND = 1_500
_EVENT_TYPES = ", ".join(f"'{name}'" for name in sorted(EVENT_TYPES))


@dataclass(frozen=True, slots=True)
class LoggedUpdate:
    """An update in the table, before its events are read."""

    update_id: str
    cause: str | None
    letters: int


@dataclass(frozen=True, slots=True)
class EventLogTable:
    """The published event log of one pipeline."""

    client: WorkspaceClient
    warehouse_id: str
    name: str

    def events(self, wanted: str) -> LoggedEvents:
        """Those of an update, and of the updates that it goes on from or is compared with."""
        known = self._updates()
        ids = [update.update_id for update in known]
        if wanted != LATEST and wanted not in ids:
            remedy = (nearest(wanted, ids) or f"The last one is {ids[-1]}.") if ids else "The table is empty."
            raise WorkspaceError(f"No update '{wanted}' in {self.name}", remedy=remedy)
        if not ids:
            return LoggedEvents((), wanted, {})
        last = len(ids) - 1 if wanted == LATEST else ids.index(wanted)
        first = first_of_chain([update.cause for update in known], last)
        start = max(0, min(first, last + 1 - LENGTH))
        events = list(self._events(known[start : last + 1]))
        if start and wanted == LATEST and _begins_before(events):
            events += self._events(known[:start])
        return LoggedEvents(events, wanted, {})

    def _updates(self) -> list[LoggedUpdate]:
        """The latest ones, oldest first."""
        text = f"""
            SELECT
                origin.update_id AS update_id, min(timestamp) AS started_at,
                max(get_json_object(details, '$.create_update.cause')) AS cause,
                sum(length(details) + {_AROUND}) AS letters
            FROM {quoted(self.name)}
            WHERE origin.update_id IS NOT NULL AND event_type IN ({_EVENT_TYPES})
            GROUP BY origin.update_id ORDER BY started_at DESC LIMIT {_RECENT}
        """  # noqa: S608 - checked names
        rows = query_rows(self.client, self.warehouse_id, text, {})
        found = [LoggedUpdate(str(row["update_id"]), row["cause"], int(row["letters"] or 0)) for row in rows]
        return found[::-1]

    def _events(self, updates: Sequence[LoggedUpdate]) -> Iterator[Row]:
        for some in _in_answers(updates):
            parameters = {f"update_{number}": update.update_id for number, update in enumerate(some)}
            text = f"""
                SELECT id, timestamp, event_type, origin, error, details
                FROM {quoted(self.name)}
                WHERE origin.update_id IN ({", ".join(f":{name}" for name in parameters)})
                    AND event_type IN ({_EVENT_TYPES})
                ORDER BY timestamp, sequence.data_plane_id.seq_no
            """  # noqa: S608 - checked names
            yield from query_rows(self.client, self.warehouse_id, text, parameters)


def _begins_before(events: Sequence[Row]) -> bool:
    """Whether the latest update that did something begins before the first of these events."""
    updates = updates_of(events)
    first, _ = judged_updates(updates, LATEST)
    return not any(map(did_something, updates)) or (first == 0 and updates[0].cause in GOES_ON)


def _in_answers(updates: Sequence[LoggedUpdate]) -> Iterator[list[LoggedUpdate]]:
    """Updates in groups, each short enough for one answer."""
    group: list[LoggedUpdate] = []
    for update in updates:
        if group and sum(one.letters for one in group) + update.letters > _MOST_LETTERS:
            yield group
            group = []
        group.append(update)
    if group:
        yield group


def quoted(name: str, parts: int = _TABLE_PARTS) -> str:
    """A full name of a table, or of a schema, to be written into SQL."""
    found = name.split(".")
    if len(found) != parts or not all(_NAME.fullmatch(part) for part in found):
        what, form = ("table", "catalog.schema.table") if parts == _TABLE_PARTS else ("schema", "catalog.schema")
        raise WorkspaceError(f"'{name}' is no full name of a {what}", remedy=f"Write {form}.")
    return ".".join(f"`{part}`" for part in found)
