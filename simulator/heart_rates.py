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
# Beyond any limit that a person may have, and still within what devices can measure.
_LEVELS = {"high": 205.0, "low": 30.0}


class Kind(StrEnum):
    """What is wrong in an emergency."""

    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Emergency:
    """One device reports `bpm` from `starts_s` on, for `lasts_s` seconds; seconds count from the first reading."""

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


class Reading(NamedTuple):
    """A heart rate, due so many seconds after the first; `begins` is the emergency whose first reading this is."""

    due_s: float
    device_id: int
    bpm: float
    begins: Emergency | None


def emergencies(plan: Plan) -> list[Emergency]:
    """Which will happen, in the order of their starts, one a device at most.

    They are spread over the duration, or over a minute and a half for each of them if there is none.
    PipelineError if they do not fit.
    """
    if plan.emergencies > plan.devices:
        raise PipelineError(f"{plan.emergencies} emergencies need as many devices, and there are {plan.devices}")
    span = plan.duration_s if plan.duration_s is not None else plan.emergencies * (plan.emergency_s + 30)
    latest = span - plan.emergency_s - plan.devices / plan.rate
    if plan.emergencies and latest < 0:
        raise PipelineError(
            f"An emergency of {plan.emergency_s:g} s does not fit into {span:g} s with a reading of each device"
            f" every {plan.devices / plan.rate:g} s"
        )
    dice = random.Random(f"emergencies {plan.seed}")  # noqa: S311 # nothing secret
    chosen = dice.sample(range(plan.devices), plan.emergencies)
    return sorted(
        (_emergency(plan, device, dice.uniform(0, latest), dice.choice(list(Kind))) for device in chosen),
        key=lambda emergency: emergency.starts_s,
    )


def readings(plan: Plan, planned: Sequence[Emergency]) -> Iterator[Reading]:
    """Readings at equal distances, device after device, until the duration has passed, or for ever."""
    dice = random.Random(f"readings {plan.seed}")  # noqa: S311 # nothing secret
    resting = [min(max(dice.gauss(*_RESTING[:2]), _RESTING[2]), _RESTING[3]) for _ in range(plan.devices)]
    drift = [0.0] * plan.devices
    by_device = {emergency.device_id: emergency for emergency in planned}
    begun: set[int] = set()
    for number in count():
        due, device = number / plan.rate, number % plan.devices
        if plan.duration_s is not None and due >= plan.duration_s:
            return
        drift[device] = min(max(_MEMORY * drift[device] + dice.gauss(0, _NOISE), -_WIDEST), _WIDEST)
        emergency = by_device.get(plan.first_device + device)
        if emergency is None or not emergency.starts_s <= due <= emergency.starts_s + emergency.lasts_s:
            yield Reading(due, plan.first_device + device, round(resting[device] + drift[device], 1), None)
            continue
        begins = None if emergency.device_id in begun else emergency
        begun.add(emergency.device_id)
        yield Reading(due, emergency.device_id, round(emergency.bpm + drift[device] / 4, 1), begins)


def _emergency(plan: Plan, device: int, starts_s: float, kind: Kind) -> Emergency:
    # A reading's distance longer, so that the readings themselves cover the time.
    lasts_s = plan.emergency_s + plan.devices / plan.rate
    return Emergency(plan.first_device + device, kind, starts_s, lasts_s, _LEVELS[kind])
