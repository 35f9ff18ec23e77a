"""Readings: one a device and instant, with what it is worth."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tests.oracle.rows import Reading

LOWEST_VALID, HIGHEST_VALID = 25, 250


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
    return [_one(claims) for claims in same.values()]


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
