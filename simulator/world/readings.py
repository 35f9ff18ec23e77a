"""Heart-rate messages of a member's day: what the heart did, what the straps made of it, what was sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.world import faults
from simulator.world.faults import Fault, Messages
from simulator.world.heart_rate import Demand, emergencies, heart_rates, swims, worn_seconds
from simulator.world.streams import Part, stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from simulator.world.devices import Worn
    from simulator.world.heart_rate import Episode
    from simulator.world.parameters import Parameters
    from simulator.world.plan import Member, MemberDay
    from simulator.world.profiles import Absence


def messages_of_day(
    parameters: Parameters, member: Member, today: MemberDay, places: Mapping[int, int]
) -> tuple[list[Messages], list[Episode]]:
    """Messages of each device that the member wears on a day, and what was unusual; `places` are those of devices."""
    who, number = member.person, today.day.number
    random = stream(parameters.seed, Part.HEART, who.number, number)
    times = worn_seconds(parameters, random, today.day, today.workouts)
    unusual = emergencies(parameters, random, times, today.workouts)
    demand = Demand(today.day, today.workouts, [*unusual, *member.illnesses])
    bpm = heart_rates(parameters, random, who, times, demand)
    found: list[Messages] = []
    for each in member.worn:
        worn = _worn_times(each, times, today)
        if worn.any():
            sent = _sent(parameters, member, today, each, times[worn], bpm[worn])
            place = np.full(len(sent), places[each.device.device_id], dtype=np.int32)
            found.append(replace(sent, device=place))
    return found, unusual


def _worn_times(worn: Worn, times: NDArray[np.int64], today: MemberDay) -> NDArray[np.bool_]:
    """A watch is worn all the time, a strap in workouts."""
    inside = (times >= worn.from_s) & (times < worn.until_s)
    if worn.device.is_strap:
        trained = np.zeros(len(times), dtype=np.bool_)
        for workout in today.workouts:
            trained |= (times >= workout.start_s) & (times < workout.stop_s)
        inside &= trained
    return inside


def _sent(
    parameters: Parameters,
    member: Member,
    today: MemberDay,
    worn: Worn,
    times: NDArray[np.int64],
    bpm: NDArray[np.float64],
) -> Messages:
    who = member.person
    random = stream(parameters.seed, Part.READING_FAULTS, who.number, today.day.number, int(worn.device.is_strap))
    kept = faults.without_dropouts(parameters, random, times, swims(today.workouts))
    times, bpm = times[kept], bpm[kept]
    values, fault = faults.with_wrong_values(parameters, random, times, bpm)
    device_ms = times * 1000 + worn.device.clock_offset_ms
    device_ms, fault = faults.with_wrong_messages(parameters, random, device_ms, fault)
    values[fault == Fault.NULL_RATE] = np.nan
    sent = Messages(
        member=np.full(len(times), who.number, dtype=np.int32),
        device=np.zeros(len(times), dtype=np.int32),
        time_ms=device_ms,
        bpm=values,
        arrival_ms=faults.arrivals(parameters, random, times),
        fault=fault,
        fate=np.where(np.isin(fault, list(faults.REASONS)), faults.QUARANTINE, faults.SILVER).astype(np.uint8),
    )
    return after_delete(faults.with_copies(parameters, random, sent), member.away)


def after_delete(messages: Messages, away: Absence | None) -> Messages:
    """What a former member's devices send is rejected, if it is readable at all."""
    if away is None:
        return messages
    back_ms = np.inf if away.back_s is None else away.back_s * 1000
    inside = (messages.time_ms >= away.left_s * 1000) & (messages.time_ms < back_ms)
    gone = inside & (messages.fate != faults.QUARANTINE)
    return replace(
        messages,
        fault=np.where(gone, np.uint8(Fault.AFTER_DELETE), messages.fault),
        fate=np.where(gone, np.uint8(faults.QUARANTINE), messages.fate),
    )
