"""Readings: one a device and instant, with what it is worth."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import accumulate
from statistics import median
from typing import TYPE_CHECKING

from tests.oracle.times import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tests.oracle.rows import Reading

LOWEST_VALID, HIGHEST_VALID = 25, 250
STEEPEST_BPM_PER_S, COMPARED_WITHIN_S = 10.0, 15.0
SPIKE_BPM, NEIGHBOURS, LEAST_NEIGHBOURS = 30.0, 5, 2
NOISE_STEPS, NOISE_PERCENT = 30, 30


@dataclass(frozen=True, slots=True)
class HeartRate:
    device_id: int
    event_time: datetime
    bpm: float | None
    status: str
    reason: str | None


def heart_rate(readings: Iterable[Reading]) -> list[HeartRate]:
    """Equal duplicates are one reading; of different ones the message sent last counts, and the conflict is marked."""
    same: defaultdict[tuple[int, datetime], list[Reading]] = defaultdict(list)
    for reading in readings:
        same[reading.device_id, reading.event_time].append(reading)
    return _with_suspects([_one(claims) for claims in same.values()])


def _with_suspects(readings: list[HeartRate]) -> list[HeartRate]:
    """Jumps and spikes among the valid readings of each device, marked."""
    series: defaultdict[int, list[HeartRate]] = defaultdict(list)
    for reading in readings:
        if reading.status == "valid":
            series[reading.device_id].append(reading)
    judged = [reading for reading in readings if reading.status != "valid"]
    for of_device in series.values():
        judged += _Series(sorted(of_device, key=lambda reading: reading.event_time)).judged()
    return judged


class _Series:
    """A device's valid readings in order of time."""

    def __init__(self, readings: list[HeartRate]) -> None:
        self.readings = readings
        self.bpm = [reading.bpm or 0.0 for reading in readings]
        # None, where the reading before is too long ago for a step.
        self.steep = [None, *(self._steep(number) for number in range(1, len(readings)))][: len(readings)]
        self.steep_so_far = [0, *accumulate(int(step is True) for step in self.steep)]
        self.steps_so_far = [0, *accumulate(int(step is not None) for step in self.steep)]

    def judged(self) -> list[HeartRate]:
        return [self._judged(number) for number in range(len(self.readings))]

    def _judged(self, number: int) -> HeartRate:
        reading = self.readings[number]
        found = [name for name, rule in (("slope", self._jumps), ("spike", self._spikes)) if rule(number)]
        if not found or self._in_noise(number):
            return reading
        reasons = ([reading.reason] if reading.reason else []) + found
        return replace(reading, status="suspect", reason=", ".join(reasons))

    def _passed(self, number: int, other: int) -> float:
        return seconds(abs(self.readings[number].event_time - self.readings[other].event_time))

    def _steep(self, number: int) -> bool | None:
        passed = self._passed(number, number - 1)
        if passed > COMPARED_WITHIN_S:
            return None
        return abs(self.bpm[number] - self.bpm[number - 1]) > STEEPEST_BPM_PER_S * passed

    def _jumps(self, number: int) -> bool:
        return self.steep[number] is True and self.steep[number + 1 : number + 3] != [False, False]

    def _spikes(self, number: int) -> bool:
        before, later = (
            [self.bpm[n] for n in numbers if self._passed(n, number) <= COMPARED_WITHIN_S]
            for numbers in (
                range(max(0, number - NEIGHBOURS), number),
                range(number + 1, min(len(self.bpm), number + 1 + NEIGHBOURS)),
            )
        )
        if min(len(before), len(later)) < LEAST_NEIGHBOURS:
            return False
        return all(abs(self.bpm[number] - median(some)) > SPIKE_BPM for some in (before, later, before + later))

    def _in_noise(self, number: int) -> bool:
        first, last = max(0, number - NOISE_STEPS), min(len(self.bpm), number + NOISE_STEPS + 1)
        steps = self.steps_so_far[last] - self.steps_so_far[first]
        return (self.steep_so_far[last] - self.steep_so_far[first]) * 100 > NOISE_PERCENT * steps


def _one(claims: list[Reading]) -> HeartRate:
    last = max(claims, key=lambda reading: reading.sent)
    conflict = len({reading.bpm or 0.0 for reading in claims}) > 1
    return HeartRate(
        last.device_id,
        last.event_time,
        last.bpm,
        _status(last.bpm),
        "duplicate_conflict" if conflict else None,
    )


def _status(bpm: float | None) -> str:
    if not bpm:
        return "no_contact"
    return "valid" if LOWEST_VALID <= bpm <= HIGHEST_VALID else "out_of_range"
