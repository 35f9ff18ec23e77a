"""Readings inside workouts, with the seconds that each of them stands for."""

from __future__ import annotations

from collections import defaultdict
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
    from tests.oracle.workouts import Workout


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
    return [
        weighted
        for start, end in workout.intervals
        for weighted in _weighted([r for r in member_readings if start <= r.event_time < end], end)
    ]


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
