"""Times as the feeds write them: epoch seconds, milliseconds or microseconds, or ISO 8601 with a zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")
WALL_CLOCK = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?|\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d:\d\d [AP]M", re.IGNORECASE
)
FIRST_MILLISECOND = 1e11  # as seconds this would be the year 5138
FIRST_MICROSECOND = 1e14


def instant(value: object) -> datetime | None:
    """The instant that a feed's value names; None where it names none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _from_epoch(value)
    text = str(value).strip()
    return _from_epoch(float(text)) if NUMBER.fullmatch(text) else _from_iso(text)


def lacks_zone(value: object) -> bool:
    """Whether the value is a time that only a zone would make an instant."""
    return isinstance(value, str) and WALL_CLOCK.fullmatch(value.strip()) is not None


def _from_epoch(number: float) -> datetime:
    if abs(number) >= FIRST_MICROSECOND:
        return EPOCH + timedelta(microseconds=number)
    if abs(number) >= FIRST_MILLISECOND:
        return EPOCH + timedelta(milliseconds=number)
    return EPOCH + timedelta(seconds=number)


def _from_iso(text: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed.astimezone(UTC) if parsed.tzinfo else None


def seconds(delta: timedelta) -> float:
    """Length in seconds."""
    return delta / timedelta(seconds=1)
