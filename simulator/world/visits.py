"""Visits to the gyms: who comes when, for how long, and whether there is room."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.world.people import Persona
from simulator.world.streams import Part, stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.world.calendar import LocalDay
    from simulator.world.gyms import Gym
    from simulator.world.parameters import Parameters
    from simulator.world.people import Person
    from simulator.world.streams import Random

# Public visit profiles: Monday is the busiest day, Sunday has 0.69 of it.
WEEKDAYS = (1.0, 0.98, 0.96, 0.92, 0.84, 0.76, 0.69)
# January is the busiest month, December the calmest.
SEASON = (1.15, 1.1, 1.05, 1.0, 0.98, 0.95, 0.92, 0.92, 1.02, 1.0, 0.95, 0.85)
# Weight of each hour from 5 to 22 for each persona: together the bumps at 7 to 8, 12 to 13 and 17 to 19 h.
_FIRST_HOUR = 5
_HOURS = {
    Persona.MORNING: (2, 6, 10, 9, 5, 3, 2, 1, 1, 0.5, 0.5, 1, 1, 1, 0.5, 0.3, 0.2, 0.1),
    Persona.LUNCH: (0.1, 0.3, 0.7, 1, 1, 2, 5, 10, 8, 3, 1, 1, 1, 1, 0.7, 0.4, 0.2, 0.1),
    Persona.EVENING: (0.1, 0.3, 0.7, 0.7, 0.5, 0.5, 0.7, 1, 1, 1, 2, 5, 10, 11, 8, 4, 2, 0.5),
    Persona.WEEKEND: (0.1, 0.2, 0.5, 1, 4, 7, 8, 5, 4, 4, 5, 4, 3, 2, 1, 0.5, 0.3, 0.1),
    Persona.DORMANT: (0.1, 0.3, 0.7, 0.7, 0.5, 0.5, 0.7, 1, 1, 1, 2, 5, 8, 8, 5, 2, 1, 0.5),
}
_WEEKEND = 5
# Of working days and of weekends: for those who come at weekends, and such for all others that the whole is WEEKDAYS.
_WEEKEND_PEOPLE, _OTHER_PEOPLE = (0.35, 2.6), (1.10, 0.75)
_SHORTEST_MINUTES = 10.0
_HOME = 0.85  # of visits to the gym of one's own
_SLOT_S = 300
_BETWEEN_S = 3600


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay at a gym in epoch seconds, as it really was."""

    gym: int
    login_s: int
    logout_s: int


class Floor:
    """Who is in a gym when; places are given in the order of members, so that no member depends on later ones."""

    def __init__(self, gym: Gym) -> None:
        self._capacity = gym.capacity
        self._people: dict[int, int] = {}

    def takes(self, visit: Visit) -> bool:
        """Whether there is room for the whole stay; then it is taken."""
        slots = range(visit.login_s // _SLOT_S, visit.logout_s // _SLOT_S + 1)
        if any(self._people.get(slot, 0) >= self._capacity for slot in slots):
            return False
        for slot in slots:
            self._people[slot] = self._people.get(slot, 0) + 1
        return True


def wanted_visits(parameters: Parameters, person: Person, day: LocalDay, gyms: Sequence[Gym]) -> list[Visit]:
    """When a member would come on a day: a Poisson process whose rate changes by hour, weekday and season."""
    random = stream(parameters.seed, Part.VISITS, person.number, day.number)
    chosen, other = random.random(), int(random.integers(len(gyms)))
    gym = gyms[person.home_gym - 1 if chosen < _HOME else other]
    latest = min(day.start_s + gym.closes * 3600, day.end_s - 1)
    found: list[Visit] = []
    for hour in _thinned(random, hourly_rates(person, day, gym)):
        login = day.start_s + int(hour * 3600)
        logout = min(login + int(60 * dwell_minutes(parameters, random)), latest)
        if not found or login >= found[-1].logout_s + _BETWEEN_S:
            found.append(Visit(gym.gym, login, logout))
    return found


def hourly_rates(person: Person, day: LocalDay, gym: Gym) -> NDArray[np.float64]:
    """Visits per hour for each of the 24 hours of a day; none in the last hour before a gym closes."""
    hours = np.arange(24)
    weights = np.zeros(24)
    weights[_FIRST_HOUR : _FIRST_HOUR + len(_HOURS[person.persona])] = _HOURS[person.persona]
    weights[(hours < gym.opens) | (hours >= gym.closes - 1)] = 0.0
    weekday = day.date.weekday()
    factors = _WEEKEND_PEOPLE if person.persona is Persona.WEEKEND else _OTHER_PEOPLE
    factor = WEEKDAYS[weekday] / (sum(WEEKDAYS) / 7) * SEASON[day.date.month - 1] * factors[weekday >= _WEEKEND]
    return np.asarray(weights / weights.sum() * factor * person.visits_per_week / 7, dtype=np.float64)


def dwell_minutes(parameters: Parameters, random: Random) -> float:
    """Length of a stay, lognormal with the mean and the 90th percentile of the parameters."""
    sigma = dwell_sigma(parameters)
    mu = math.log(parameters.dwell_mean_minutes) - sigma**2 / 2
    return max(float(random.lognormal(mu, sigma)), _SHORTEST_MINUTES)


def dwell_sigma(parameters: Parameters) -> float:
    """The sigma at which mean and 90th percentile are both met."""
    z90 = 1.2815515655446004
    ratio = math.log(parameters.dwell_p90_minutes / parameters.dwell_mean_minutes)
    return z90 - math.sqrt(z90**2 - 2 * ratio)


def _thinned(random: Random, rates: NDArray[np.float64]) -> list[float]:
    """Times in hours of a Poisson process, by thinning one of the highest rate (Lewis and Shedler 1979)."""
    highest = float(rates.max())
    number = random.poisson(highest * len(rates))
    candidates = np.sort(random.uniform(0, len(rates), number))
    kept = candidates[random.random(number) * highest < rates[candidates.astype(int)]]
    return [float(hour) for hour in kept]
