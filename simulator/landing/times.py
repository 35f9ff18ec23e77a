"""Instants as feeds write them, for the time of a message."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})")
_WALL_CLOCK = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?|\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2} [AaPp][Mm]"
)
# Milliseconds in one unit, by the numbers below which it is meant: seconds, milliseconds, microseconds.
_UNITS = ((10**11, 1000.0), (10**14, 1.0), (10**17, 0.001))


def milliseconds(written: object) -> int | None:
    """Epoch milliseconds of an epoch number of any unit, or of ISO 8601 with an offset; None for all else."""
    if isinstance(written, str):
        return _of_text(written.strip())
    return _of_epoch(written) if isinstance(written, int | float) and not isinstance(written, bool) else None


def shows_a_time(text: str) -> bool:
    """Whether a text is an instant, or what a wall clock shows somewhere."""
    return milliseconds(text) is not None or bool(_WALL_CLOCK.fullmatch(text.strip()))


def _of_text(text: str) -> int | None:
    try:
        return _of_epoch(float(text))
    except ValueError:
        pass
    if not _ISO.fullmatch(text):
        return None
    try:
        return round(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def _of_epoch(number: float) -> int | None:
    if not math.isfinite(number) or number < 0:
        return None
    return next((round(number * factor) for limit, factor in _UNITS if number < limit), None)
