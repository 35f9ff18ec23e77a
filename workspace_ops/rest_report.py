"""Chooses updates of a pipeline, and reports on them from the events of REST."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.errors import nearest
from dlt_local.quality import GOES_ON, LATEST, quality_report
from workspace_ops.errors import WorkspaceError, permission_to
from workspace_ops.events import read_events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from databricks.sdk import WorkspaceClient

    from dlt_local.quality import QualityReport
    from workspace_ops.pipelines import Pipeline


# As many as a page of updates holds.
_RECENT = 100


@dataclass(frozen=True, slots=True)
class ChosenUpdates:
    """An update and after it those that it goes on from, the newest first; causes of all, where they are known."""

    ids: tuple[str, ...]
    causes: Mapping[str, str]


def choose_updates(client: WorkspaceClient, pipeline: Pipeline, wanted: str) -> ChosenUpdates:
    """The update of an id, or the last one; raises WorkspaceError if there is none."""
    with permission_to(f"see updates of '{pipeline.name}'", needs="CAN_VIEW on the pipeline"):
        listed = client.pipelines.list_updates(pipeline.pipeline_id, max_results=_RECENT).updates or []
    ids = [str(update.update_id) for update in listed]
    if not ids:
        remedy = f"Start one by `fitness-ops trigger {pipeline.pipeline_id}`."
        raise WorkspaceError(f"Pipeline '{pipeline.name}' has had no update", remedy=remedy)
    if wanted != LATEST and wanted not in ids:
        remedy = nearest(wanted, ids) or f"The last one is {ids[0]}."
        raise WorkspaceError(f"Pipeline '{pipeline.name}' has no update '{wanted}'", remedy=remedy)
    causes = {str(update.update_id): update.cause.value for update in listed if update.cause}
    first = last = 0 if wanted == LATEST else ids.index(wanted)
    while last + 1 < len(ids) and causes.get(ids[last]) in GOES_ON:
        last += 1
    return ChosenUpdates(tuple(ids[first : last + 1]), causes)


def rest_report(client: WorkspaceClient, pipeline: Pipeline, wanted: str, fail_under: float | None) -> QualityReport:
    """The report of an update from the events that REST answers."""
    chosen = choose_updates(client, pipeline, wanted)
    events = [event for update in chosen.ids for event in read_events(client, pipeline.pipeline_id, update=update)]
    return quality_report(events, update=chosen.ids[0], fail_under=fail_under, causes=chosen.causes)
