"""A member's day as the tracker sums it up, and what it reports later."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from simulator.world.people import city_name
from simulator.world.sent import Channel, CutOff, Fate, Sent, rejected, with_copies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.world.calendar import LocalDay
    from simulator.world.parameters import Parameters
    from simulator.world.people import Person
    from simulator.world.profiles import Absence
    from simulator.world.streams import Random
    from simulator.world.workouts import Workout

DAILY_ACTIVITY = Channel("daily_activity", "daily_activity")
_CUT_OFF = CutOff(("date_readable", "record_is_one_json_object", "user_id_is_a_number"))
_SIGMA = 0.6  # of steps: 27 % of the worn days have 10,000 or more
_WEATHER = ("sunny", "cloudy", "rainy", "windy", "snowy")
_MOODS = ("happy", "neutral", "tired", "stressed")
_KINDS = {1: "running", 2: "intervals", 3: "strength", 4: "class", 5: "swimming"}
_J_PER_CAL = 4.184
_AT_BIRTH, _PER_YEAR = 208.0, 0.7  # highest heart rate (Tanaka)
_YOUNGEST = 18.0


@dataclass(frozen=True, slots=True)
class Day:
    """What the tracker states in the end."""

    user_id: int
    date: date
    steps: int
    calories_burned: float
    distance_km: float
    active_minutes: int
    sleep_hours: float
    heart_rate_avg: float | None
    workout_type: str | None
    weather_conditions: str
    location: str
    mood: str
    timestamp: int
    """Epoch seconds of the record."""


def day_of(parameters: Parameters, random: Random, person: Person, day: LocalDay, workouts: Sequence[Workout]) -> Day:
    """The day's totals; energy follows from the heart rate in the workouts."""
    is_off, sleep, rate = random.random(), random.normal(7.1, 0.9), random.normal(14, 3)
    mean = math.log(parameters.steps_mean / max(1 - parameters.zero_day_share, 0.01)) - _SIGMA**2 / 2
    steps = 0 if is_off < parameters.zero_day_share else int(random.lognormal(mean, _SIGMA))
    minutes = sum(each.stop_s - each.start_s for each in workouts) / 60
    return Day(
        user_id=person.user_id,
        date=day.date,
        steps=steps,
        calories_burned=round(22 * person.weight_kg + 0.0005 * steps * person.weight_kg + _kcal(person, workouts), 1),
        distance_km=round(steps * 0.00073, 2),
        active_minutes=int(minutes + steps / 250),
        sleep_hours=round(min(max(sleep, 3.0), 11.0) * 4) / 4,
        heart_rate_avg=round(person.resting_hr + rate, 1) if steps else None,
        workout_type=_KINDS[workouts[0].programme] if workouts else None,
        weather_conditions=str(random.choice(_WEATHER)),
        location=city_name(person.city)[0],
        mood=str(random.choice(_MOODS)),
        timestamp=day.end_s + int(random.integers(1800, 6 * 3600)),
    )


def day_messages(parameters: Parameters, random: Random, day: Day, away: Absence | None) -> list[Sent]:
    """The record; for some days an earlier one with less, too. The last instant of the day decides who is a member."""
    is_restated, share = random.random(), random.uniform(0.4, 0.95)
    last = Sent(day.timestamp + 60, DAILY_ACTIVITY, _text(day))
    found = [last]
    if is_restated < parameters.restated_share and day.steps:
        early = replace(
            day,
            steps=int(day.steps * share),
            distance_km=round(day.distance_km * share, 2),
            timestamp=day.timestamp - int(random.integers(600, 3600)),
        )
        first = Sent(early.timestamp + 60, DAILY_ACTIVITY, _text(early), fate=Fate.SUPERSEDED, fault="restated later")
        found = [first, replace(last, fault="restatement")]
    if away is not None and away.has(_last_second(day.date)):
        found = [rejected(each, "member_is_not_deleted", fault="day after a delete") for each in found]
    return list(with_copies(parameters, random, found, _CUT_OFF))


def keytel_kcal_per_minute(person: Person, bpm: float, age: float) -> float:
    """Energy by heart rate (Keytel 2005)."""
    if person.sex == "M":
        joule = -55.0969 + 0.6309 * bpm + 0.1988 * person.weight_kg + 0.2017 * age
    else:
        joule = -20.4022 + 0.4472 * bpm - 0.1263 * person.weight_kg + 0.0740 * age
    return max(joule / _J_PER_CAL, 0.0)


def _kcal(person: Person, workouts: Sequence[Workout]) -> float:
    age = max((_AT_BIRTH - person.max_hr) / _PER_YEAR, _YOUNGEST)
    return sum(
        (segment.until_s - segment.from_s)
        / 60
        * keytel_kcal_per_minute(person, person.resting_hr + segment.effort * (person.max_hr - person.resting_hr), age)
        for workout in workouts
        for segment in workout.segments
    )


def _text(day: Day) -> str:
    record = {name: getattr(day, name) for name in Day.__slots__}
    return json.dumps({**record, "date": day.date.isoformat()})


def _last_second(day: date) -> float:
    """The end of a day of the pipeline, whose days are those of UTC."""
    return (datetime.combine(day, time(tzinfo=UTC)) + timedelta(days=1)).timestamp() - 1e-3
