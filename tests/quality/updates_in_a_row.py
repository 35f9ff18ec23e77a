"""Logs of several updates of one rule."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.quality.log_of_updates import Log

if TYPE_CHECKING:
    from collections.abc import Mapping

POSITIVE = ("positive", "n > 0", "ALLOW")
# Of 100 rows; their median is 4, and they lie 3, 2, 1, 0, 1, 2, 3 off it, of which the median is 2.
SEVEN = (1, 2, 3, 4, 5, 6, 7)


def failing(*counts: int, of: int = 100, rule: tuple[str, str, str] = POSITIVE, log: Log | None = None) -> Log:
    """One update each, `u1` the first, with so many rows that fail."""
    log = log or Log()
    began = sum(event["event_type"] == "create_update" for event in log.events)
    for number, failed in enumerate(counts, start=began + 1):
        log.start(f"u{number}").defines(rule).batch({rule[0]: (of - failed, failed)}, rows=of)
        log.status("COMPLETED").state("COMPLETED")
    return log


def moved(log: Log, days: Mapping[str, int]) -> Log:
    """The same log, some updates on other days; the first of all is on Tuesday, 14 April 2026."""
    for event in log.events:
        moment = datetime.fromisoformat(event["timestamp"])
        event["timestamp"] = (moment + timedelta(days=days.get(event["origin"]["update_id"], 0))).isoformat()
    return log
