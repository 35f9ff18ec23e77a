"""Readings inside workouts, with the seconds that each of them stands for."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.oracle.devices import owner_of_device
from tests.oracle.settings import LIMITS
from tests.oracle.times import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tests.oracle.devices import Assignment
    from tests.oracle.heart_rate import HeartRate
    from tests.oracle.workouts import Interval, Workout


@dataclass(frozen=True, slots=True)
class WorkoutReading:
    device_id: int
    event_time: datetime
    bpm: float
    weight_s: float


def valid_by_user(heart_rate: Iterable[HeartRate], history: list[Assignment]) -> dict[int, list[HeartRate]]:
    """Each member's valid readings in order of time, by who wore the device when it measured."""
    by_user: defaultdict[int, list[HeartRate]] = defaultdict(list)
    for reading in sorted(heart_rate, key=lambda reading: reading.event_time):
        owner = owner_of_device(history, reading.device_id, reading.event_time)
        if owner is not None and reading.status == "valid":
            by_user[owner].append(reading)
    return dict(by_user)


def readings_of(workout: Workout, member_readings: list[HeartRate]) -> list[WorkoutReading]:
    """A reading counts until the next one, at most the gap limit, and never past the end of its active interval."""
    inside = [(_readings_in(interval, member_readings), _end(interval)) for interval in workout.intervals]
    worn = Counter(reading.device_id for readings, _ in inside for reading in readings)
    if not worn:
        return []
    device_id = min(worn, key=lambda device: (-worn[device], device))
    return [weighted for readings, end in inside for weighted in _weighted(_of(device_id, readings), end)]


def _readings_in(interval: Interval, readings: list[HeartRate]) -> list[HeartRate]:
    return [reading for reading in readings if interval.interval_start <= reading.event_time < _end(interval)]


def _end(interval: Interval) -> datetime:
    return interval.interval_end or interval.latest_start + LIMITS.session


def _of(device_id: int, readings: list[HeartRate]) -> list[HeartRate]:
    """A member's second device is never mixed in."""
    return [reading for reading in readings if reading.device_id == device_id]


def _weighted(inside: list[HeartRate], end: datetime) -> list[WorkoutReading]:
    nexts = [reading.event_time for reading in inside[1:]] + [end]
    return [
        WorkoutReading(
            reading.device_id,
            reading.event_time,
            reading.bpm or 0.0,
            seconds(min(until - reading.event_time, LIMITS.gap)),
        )
        for reading, until in zip(inside, nexts, strict=False)
    ]
