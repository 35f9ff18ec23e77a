"""What goes wrong with heart-rate readings on their way: in the strap, in the message, on the network."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from simulator.world.calendar import DAY_S
from simulator.world.sent import Fate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.world.parameters import Parameters
    from simulator.world.streams import Random

FATES = tuple(Fate)
SILVER, DUPLICATE, QUARANTINE = (FATES.index(fate) for fate in (Fate.SILVER, Fate.DUPLICATE, Fate.QUARANTINE))
_CHUNK_S = 600  # of readings that a device sends together when it is late
_Z99 = 2.3263478740408408
_LATE_SIGMA = 1.24  # median 20 minutes if 99 of 100 are within six hours
_YEARS_AHEAD_MS = 25 * 365 * DAY_S * 1000
_YEAR_2000_MS = 946_684_800_000
_STUCK_S = (600, 1200)
_ZEROS = 0.8  # of readings without contact; the others are null
_HALF = 0.5


class Fault(IntEnum):
    """What is wrong with a message, or odd about it."""

    NONE = 0
    ZERO = 1
    NULL_RATE = 2
    SPIKE = 3
    STUCK = 4
    SENT_TWICE = 5
    CONFLICT = 6
    CUT_OFF = 7
    CUT_OFF_ENVELOPE = 8
    NO_DEVICE = 9
    NO_TIME = 10
    NEGATIVE = 11
    TOO_HIGH = 12
    TEXT = 13
    FUTURE = 14
    CLOCK_AT_2000 = 15
    UNKNOWN_TOPIC = 16
    AFTER_DELETE = 17

    @property
    def text(self) -> str:
        """As the ledger names it."""
        return "" if self is Fault.NONE else self.name.lower().replace("_", " ")


REASONS: dict[Fault, tuple[str, ...]] = {
    Fault.CUT_OFF: ("device_id_is_a_number", "event_time_readable", "message_is_one_json_object"),
    Fault.CUT_OFF_ENVELOPE: ("envelope_is_json", "topic_is_known"),
    Fault.NO_DEVICE: ("device_id_is_a_number",),
    Fault.NO_TIME: ("event_time_readable",),
    Fault.NEGATIVE: ("bpm_between_0_and_300",),
    Fault.TOO_HIGH: ("bpm_between_0_and_300",),
    Fault.TEXT: ("heartrate_is_a_number",),
    Fault.FUTURE: ("event_time_not_in_future",),
    Fault.CLOCK_AT_2000: ("event_time_since_2010",),
    Fault.UNKNOWN_TOPIC: ("topic_is_known",),
    Fault.AFTER_DELETE: ("member_is_not_deleted",),
}
"""Rules that a message with a fault violates, in the order of their names."""


@dataclass(frozen=True, slots=True)
class Messages:
    """Heart-rate messages, one array per field."""

    member: NDArray[np.int32]
    """Number of who wore the device."""
    device: NDArray[np.int32]
    """Place in the list of devices."""
    time_ms: NDArray[np.int64]
    """On the clock of the device."""
    bpm: NDArray[np.float64]
    """To a tenth; NaN for null."""
    arrival_ms: NDArray[np.int64]
    fault: NDArray[np.uint8]
    fate: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.time_ms)

    def at(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> Messages:
        """Some of them."""
        return Messages(*(getattr(self, each.name)[index] for each in fields(self)))


def together(parts: Sequence[Messages]) -> Messages:
    """All of them, in this order."""
    return Messages(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Messages)))


def without_dropouts(
    parameters: Parameters, random: Random, times: NDArray[np.int64], swims: Sequence[tuple[int, int]]
) -> NDArray[np.bool_]:
    """Which readings are left: bursts are lost, on and off by turns, many of them in water."""
    kept = np.ones(len(times), dtype=np.bool_)
    hours = len(times) and (times[-1] - times[0]) / 3600
    number = random.poisson(parameters.dropouts_per_hour * hours)
    starts = times[0] + random.uniform(0, 3600 * hours, number) if number else ()
    lengths = random.exponential(parameters.dropout_mean_s, number)
    lost = list(zip(starts, lengths, strict=True))
    for start, end in swims:
        lost += _dropouts_in_water(parameters, random, start, end)
    for start, length in lost:
        kept[slice(*np.searchsorted(times, (start, start + length)))] = False
    return kept


def with_wrong_values(
    parameters: Parameters, random: Random, times: NDArray[np.int64], bpm: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Values as the device reports them, and what is wrong with each."""
    values, fault = bpm.copy(), np.zeros(len(bpm), dtype=np.uint8)
    chance, kind = random.random(len(bpm)), random.random(len(bpm))
    zero = chance < parameters.zero_share
    fault[zero] = np.where(kind[zero] < _ZEROS, Fault.ZERO, Fault.NULL_RATE)
    values[zero] = np.where(kind[zero] < _ZEROS, 0.0, math.nan)
    spike = (chance >= parameters.zero_share) & (chance < parameters.zero_share + parameters.spike_share)
    fault[spike] = Fault.SPIKE
    raised = np.where(kind[spike] < _HALF, bpm[spike] * (1.5 + kind[spike]), bpm[spike] + 60)
    values[spike] = np.round(np.minimum(raised, 250.0), 1)
    for start, end in _stuck(parameters, random, times):
        fault[start:end], values[start:end] = Fault.STUCK, bpm[start]
    return values, fault


