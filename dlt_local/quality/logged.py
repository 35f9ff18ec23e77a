"""Reads events in the shape of Databricks' log, wherever they come from, and refuses what it cannot read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dlt_local.errors import PipelineError
from dlt_local.quality.model import without_catalog

if TYPE_CHECKING:
    from collections.abc import Iterable

# The events that a report reads; others are not looked at.
EVENT_TYPES = frozenset({"create_update", "update_progress", "flow_progress", "dataset_definition", "flow_definition"})
_REMEDY = "The log is of a version that this report does not know."


class UnreadableLogError(PipelineError):
    """There is no event to judge by, or events are not as expected; never a good result."""


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One event of one update; `details` is what stands below the event's type, `errors` the chain of messages."""

    id: str
    update_id: str
    event_type: str
    timestamp: datetime
    position: int
    origin: Mapping[str, Any]
    details: Mapping[str, Any]
    errors: tuple[str, ...]

    @property
    def output(self) -> str:
        """The table, view or sink that the event is about, as `schema.name`, empty if there is none."""
        names = (self.origin.get(key) for key in ("dataset_name", "table_name", "sink_name"))
        return without_catalog(next((str(name) for name in names if name), ""))

    @property
    def flow_name(self) -> str:
        """The flow that the event is about."""
        return str(self.origin.get("flow_name") or self.output or "")

    def text(self, key: str, known: frozenset[str]) -> str:
        """A word of a closed set; another one means another schema."""
        value = self.details.get(key)
        if value not in known:
            raise UnreadableLogError(f"Event {self.id}: {self.event_type}.{key} is {value!r}", remedy=_REMEDY)
        return str(value)

    def count(self, facts: Mapping[str, Any], key: str) -> int:
        """A number of rows; one that is not there is none."""
        value = facts.get(key)
        if value is None:
            return 0
        # 64-bit integers are text in some JSON.
        if isinstance(value, bool) or not str(value).isdecimal():
            raise UnreadableLogError(f"Event {self.id}: {key} is {value!r}, no count", remedy=_REMEDY)
        return int(value)

    def mapping(self, facts: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """A structure; one that is not there is empty."""
        value = facts.get(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise UnreadableLogError(f"Event {self.id}: {key} is no object", remedy=_REMEDY)
        return value

    def mappings(self, facts: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
        """A list of structures; one that is not there is empty."""
        value = facts.get(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise UnreadableLogError(f"Event {self.id}: {key} is no list of objects", remedy=_REMEDY)
        return value


def logged_events(raw: Iterable[Mapping[str, Any]]) -> list[LoggedEvent]:
    """Events that belong to an update, each once, oldest first."""
    events = {event.id: event for event in map(_logged, raw) if event is not None}
    return sorted(events.values(), key=lambda event: (event.timestamp, event.position))


def _logged(raw: Mapping[str, Any]) -> LoggedEvent | None:
    missing = [key for key in ("id", "event_type", "timestamp", "origin") if not raw.get(key)]
    if missing:
        raise UnreadableLogError(f"An event has no {', '.join(missing)}", remedy=_REMEDY)
    origin = _object(raw, "origin")
    update_id = origin.get("update_id")
    if not update_id:
        return None
    error = _object(raw, "error") if raw.get("error") else {}
    return LoggedEvent(
        id=str(raw["id"]),
        update_id=str(update_id),
        event_type=str(raw["event_type"]),
        timestamp=_moment(raw),
        position=_position(raw),
        origin=origin,
        details=_details(raw),
        errors=tuple(str(one.get("message") or one.get("class_name")) for one in error.get("exceptions") or ()),
    )


def _details(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    event_type = raw["event_type"]
    if event_type not in EVENT_TYPES:
        return {}
    if not raw.get("details"):
        remedy = "Read the events by REST or from the event log table; the SDK's class of events drops the details."
        raise UnreadableLogError(f"Event {raw['id']} ({event_type}) has no details", remedy=remedy)
    found = _object(raw, "details").get(event_type)
    if not isinstance(found, Mapping):
        raise UnreadableLogError(f"Event {raw['id']}: details has no object '{event_type}'", remedy=_REMEDY)
    return found


def _object(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = raw[key]
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise UnreadableLogError(f"Event {raw['id']}: {key} is no JSON", remedy=_REMEDY) from error
    if not isinstance(value, Mapping):
        raise UnreadableLogError(f"Event {raw['id']}: {key} is no object", remedy=_REMEDY)
    return value


def _moment(raw: Mapping[str, Any]) -> datetime:
    value = raw["timestamp"]
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise UnreadableLogError(f"Event {raw['id']}: timestamp is {value!r}", remedy=_REMEDY) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _position(raw: Mapping[str, Any]) -> int:
    """Where the event stands among those of the same time."""
    sequence = raw.get("sequence")
    if not isinstance(sequence, Mapping):
        return 0
    in_plane = sequence.get("data_plane_id")
    number = in_plane.get("seq_no") if isinstance(in_plane, Mapping) else None
    return int(number or sequence.get("control_plane_seq_no") or 0)
