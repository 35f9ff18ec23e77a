"""The days of a run on the clocks of its cities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from simulator.world.parameters import Parameters

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A day of a city: its number in the run, its date, and where it lies in epoch seconds, [start_s, end_s)."""

    number: int
    date: date
    start_s: int
    end_s: int

    @property
    def length_s(self) -> int:
        """23 to 25 hours."""
        return self.end_s - self.start_s


@cache
def local_day(start: date, number: int, zone: str) -> LocalDay:
    """Day `number` of a run that begins on `start`, in a zone."""
    day = start + timedelta(days=number)
    return LocalDay(number, day, _midnight(day, zone), _midnight(day + timedelta(days=1), zone))


def first_second(parameters: Parameters) -> int:
    """Midnight UTC of the first day: nothing arrives earlier."""
    return _midnight(parameters.start, "UTC")


def arrival_day(parameters: Parameters, arrival_s: float) -> int:
    """Number of the UTC day on which something lands: 0 to `days`, where the last holds all that comes later."""
    return min(max(int((arrival_s - first_second(parameters)) // DAY_S), 0), parameters.days)


def _midnight(day: date, zone: str) -> int:
    return int(datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp())
