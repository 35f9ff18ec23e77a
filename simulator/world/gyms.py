"""The gyms: capacity, opening hours, doors and their failures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.world.calendar import DAY_S, first_second
from simulator.world.names import GYM_NAMES
from simulator.world.people import city_name, zone_of
from simulator.world.sent import Channel, Sent
from simulator.world.streams import Part, stream

if TYPE_CHECKING:
    from simulator.world.parameters import Parameters
    from simulator.world.streams import Random

GYMS = Channel("gyms", "gyms", header="gym,name,time_zone,capacity,opens,closes,aliases")
_MONTH_S = 30 * DAY_S


@dataclass(frozen=True, slots=True)
class Gym:
    """A gym; hours are whole ones on its own clock."""

    gym: int
    name: str
    city: int
    time_zone: str
    capacity: int
    opens: int
    closes: int
    sends_events: bool
    """Whether its door sends an event for each login and logout, not a line a visit."""
    missing_logout_share: float
    outages: tuple[tuple[int, int], ...]
    """Epoch seconds [from, until) in which its door records nothing."""

    def is_recorded(self, at_s: float) -> bool:
        """Whether the door sees somebody at an instant."""
        return not any(start <= at_s < end for start, end in self.outages)


def gyms_of_city(parameters: Parameters, city: int) -> list[Gym]:
    """All gyms of a city."""
    first = city * parameters.city_gyms
    return [_gym(parameters, city, first + number + 1) for number in range(parameters.city_gyms)]


def gym_lines(parameters: Parameters, gyms: list[Gym]) -> list[Sent]:
    """What the first day says about the gyms."""
    return [
        Sent(
            first_second(parameters) + gym.gym / 1000,
            GYMS,
            f"{gym.gym},{gym.name},{gym.time_zone},{gym.capacity},{gym.opens:02}:00,{gym.closes:02}:00,",
        )
        for gym in gyms
    ]


def _gym(parameters: Parameters, city: int, number: int) -> Gym:
    random = stream(parameters.seed, Part.GYM, number)
    name = GYM_NAMES[(number - 1) % parameters.city_gyms % len(GYM_NAMES)]
    return Gym(
        gym=number,
        name=f"{city_name(city)[0]} {name}",
        city=city,
        time_zone=zone_of(parameters, city),
        capacity=int(random.integers(parameters.capacity_low, parameters.capacity_high + 1)),
        opens=int(random.choice((5, 6, 6, 7))),
        closes=int(random.choice((22, 23))),
        sends_events=bool(random.random() < parameters.event_door_share),
        missing_logout_share=float(random.uniform(parameters.missing_logout_low, parameters.missing_logout_high)),
        outages=tuple(_outages(parameters, stream(parameters.seed, Part.OUTAGES, number))),
    )


def _outages(parameters: Parameters, random: Random) -> list[tuple[int, int]]:
    at = float(first_second(parameters))
    end = at + parameters.days * DAY_S
    found: list[tuple[int, int]] = []
    while parameters.outages_per_month > 0:
        at += random.exponential(_MONTH_S / parameters.outages_per_month)
        if at >= end:
            break
        until = at + 3600 * random.lognormal(math.log(parameters.outage_median_hours), 1)
        found.append((int(at), int(until)))
        at = until
    return found
