"""Chooses updates of a pipeline, and reads what REST tells of them for a report."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from dlt_local.errors import nearest
from dlt_local.quality import LATEST, did_something, first_of_chain, updates_of
from workspace_ops.errors import WorkspaceError, permission_to
from workspace_ops.events import read_events

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from databricks.sdk import WorkspaceClient

    from workspace_ops.pipelines import Pipeline


# As many as a page of updates holds.
_RECENT = 100
# So many that found nothing new are passed over; each is a request.
_PASSED_OVER = 30
NO_TREND = "trends: REST keeps events for a limited time; --warehouse and --event-log read those of earlier updates"


@dataclass(frozen=True, slots=True)
class LoggedEvents:
    """Events to judge by, the update that is wanted, causes as far as they are known better than by the log."""

    events: Sequence[Mapping[str, Any]]
    update: str
    causes: Mapping[str, str]
    not_known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecentUpdates:
    """Ids of updates, oldest first, their causes where those are known, and which of them is wanted."""

    ids: tuple[str, ...]
    causes: Mapping[str, str]
    wanted: int


def recent_updates(client: WorkspaceClient, pipeline: Pipeline, wanted: str) -> RecentUpdates:
    """The update of an id, or the last one; raises WorkspaceError if there is none."""
    with permission_to(f"see updates of '{pipeline.name}'", needs="CAN_VIEW on the pipeline"):
        listed = client.pipelines.list_updates(pipeline.pipeline_id, max_results=_RECENT).updates or []
    ids = [str(update.update_id) for update in reversed(listed)]
    if not ids:
        remedy = f"Start one by `fitness-ops trigger {pipeline.pipeline_id}`."
        raise WorkspaceError(f"Pipeline '{pipeline.name}' has had no update", remedy=remedy)
    if wanted != LATEST and wanted not in ids:
        remedy = nearest(wanted, ids) or f"The last one is {ids[-1]}."
        raise WorkspaceError(f"Pipeline '{pipeline.name}' has no update '{wanted}'", remedy=remedy)
    causes = {str(update.update_id): update.cause.value for update in listed if update.cause}
    return RecentUpdates(tuple(ids), causes, len(ids) - 1 if wanted == LATEST else ids.index(wanted))


def events_by_rest(client: WorkspaceClient, pipeline: Pipeline, wanted: str) -> LoggedEvents:
    """Those of an update and the updates that it goes on from; of the latest, until one is found that did something."""
    recent = recent_updates(client, pipeline, wanted)
    causes = [recent.causes.get(update) for update in recent.ids]
    found: list[list[dict[str, Any]]] = []
    last = recent.wanted
    while True:
        first = first_of_chain(causes, last)
        ids = recent.ids[first : last + 1]
        events = [event for one in ids for event in read_events(client, pipeline.pipeline_id, update=one)]
        found.append(events)
        is_enough = wanted != LATEST or any(map(did_something, updates_of(events)))
        if is_enough or first == 0 or len(found) == _PASSED_OVER:
            return LoggedEvents(tuple(chain(*found)), wanted, recent.causes, (NO_TREND,))
        last = first - 1
