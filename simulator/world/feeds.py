"""The small feeds of a member: registrations, profiles, doors, workouts and days, with the truth behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.world.daily_activity import Day, day_messages, day_of
from simulator.world.devices import Device, in_use, registrations
from simulator.world.doors import Recorded, door_messages, recorded
from simulator.world.profile_messages import profile_messages
from simulator.world.streams import Part, stream
from simulator.world.workouts import workout_messages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.world.gyms import Gym
    from simulator.world.parameters import Parameters
    from simulator.world.plan import Member, MemberDay
    from simulator.world.sent import Sent
    from simulator.world.visits import Visit
    from simulator.world.workouts import Workout

_DOORS_AND_WORKOUTS = 2  # number of this stream; 0 is that of profiles, 1 that of registrations


@dataclass(frozen=True, slots=True)
class MemberFeeds:
    """What is sent about a member, and what really was."""

    sent: list[Sent] = field(default_factory=list)
    visits: list[tuple[Visit, str, Recorded | None]] = field(default_factory=list)
    """With the MAC address at the door and what the door saw."""
    workouts: list[tuple[Workout, Device]] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)


def feeds_of(parameters: Parameters, member: Member, gyms: Mapping[int, Gym]) -> MemberFeeds:
    """Everything but heart rates."""
    found = MemberFeeds()
    found.sent.extend(registrations(parameters, member.person, member.worn, member.away))
    found.sent.extend(profile_messages(parameters, member.person, list(member.changes)))
    for today in member.days:
        _add_day(parameters, member, today, gyms, found)
    return found


def _add_day(
    parameters: Parameters, member: Member, today: MemberDay, gyms: Mapping[int, Gym], found: MemberFeeds
) -> None:
    who = member.person
    random = stream(parameters.seed, Part.DELIVERY, who.number, _DOORS_AND_WORKOUTS, today.day.number)
    for visit in today.visits:
        device, gym = in_use(member.worn, visit.login_s), gyms[visit.gym]
        if device is None:
            continue
        seen = recorded(parameters, random, gym, visit)
        found.visits.append((visit, device.mac_address, seen))
        if seen is not None:
            found.sent.extend(door_messages(parameters, random, gym, device.mac_address, seen, member.away))
    for workout in today.workouts:
        device = in_use(member.worn, workout.start_s)
        if device is not None:
            found.workouts.append((workout, device))
            found.sent.extend(
                workout_messages(parameters, random, who.user_id, workout, device.clock_offset_ms, member.away)
            )
    chance = stream(parameters.seed, Part.ACTIVITY, who.number, today.day.number)
    day = day_of(parameters, chance, who, today.day, today.workouts)
    found.days.append(day)
    found.sent.extend(day_messages(parameters, chance, day, member.away))
