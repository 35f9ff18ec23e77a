"""Profiles of members: how they change, who leaves, who comes back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.world.calendar import DAY_S, first_second
from simulator.world.names import LAST_NAMES
from simulator.world.people import city_name, street
from simulator.world.streams import Part, stream

if TYPE_CHECKING:
    from datetime import date

    from simulator.world.parameters import Parameters
    from simulator.world.people import Person
    from simulator.world.streams import Random

_MONTH_S = 30 * DAY_S
_YEAR_S = 365 * DAY_S
_MOVES = 0.7  # of all changes; the others are new names


@dataclass(frozen=True, slots=True)
class Profile:
    """What a member states."""

    dob: date
    sex: str
    gender: str
    first_name: str
    last_name: str
    street_address: str
    city: str
    state: str
    zip: int


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a profile: new, update or delete, at whole seconds; a delete repeats what was known."""

    kind: str
    at_s: int
    profile: Profile
    is_stray: bool = False
    """Whether it comes after the member has left, and must change nothing."""


@dataclass(frozen=True, slots=True)
class Absence:
    """[left_s, back_s) in which a former member is none; `back_s` is None for those who stay away."""

    left_s: int
    back_s: int | None

    def has(self, at_s: float) -> bool:
        """Whether an instant lies in it."""
        return self.left_s <= at_s and (self.back_s is None or at_s < self.back_s)


def changes(parameters: Parameters, person: Person) -> list[Change]:
    """All changes from the registration to the end of the run, in order of time."""
    end = first_second(parameters) + parameters.days * DAY_S
    random = stream(parameters.seed, Part.PROFILE, person.number)
    away = absence(parameters, person)
    profile = _first_profile(person)
    found = [Change("new", person.registered_s, profile)]
    for at_s in _change_times(parameters, random, person.registered_s, end):
        profile = _changed(random, profile)
        is_member = away is None or at_s < away.left_s or (away.back_s is not None and at_s > away.back_s)
        found += [Change("update", at_s, profile)] if is_member else []
    if away is not None:
        found += _leaving(parameters, random, profile, away, end)
    return sorted(found, key=lambda change: change.at_s)


def absence(parameters: Parameters, person: Person) -> Absence | None:
    """When the member leaves within the run, and comes back, if ever."""
    random = stream(parameters.seed, Part.MEMBERSHIP, person.number)
    leaves, returns, stays_away = random.exponential(), random.random(), random.uniform(3, 20)
    if parameters.delete_per_month == 0:
        return None
    rate = -math.log1p(-min(parameters.delete_per_month, 1 - 1e-12)) / _MONTH_S
    begin, end = first_second(parameters), first_second(parameters) + parameters.days * DAY_S
    # Who leaves does so a day after the registration at the earliest.
    left_s = int(max(begin, person.registered_s + DAY_S) + leaves / rate)
    if left_s >= end:
        return None
    back_s = int(left_s + stays_away * DAY_S)
    return Absence(left_s, back_s if returns < parameters.return_share and back_s < end else None)


def _first_profile(person: Person) -> Profile:
    city, state = city_name(person.city)
    return Profile(
        person.born, person.sex, person.sex, person.first_name, person.last_name, person.street_address, city, state,
        person.zip,
    )  # fmt: skip


def _change_times(parameters: Parameters, random: Random, begin: int, end: int) -> list[int]:
    """Poisson times; some of them are bursts of several changes within two minutes."""
    found: list[int] = []
    # A burst has two more changes on average, so that the number of all changes is as asked.
    bursts_per_year = parameters.updates_per_year / (1 + 2 * parameters.burst_share)
    at = begin + DAY_S / 2
    while bursts_per_year > 0:
        at += random.exponential(_YEAR_S / bursts_per_year)
        if at >= end - 120:
            break
        found.append(int(at))
        if random.random() < parameters.burst_share:
            later = random.choice(119, size=int(random.integers(1, 4)), replace=False) + 1
            found += [int(at) + int(seconds) for seconds in sorted(later)]
    return sorted(set(found))


def _changed(random: Random, profile: Profile) -> Profile:
    values = {name: getattr(profile, name) for name in Profile.__slots__}
    if random.random() < _MOVES:
        values["street_address"] = street(random)
    else:
        values["last_name"] = str(random.choice(LAST_NAMES))
    return Profile(**values)


def _leaving(parameters: Parameters, random: Random, profile: Profile, away: Absence, end: int) -> list[Change]:
    found = [Change("delete", away.left_s, profile)]
    is_updated, after = random.random(), random.uniform(600, 2 * DAY_S)
    stray_s = int(away.left_s + after)
    if is_updated < parameters.stray_update_share and stray_s < (away.back_s or end):
        found.append(Change("update", stray_s, _changed(random, profile), is_stray=True))
    if away.back_s is not None:
        found.append(Change("new", away.back_s, profile))
    return found
