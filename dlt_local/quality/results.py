"""From events to a report on one update."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dlt_local.errors import nearest
from dlt_local.quality.beside import BesideTheLog
from dlt_local.quality.changes import rule_changes
from dlt_local.quality.counting import UpdateCount
from dlt_local.quality.declared import Declared
from dlt_local.quality.logged import LoggedEvent, UnreadableLogError, logged_events
from dlt_local.quality.model import PastUpdate, QualityReport, UpdateQuality
from dlt_local.quality.trends import LENGTH, with_trends
from dlt_local.quality.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LATEST = "latest"
# An update of these causes goes on with what the one before it could not finish.
GOES_ON = frozenset({"RETRY_ON_FAILURE", "SCHEMA_CHANGE"})
_DEFINITIONS = frozenset({"dataset_definition", "flow_definition"})


def quality_report(
    events: Iterable[Mapping[str, Any]],
    *,
    update: str = LATEST,
    fail_under: float | None = None,
    causes: Mapping[str, str] | None = None,
    beside: BesideTheLog | None = None,
) -> QualityReport:
    """Judge an update together with those that it went on from: one by its id, or the latest that did something.

    `events` are in the shape of Databricks' event log, in any order; `details` may be JSON text or an object. Raises
    UnreadableLogError if there is no event to judge by, or if one is not as expected. `causes` of updates are known
    better elsewhere than in the log.
    """
    known = causes or {}
    updates = [replace(update, cause=known.get(update.update_id, update.cause)) for update in updates_of(events)]
    if not updates:
        remedy = "Run an update first; if one has run, this is not its event log."
        raise UnreadableLogError("The event log holds no event of an update", remedy=remedy)
    first, last = judged_updates(updates, update)
    start = max(0, min(first, last + 1 - LENGTH))
    nothing_new = tuple(one.update_id for one in updates[last + 1 :]) if update == LATEST else ()
    with_rates = [with_trends(updates[number], updates[start:number]) for number in range(first, last + 1)]
    found = (beside or BesideTheLog()).joined(with_rates, before=updates[:first], nothing_new=nothing_new)
    return QualityReport(
        verdict(found.updates, fail_under, found.checks),
        found.updates,
        history=tuple(PastUpdate(one.update_id, one.started_at) for one in updates[start : last + 1]),
        changes=rule_changes(updates[first - 1], updates[last]) if first else None,
        nothing_new=nothing_new,
        checks=found.checks,
        gaps=found.not_known,
    )


def updates_of(events: Iterable[Mapping[str, Any]]) -> list[UpdateQuality]:
    """Every update of a log, oldest first."""
    of_update: dict[str, list[LoggedEvent]] = {}
    for event in logged_events(events):
        of_update.setdefault(event.update_id, []).append(event)
    updates, declared = [], Declared.of(())
    for update_id, its_events in of_update.items():
        # An update with nothing to do defines nothing anew.
        if any(event.event_type in _DEFINITIONS for event in its_events):
            declared = Declared.of(its_events)
        count = UpdateCount(update_id, declared)
        for event in its_events:
            count.take(event)
        updates.append(count.quality())
    return updates


def judged_updates(updates: Sequence[UpdateQuality], wanted: str) -> tuple[int, int]:
    """The numbers of the first and the last update to judge, of updates oldest first."""
    last = _number(updates, wanted)
    return first_of_chain([update.cause for update in updates], last), last


def first_of_chain(causes: Sequence[str | None], number: int) -> int:
    """Where the chain begins that the update of this number ends; `causes` are those of updates, oldest first."""
    first = number
    while first > 0 and causes[first] in GOES_ON:
        first -= 1
    return first


def did_something(update: UpdateQuality) -> bool:
    """Whether rows came, went or were judged, or the update did not end well; one that only validates does nothing."""
    has_rows = update.rows_out > 0 or update.rows_dropped > 0 or any(result.rows for result in update.expectations)
    return not update.only_validates and (has_rows or update.state != "COMPLETED")


def _number(updates: Sequence[UpdateQuality], wanted: str) -> int:
    if wanted == LATEST:
        return _latest_that_did_something(updates)
    ids = [update.update_id for update in updates]
    if wanted not in ids:
        remedy = nearest(wanted, ids) or f"The last one is {ids[-1]}."
        raise UnreadableLogError(f"No update '{wanted}' in the event log", remedy=remedy)
    return ids.index(wanted)


def _latest_that_did_something(updates: Sequence[UpdateQuality]) -> int:
    """The last one if none did: then nothing is judged, and that is not good."""
    causes = [update.cause for update in updates]
    for number in reversed(range(len(updates))):
        # A retry may have nothing left to do of what its first attempt did.
        if any(map(did_something, updates[first_of_chain(causes, number) : number + 1])):
            return number
    return len(updates) - 1
