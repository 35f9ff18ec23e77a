"""The limits of the definitions, with the defaults that the pipeline promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a workout may run, a visit may last, a reading may count."""

    session: timedelta = timedelta(hours=3)
    visit: timedelta = timedelta(minutes=180)
    plausible_visit: timedelta = timedelta(hours=16)
    same_visit: timedelta = timedelta(minutes=10)
    gap: timedelta = timedelta(seconds=60)
    low_coverage: float = 0.7


LIMITS = Limits()
