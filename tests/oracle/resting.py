"""A member's days: how long the device was worn, lowest and highest, and the rest against the weeks before."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import fmean, median
from typing import TYPE_CHECKING

from tests.oracle.settings import LIMITS
from tests.oracle.times import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.oracle.heart_rate import HeartRate
    from tests.oracle.workouts import Workout

RECOVERY = timedelta(minutes=10)
HALF_HOUR, KNOWN = 30, 24
WEEKS, LEAST_DAYS = 28, 7


@dataclass(frozen=True, slots=True)
class Day:
    """One row of hr_daily."""

    user_id: int
    hr_date: date
    device_id: int
    samples: int
    min_bpm: float
    max_bpm: float
    wear_minutes: int
    gaps: int
    resting_hr: float | None
    baseline_hr: float | None
    baseline_mad: float | None
    baseline_values: int
    drift_bpm: float | None


def days(user_id: int, readings: Iterable[HeartRate], workouts: list[Workout]) -> list[Day]:
    """The days on which one of the member's devices has a valid reading, in order."""
    by_day: defaultdict[date, list[HeartRate]] = defaultdict(list)
    for reading in readings:
        by_day[reading.event_time.date()].append(reading)
    told: list[Day] = []
    for day, all_devices in sorted(by_day.items()):
        told.append(_day(user_id, day, _of_the_preferred_device(all_devices), workouts, told))
    return told


def _day(user_id: int, day: date, readings: list[HeartRate], workouts: list[Workout], before: list[Day]) -> Day:
    times, values = [r.event_time for r in readings], [r.bpm or 0.0 for r in readings]
    resting = _lowest_half_hour([r for r in readings if not _near_exercise(r.event_time, workouts)])
    earlier = [
        other.resting_hr for other in before if other.resting_hr is not None and (day - other.hr_date).days <= WEEKS
    ]
    usual = median(earlier) if len(earlier) >= LEAST_DAYS else None
    return Day(
        user_id=user_id,
        hr_date=day,
        device_id=readings[0].device_id,
        samples=len(readings),
        min_bpm=min(values),
        max_bpm=max(values),
        wear_minutes=len({_minute(time) for time in times}),
        gaps=sum(later - former > LIMITS.gap for former, later in pairwise(times)),
        resting_hr=resting,
        baseline_hr=usual,
        baseline_mad=None if usual is None else median(abs(value - usual) for value in earlier),
        baseline_values=len(earlier),
        drift_bpm=None if usual is None or resting is None else resting - usual,
    )


def _of_the_preferred_device(readings: list[HeartRate]) -> list[HeartRate]:
    worn = Counter(reading.device_id for reading in readings)
    device_id = min(worn, key=lambda device: (-worn[device], device))
    return [reading for reading in readings if reading.device_id == device_id]


def _near_exercise(when: datetime, workouts: list[Workout]) -> bool:
    return any(
        interval.interval_start <= when < (interval.interval_end or interval.latest_start + LIMITS.session) + RECOVERY
        for workout in workouts
        for interval in workout.intervals
    )


def _lowest_half_hour(readings: list[HeartRate]) -> float | None:
    values: defaultdict[int, list[float]] = defaultdict(list)
    for reading in readings:
        values[_minute(reading.event_time)].append(reading.bpm or 0.0)
    means = {minute: fmean(found) for minute, found in values.items()}
    windows = ([means[m] for m in range(last - HALF_HOUR + 1, last + 1) if m in means] for last in means)
    return min((round(fmean(window), 6) for window in windows if len(window) >= KNOWN), default=None)


def _minute(when: datetime) -> int:
    return (when - EPOCH) // timedelta(minutes=1)
