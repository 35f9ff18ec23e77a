"""Heart rates of devices at rest, with emergencies that are known beforehand."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_RESTING = (65.0, 8.0, 50.0, 85.0)  # mean, deviation, lowest and highest of people
_MEMORY = 0.93  # of a reading for the one before
_NOISE = 0.7
_WIDEST = 8.0
_TINY = 1e-9  # of numbers that are no fractions of two
_SECONDS_BETWEEN = 10.0  # emergencies without a duration
# Beyond any limit that a person may have, and still within what devices can measure.
_LEVELS = {"high": 205.0, "low": 30.0}


class Kind(StrEnum):
    """What is wrong in an emergency."""

    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Emergency:
    """One device reports `bpm` from its first reading after `starts_s` on, and `lasts_s` seconds later still.

    `starts_s` counts from the first reading of all.
    """

    device_id: int
    kind: Kind
    starts_s: float
    lasts_s: float
    bpm: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What a simulation sends; the same plan sends the same, apart from the clock."""

    devices: int = 10
    rate: float = 10.0
    """Readings a second, of all devices together."""
    emergencies: int = 0
    emergency_s: float = 20.0
    duration_s: float | None = None
    seed: int = 0
    first_device: int = 310001

    @property
    def distance_s(self) -> float:
        """Between two readings of a device."""
        return self.devices / self.rate


class Reading(NamedTuple):
    """A heart rate, due so many seconds after the first; `begins` is the emergency whose first reading this is."""

    due_s: float
    device_id: int
    bpm: float
    begins: Emergency | None


def emergencies(plan: Plan) -> list[Emergency]:
    """Which will happen, in the order of their starts, one a device at most.

    They are spread evenly over the duration, or begin every ten seconds if there is none.
    PipelineError if they do not fit.
    """
    if plan.emergencies > plan.devices:
        raise PipelineError(f"{plan.emergencies} emergencies need as many devices, and there are {plan.devices}")
    slot_s = _slot_s(plan)
    dice = random.Random(f"emergencies {plan.seed}")  # noqa: S311 # nothing secret
    chosen = dice.sample(range(plan.devices), plan.emergencies)
    return [
        _emergency(plan, device, slot_s * (number + dice.random()), dice.choice(list(Kind)))
        for number, device in enumerate(chosen)
    ]


def _slot_s(plan: Plan) -> float:
    if plan.duration_s is None or not plan.emergencies:
        return _SECONDS_BETWEEN
    room_s = plan.duration_s - plan.emergency_s - 2 * plan.distance_s
    if room_s < 0:
        raise PipelineError(
            f"An emergency of {plan.emergency_s:g} s does not fit into {plan.duration_s:g} s with a reading of each"
            f" device every {plan.distance_s:g} s"
        )
    return room_s / plan.emergencies


def readings(plan: Plan, planned: Sequence[Emergency]) -> Iterator[Reading]:
    """Readings at equal distances, device after device, until the duration has passed, or for ever."""
    dice = random.Random(f"readings {plan.seed}")  # noqa: S311 # nothing secret
    resting = [min(max(dice.gauss(*_RESTING[:2]), _RESTING[2]), _RESTING[3]) for _ in range(plan.devices)]
    drift = [0.0] * plan.devices
    by_device = {emergency.device_id: emergency for emergency in planned}
    ends: dict[int, float] = {}
    for number in count():
        due, device = number / plan.rate, number % plan.devices
        if plan.duration_s is not None and due >= plan.duration_s:
            return
        drift[device] = min(max(_MEMORY * drift[device] + dice.gauss(0, _NOISE), -_WIDEST), _WIDEST)
        device_id = plan.first_device + device
        emergency = by_device.get(device_id)
        if emergency is None or due < emergency.starts_s or due > ends.get(device_id, due):
            yield Reading(due, device_id, round(resting[device] + drift[device], 1), None)
            continue
        begins = emergency if device_id not in ends else None
        # The last reading is the first one that is late enough.
        ends.setdefault(device_id, due + emergency.lasts_s + plan.distance_s - _TINY)
        yield Reading(due, device_id, round(emergency.bpm + drift[device] / 4, 1), begins)


def _emergency(plan: Plan, device: int, starts_s: float, kind: Kind) -> Emergency:
    return Emergency(plan.first_device + device, kind, starts_s, plan.emergency_s, _LEVELS[kind])