def with_wrong_messages(
    parameters: Parameters, random: Random, time_ms: NDArray[np.int64], fault: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Device times, and what is wrong with each message; only one thing is."""
    kinds = (
        (Fault.CUT_OFF, 0.8 * parameters.corrupt_share),
        (Fault.CUT_OFF_ENVELOPE, 0.2 * parameters.corrupt_share),
        (Fault.NO_DEVICE, parameters.null_share / 3),
        (Fault.NO_TIME, parameters.null_share / 3),
        (Fault.NULL_RATE, parameters.null_share / 3),
        (Fault.NEGATIVE, parameters.impossible_share / 3),
        (Fault.TOO_HIGH, parameters.impossible_share / 3),
        (Fault.TEXT, parameters.impossible_share / 3),
        (Fault.FUTURE, 0.6 * parameters.wrong_clock_share),
        (Fault.CLOCK_AT_2000, 0.4 * parameters.wrong_clock_share),
        (Fault.UNKNOWN_TOPIC, parameters.unknown_topic_share),
    )
    bounds = np.cumsum([share for _, share in kinds])
    codes = np.array([*(kind for kind, _ in kinds), Fault.NONE], dtype=np.uint8)
    drawn = codes[np.searchsorted(bounds, random.random(len(fault)), side="right")]
    wrong = np.where((drawn != Fault.NONE) & (fault == Fault.NONE), drawn, fault)
    times = time_ms + np.where(wrong == Fault.FUTURE, _YEARS_AHEAD_MS, 0)
    return np.where(wrong == Fault.CLOCK_AT_2000, _YEAR_2000_MS + time_ms % (30 * DAY_S * 1000), times), wrong


def arrivals(parameters: Parameters, random: Random, times: NDArray[np.int64]) -> NDArray[np.int64]:
    """When each message reaches the broker, in ms: at once, after others, or with all of its ten minutes much later."""
    arrival = times * 1000 + random.integers(200, 2000, len(times))
    overtaken = random.random(len(times)) < parameters.out_of_order_share
    arrival += np.where(overtaken, random.integers(1000, 60_000, len(times)), 0)
    chunks, place = np.unique(times // _CHUNK_S, return_inverse=True)
    mu = math.log(3600 * parameters.late_p99_hours) - _Z99 * _LATE_SIGMA
    waits = random.lognormal(mu, _LATE_SIGMA, len(chunks))
    is_late = random.random(len(chunks)) < parameters.late_share
    together_at = ((chunks + 1) * _CHUNK_S + waits) * 1000
    return np.where(is_late[place], together_at[place].astype(np.int64) + times % _CHUNK_S, arrival)


def with_copies(parameters: Parameters, random: Random, messages: Messages) -> Messages:
    """Some come twice; of some the copy has another value, and counts because it came last."""
    chance, after = random.random(len(messages)), random.integers(100, 5000, len(messages))
    change = np.where(random.random(len(messages)) < _HALF, -1, 1) * random.integers(30, 150, len(messages)) / 10
    sound = messages.fault == Fault.NONE
    twice = sound & (chance < parameters.duplicate_share)
    other = sound & ~twice & (chance < parameters.duplicate_share + parameters.conflict_share)
    copied = np.concatenate([np.flatnonzero(twice), np.flatnonzero(other)])
    if len(copied) == 0:
        return messages
    equal, copies = twice[copied], messages.at(copied)
    copies = replace(
        copies,
        bpm=np.where(equal, copies.bpm, np.round(np.maximum(copies.bpm + change[copied], 26.0), 1)),
        arrival_ms=copies.arrival_ms + after[copied],
        fault=np.where(equal, np.uint8(Fault.SENT_TWICE), np.uint8(Fault.CONFLICT)),
        fate=np.where(equal, np.uint8(DUPLICATE), np.uint8(SILVER)),
    )
    originals = replace(
        messages,
        fault=np.where(other, np.uint8(Fault.CONFLICT), messages.fault),
        fate=np.where(other, np.uint8(DUPLICATE), messages.fate),
    )
    return together([originals, copies])


def _dropouts_in_water(parameters: Parameters, random: Random, start: int, end: int) -> list[tuple[float, float]]:
    share = parameters.swim_dropout_share
    if share == 0:
        return []
    found: list[tuple[float, float]] = []
    at = float(start)
    while True:
        at += random.exponential(parameters.dropout_mean_s * (1 - share) / share) if share < 1 else 0.0
        if at >= end:
            return found
        length = random.exponential(parameters.dropout_mean_s) if share < 1 else float(end - start)
        found.append((at, min(length, end - at)))
        at += length


def _stuck(parameters: Parameters, random: Random, times: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Places [from, until) at which one value is shown for ten to twenty minutes."""
    if len(times) <= 1 or parameters.stuck_share == 0:
        return []
    length_s = float(random.uniform(*_STUCK_S))
    readings = max(length_s / max(float(np.median(np.diff(times))), 1.0), 1.0)
    number = random.poisson(parameters.stuck_share * len(times) / readings)
    starts = random.integers(0, len(times), number)
    return [(int(start), int(np.searchsorted(times, times[start] + length_s))) for start in starts]
