"""What each member does: devices, visits, workouts, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.world.calendar import local_day
from simulator.world.devices import devices_of, in_use
from simulator.world.gyms import gyms_of_city
from simulator.world.heart_rate import illnesses
from simulator.world.people import person, zone_of
from simulator.world.profiles import absence, changes
from simulator.world.streams import Part, stream
from simulator.world.visits import Floor, wanted_visits
from simulator.world.workouts import outdoor_workout, workout_of_visit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulator.world.calendar import LocalDay
    from simulator.world.devices import Worn
    from simulator.world.gyms import Gym
    from simulator.world.heart_rate import Episode
    from simulator.world.parameters import Parameters
    from simulator.world.people import Person
    from simulator.world.profiles import Absence, Change
    from simulator.world.visits import Visit
    from simulator.world.workouts import Workout


@dataclass(frozen=True, slots=True)
class MemberDay:
    """A day on which somebody is a member: [0] of the run is number 0."""

    day: LocalDay
    visits: tuple[Visit, ...]
    workouts: tuple[Workout, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """Everything that a member does in the run, apart from heartbeats."""

    person: Person
    changes: tuple[Change, ...]
    away: Absence | None
    worn: tuple[Worn, ...]
    days: tuple[MemberDay, ...]
    illnesses: tuple[Episode, ...]


@dataclass(frozen=True, slots=True)
class World:
    """All members and gyms of a run."""

    members: tuple[Member, ...]
    gyms: tuple[Gym, ...]


def plan(parameters: Parameters) -> World:
    """The members one after the other: each depends on those before, never on those after."""
    cities = range((parameters.members - 1) // parameters.city_members + 1)
    gyms = {city: gyms_of_city(parameters, city) for city in cities}
    floors = {gym.gym: Floor(gym) for city in cities for gym in gyms[city]}
    members: list[Member] = []
    for number in range(parameters.members):
        who = person(parameters, number)
        neighbour = members[-1].worn if members else ()
        members.append(_member(parameters, who, neighbour, gyms[who.city], floors))
    return World(tuple(members), tuple(gym for city in cities for gym in gyms[city]))


def _member(
    parameters: Parameters, who: Person, neighbour: Sequence[Worn], gyms: Sequence[Gym], floors: Mapping[int, Floor]
) -> Member:
    away = absence(parameters, who)
    worn = devices_of(parameters, who, away, neighbour)
    zone = zone_of(parameters, who.city)
    days: list[MemberDay] = []
    sessions = 0
    for number in range(parameters.days):
        day = local_day(parameters.start, number, zone)
        if _is_member(day, worn, away):
            days.append(_day(parameters, who, day, worn, gyms, floors, sessions))
            sessions += len(days[-1].workouts)
    first, last = (local_day(parameters.start, number, zone) for number in (0, parameters.days - 1))
    ill = illnesses(parameters, stream(parameters.seed, Part.HEART, who.number), first.start_s, last.end_s)
    return Member(who, tuple(changes(parameters, who)), away, tuple(worn), tuple(days), tuple(ill))


def _day(  # noqa: PLR0913, PLR0917 - what a day depends on
    parameters: Parameters,
    who: Person,
    day: LocalDay,
    worn: Sequence[Worn],
    gyms: Sequence[Gym],
    floors: Mapping[int, Floor],
    sessions: int,
) -> MemberDay:
    wanted = wanted_visits(parameters, who, day, gyms)
    visits = [each for each in wanted if in_use(worn, each.login_s) and floors[each.gym].takes(each)]
    workouts: list[Workout] = []
    for number, visit in enumerate(visits):
        random = stream(parameters.seed, Part.WORKOUTS, who.number, day.number, number)
        workout = workout_of_visit(parameters, random, visit, sessions + len(workouts) + 1)
        workouts += [workout] if workout else []
    random = stream(parameters.seed, Part.WORKOUTS, who.number, day.number)
    outdoors = outdoor_workout(parameters, random, day, visits, sessions + 1)
    workouts += [outdoors] if outdoors and in_use(worn, outdoors.start_s) else []
    return MemberDay(day, tuple(visits), tuple(workouts))


def _is_member(day: LocalDay, worn: Sequence[Worn], away: Absence | None) -> bool:
    """Whole days only; the day of leaving is one, and what comes after the delete is a fault."""
    return worn[0].from_s <= day.start_s and (away is None or not away.has(day.start_s))
