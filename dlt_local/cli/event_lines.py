"""Events as `databricks bundle run` prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from dlt_local.event_log import Event


def event_line(event: Event) -> str:
    """`<timestamp> <event_type> <level> "<message>"`, always one line."""
    message = " ".join(event.message.splitlines())
    return f'{timestamp_text(event.timestamp)} {event.event_type} {event.level} "{message}"'


def timestamp_text(moment: datetime) -> str:
    """UTC to the millisecond, as in `2026-03-11T08:05:00.000Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
