"""Chooses events of a state folder and prints them."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from dlt_local.cli.event_lines import event_line, timestamp_text
from dlt_local.cli.row_output import json_array
from dlt_local.errors import PipelineError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dlt_local.event_log import Event

_LATEST = "latest"
# Databricks' event types: one that did not happen is no mistake.
_EVENT_TYPES = frozenset(
    {
        "autoscale", "behavior_change_in_spark_connect", "cluster_resources", "create_update", "dataset_definition",
        "deprecation", "flow_definition", "flow_progress", "hook_progress", "operation_progress",
        "planning_information", "runtime_details", "sink_definition", "stream_progress", "update_progress",
        "user_action",
    }
)  # fmt: skip


def selected_events(state: Path, *, pipeline: str | None, event_type: str | None, update: str | None) -> list[Event]:
    """Events of one pipeline, oldest first, of the given type and update; unknown names are errors."""
    from dlt_local.event_log import read_events

    events = read_events(state, _pipeline(state, pipeline))
    if update is not None:
        update_id = _update_id(events, update)
        events = [event for event in events if event.origin.get("update_id") == update_id]
    if event_type is None:
        return events
    known = _EVENT_TYPES | {event.event_type for event in events}
    if event_type not in known:
        remedy = nearest(event_type, known) or f"There are {', '.join(sorted(known))}."
        raise PipelineError(f"No event type '{event_type}'", remedy=remedy)
    return [event for event in events if event.event_type == event_type]


def print_events(events: Iterable[Event], *, as_json: bool) -> None:
    """Lines as `run` prints them, or one array of events with their details."""
    if as_json:
        sys.stdout.writelines(json_array(_event_json(event) for event in events))
    else:
        sys.stdout.writelines(f"{event_line(event)}\n" for event in events)


def _event_json(event: Event) -> str:
    fields = asdict(event) | {"timestamp": timestamp_text(event.timestamp)}
    return json.dumps(fields, ensure_ascii=False, default=str)


def _pipeline(state: Path, wanted: str | None) -> str:
    names = sorted(folder.name for folder in (state / "pipelines").glob("*") if folder.is_dir())
    if not names:
        what = f"No event log in {state}" if state.is_dir() else f"State folder {state} does not exist"
        raise PipelineError(what, remedy="Run the pipeline first, or name its folder by --state DIR.")
    if wanted is None and len(names) > 1:
        raise PipelineError(f"{state} holds the pipelines {', '.join(names)}", remedy="Choose one by --pipeline NAME.")
    name = wanted or names[0]
    if name not in names:
        remedy = nearest(name, names) or f"It holds {', '.join(names)}."
        raise PipelineError(f"No pipeline '{name}' in {state}", remedy=remedy)
    return name


def _update_id(events: list[Event], wanted: str) -> str:
    ids = list(dict.fromkeys(str(event.origin.get("update_id")) for event in events))
    if wanted == _LATEST and ids:
        return ids[-1]
    if wanted not in ids:
        remedy = f"The last one is {ids[-1]}." if ids else None
        raise PipelineError(f"No update '{wanted}' in the event log", remedy=remedy)
    return wanted
