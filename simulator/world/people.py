"""The members: who they are, how their hearts work, when they come."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from simulator.world.calendar import DAY_S, first_second
from simulator.world.names import CITIES, FIRST_NAMES, LAST_NAMES, STREETS
from simulator.world.streams import Part, stream

if TYPE_CHECKING:
    from simulator.world.parameters import Parameters
    from simulator.world.streams import Random

_PERSONAS = {"morning": 0.25, "lunch": 0.12, "evening": 0.45, "weekend": 0.13, "dormant": 0.05}
_DORMANT_VISITS = 0.1  # a week
_FITNESS_AND_REST = -0.5  # correlation: a fit heart beats slower
_WOMEN_SHARE = 0.47
_LARGE_IDS_SHARE = 0.02  # real ids exceed 2^31
_LOWEST_REST, _HIGHEST_REST = 40.0, 100.0


class Persona(StrEnum):
    """When somebody tends to train."""

    MORNING = "morning"
    LUNCH = "lunch"
    EVENING = "evening"
    WEEKEND = "weekend"
    DORMANT = "dormant"


@dataclass(frozen=True, slots=True)
class Person:
    """A member; `number` counts from 0 and is the same in every run with the same seed."""

    number: int
    user_id: int
    sex: str
    born: date
    first_name: str
    last_name: str
    street_address: str
    zip: int
    resting_hr: float
    max_hr: float
    weight_kg: float
    fitness: float
    """0 to 1."""
    tau_on_s: float
    tau_off_s: float
    noise_sd: float
    persona: Persona
    visits_per_week: float
    city: int
    home_gym: int
    """1 to the number of gyms of the city."""
    registered_s: int
    """Epoch seconds; a member from then on."""
    is_debezium: bool


def person(parameters: Parameters, number: int) -> Person:
    """Member `number`."""
    random = stream(parameters.seed, Part.PERSON, number)
    fit, own = random.standard_normal(2)
    sex = "F" if random.random() < _WOMEN_SHARE else "M"
    age = float(18 + 62 * random.beta(1.6, 2.6))
    resting = parameters.resting_hr_mean + parameters.resting_hr_sd * _correlated(_FITNESS_AND_REST, fit, own)
    tau = parameters.tau_on_median_s * math.exp(0.45 * _correlated(-0.5, fit, random.standard_normal()))
    fitness = 0.5 * (1 + math.erf(fit / math.sqrt(2)))
    persona = Persona(random.choice(list(_PERSONAS), p=list(_PERSONAS.values())))
    city = number // parameters.city_members
    is_large = random.random() < _LARGE_IDS_SHARE
    return Person(
        number=number,
        user_id=(4_102_000_000 if is_large else 20_000) + number,
        sex=sex,
        born=parameters.start - timedelta(days=int(age * 365.25)),
        first_name=str(random.choice(FIRST_NAMES)),
        last_name=str(random.choice(LAST_NAMES)),
        street_address=street(random),
        zip=10_000 + 100 * city + int(random.integers(100)),
        resting_hr=min(max(resting, _LOWEST_REST), _HIGHEST_REST),
        max_hr=max(208 - 0.7 * age + parameters.max_hr_sd * random.standard_normal(), 130.0),
        weight_kg=round(float(random.normal(82 if sex == "M" else 68, 12)), 1),
        fitness=fitness,
        tau_on_s=min(max(tau, 10.0), 90.0),
        tau_off_s=120 - 60 * fitness,
        noise_sd=float(random.uniform(parameters.noise_sd_low, parameters.noise_sd_high)),
        persona=persona,
        # Gamma with shape 4: most are near the mean, a few come nearly every day.
        visits_per_week=0.1
        if persona is Persona.DORMANT
        else float(parameters.visits_per_week * random.gamma(4, 0.25)),
        city=city,
        home_gym=int(random.integers(parameters.city_gyms)) + 1,
        registered_s=_registration(parameters, random),
        is_debezium=bool(random.random() < parameters.debezium_share),
    )


def _visits_per_week(parameters: Parameters, random: Random, persona: Persona) -> float:
    """Gamma with shape 4: most are near the mean, a few come nearly every day, and the dormant hardly ever."""
    spread = float(random.gamma(4, 0.25))
    if persona is Persona.DORMANT:
        return min(_DORMANT_VISITS, parameters.visits_per_week)
    return parameters.visits_per_week * spread / (1 - _PERSONAS["dormant"])


def street(random: Random) -> str:
    """Where somebody lives."""
    return f"{int(random.integers(1, 120))} {random.choice(STREETS)}"


def city_name(city: int) -> tuple[str, str]:
    """City and state of the members of a city."""
    name, state = CITIES[city % len(CITIES)]
    return (name, state) if city < len(CITIES) else (f"{name} {city // len(CITIES) + 1}", state)


def zone_of(parameters: Parameters, city: int) -> str:
    """Time zone of a city."""
    return parameters.zones[city % len(parameters.zones)]


def _registration(parameters: Parameters, random: Random) -> int:
    is_new, when = random.random() < parameters.new_member_share, random.random()
    first = first_second(parameters)
    if is_new:
        return int(first + when * parameters.days * DAY_S)
    return int(first - DAY_S - when * parameters.history_days * DAY_S)


def _correlated(correlation: float, with_this: float, own: float) -> float:
    return correlation * with_this + math.sqrt(1 - correlation**2) * own
