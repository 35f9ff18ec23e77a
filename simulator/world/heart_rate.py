"""Heart rate of a member's day: when a device is worn, and what the heart does at rest and in exercise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.world.recurrences import noise
from simulator.world.workouts import Programme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.world.calendar import LocalDay
    from simulator.world.parameters import Parameters
    from simulator.world.people import Person
    from simulator.world.streams import Random
    from simulator.world.workouts import Workout

# Mean of wrist trackers by hour: lowest at 5 h, 15 below the mean of daily life, highest at 9 h, 9 above it.
HOURLY = np.array([-9, -11, -13, -13.5, -14, -16, -9, 0, 6, 9, 8, 7, 7, 5, 4, 5, 6, 8, 7, 5, 3, 1, -3, -6.0])
ABOVE_REST = 15.0
"""Of the mean of daily life; so the lowest hour is the resting heart rate."""
_SLOW_TAU_S, _SLOW_SD = 300.0, 4.0  # standing up, sitting down, walking
_BEFORE_S, _AFTER_S, _RECOVERY_S = 60, 120, 600
_LOWEST_BPM = 28.0
_HIGH_ABOVE_REST, _LOW_BPM = (65.0, 85.0), (33.0, 38.0)


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch [from_s, until_s) in which the heart is not as usual; `kind` is high, low or illness."""

    kind: str
    from_s: int
    until_s: int
    bpm: float
    """What is added at rest; the rate itself if it is low."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a day asks of a heart."""

    day: LocalDay
    workouts: Sequence[Workout]
    episodes: Sequence[Episode]


def worn_seconds(
    parameters: Parameters, random: Random, day: LocalDay, workouts: Sequence[Workout]
) -> NDArray[np.int64]:
    """True times of all readings of a day, ascending, each once."""
    is_off, share, place = random.random(), random.normal(1, 0.08), random.random()
    length = int(min(parameters.wear_share * max(share, 0.5), 1.0) * day.length_s)
    begin = day.start_s + int(place * (day.length_s - length))
    spacing = np.array(parameters.rest_sampling_s)
    mix = np.array(parameters.rest_sampling_mix) / sum(parameters.rest_sampling_mix)
    number = 0 if is_off < parameters.not_worn_share else int(length / spacing.min()) + 1
    rest = begin + np.cumsum(random.choice(spacing, size=number, p=mix)).astype(np.int64)
    rest = rest[rest < begin + length]
    every = parameters.workout_sampling_s
    windows = [(workout.start_s - _BEFORE_S, workout.stop_s + _AFTER_S) for workout in workouts]
    for start, end in windows:
        rest = rest[(rest < start) | (rest >= end)]
    dense = [np.arange(start, min(end, day.end_s), every, dtype=np.int64) for start, end in windows]
    times = np.unique(np.concatenate([rest, *dense]))
    return times[times >= day.start_s]


def heart_rates(
    parameters: Parameters,
    random: Random,
    person: Person,
    times: NDArray[np.int64],
    asked: Demand,
) -> NDArray[np.float64]:
    """The true heart rate at each time, to a tenth of a beat."""
    day, workouts, episodes = asked.day, asked.workouts, asked.episodes
    rest = resting_level(person, times, day)
    slow = noise(random, times, np.exp(-1 / _SLOW_TAU_S), _SLOW_SD)
    level = rest + np.where(rest < person.resting_hr + ABOVE_REST / 2, slow / 2, slow)
    level = with_episodes(level, times, episodes)
    for workout in workouts:
        inside = slice(*np.searchsorted(times, (workout.start_s, workout.stop_s + _RECOVERY_S)))
        if inside.start < inside.stop:
            level[inside] = exercise(person, workout, times[inside], level[inside])
    level += noise(random, times, parameters.noise_phi, person.noise_sd)
    return np.asarray(np.round(np.clip(level, _LOWEST_BPM, person.max_hr + 2), 1), dtype=np.float64)


def resting_level(person: Person, times: NDArray[np.int64], day: LocalDay) -> NDArray[np.float64]:
    """What daily life asks of a heart, by the hour."""
    hours = (times - day.start_s) / 3600
    profile = np.interp(hours - 0.5, np.arange(-1, 26), np.concatenate([HOURLY[-1:], HOURLY, HOURLY[:2]]))
    return np.asarray(person.resting_hr + ABOVE_REST + profile, dtype=np.float64)


def with_episodes(
    level: NDArray[np.float64], times: NDArray[np.int64], episodes: Sequence[Episode]
) -> NDArray[np.float64]:
    """What differs from the usual."""
    for episode in episodes:
        inside = slice(*np.searchsorted(times, (episode.from_s, episode.until_s)))
        if episode.kind == "low":
            level[inside] = episode.bpm
        else:
            level[inside] += episode.bpm
    return level


def exercise(
    person: Person, workout: Workout, times: NDArray[np.int64], rest: NDArray[np.float64]
) -> NDArray[np.float64]:
    """First-order answer to the effort after a dead time, from the start to the end of the recovery.

    The heart rises with `tau_on_s`, falls with `tau_off_s`, and drifts upwards as long as the exercise lasts.
    """
    reserve = person.max_hr - person.resting_hr
    rates = np.array(rest, dtype=np.float64)
    now = float(rest[0])
    for segment in workout.segments:
        begin, end = segment.from_s + workout.dead_s, segment.until_s + workout.dead_s
        target = person.resting_hr + segment.effort * reserve
        tau = person.tau_on_s if target > now else person.tau_off_s
        inside = slice(*np.searchsorted(times, (begin, end)))
        minutes = (times[inside] - workout.start_s) / 60
        rates[inside] = target + (now - target) * np.exp(-(times[inside] - begin) / tau)
        rates[inside] += workout.drift_bpm_per_minute * minutes
        now = target + (now - target) * float(np.exp(-(end - begin) / tau))
    stop = workout.stop_s + workout.dead_s
    after = slice(int(np.searchsorted(times, stop)), len(times))
    above = now + workout.drift_bpm_per_minute * (stop - workout.start_s) / 60 - rest[after]
    rates[after] = rest[after] + above * np.exp(-(times[after] - stop) / person.tau_off_s)
    return rates


def illnesses(parameters: Parameters, random: Random, begin_s: int, end_s: int) -> list[Episode]:
    """Days on which all of the day is faster."""
    found: list[Episode] = []
    at = float(begin_s)
    while parameters.illnesses_per_month > 0:
        at += random.exponential(30 * 86_400 / parameters.illnesses_per_month)
        length_s, bpm = random.uniform(3, 6) * 86_400, parameters.illness_bpm * random.uniform(0.8, 1.2)
        if at >= end_s:
            break
        found.append(Episode("illness", int(at), int(at + length_s), round(bpm, 1)))
        at += length_s
    return found


def emergencies(
    parameters: Parameters,
    random: Random,
    times: NDArray[np.int64],
    workouts: Sequence[Workout],
) -> list[Episode]:
    """Stretches of 15 to 40 minutes of a worn day in which the heart races at rest, or is too slow."""
    found: list[Episode] = []
    for kind, per_month, bpm in (
        ("high", parameters.high_episodes_per_month, random.uniform(*_HIGH_ABOVE_REST)),
        ("low", parameters.low_episodes_per_month, random.uniform(*_LOW_BPM)),
    ):
        happens, place, length_s = random.random(), random.random(), random.uniform(900, 2400)
        if happens >= per_month / 30 or len(times) == 0:
            continue
        begin = int(times[int(place * len(times))])
        episode = Episode(kind, begin, begin + int(length_s), round(float(bpm), 1))
        apart = all(
            episode.until_s + 3600 < each.start_s or episode.from_s > each.stop_s + 3600 for each in workouts
        ) and all(episode.from_s > each.until_s for each in found)
        if apart:
            found.append(episode)
    return found


def swims(workouts: Sequence[Workout]) -> list[tuple[int, int]]:
    """[from, until) of workouts in water, where straps lose contact."""
    return [(each.start_s, each.stop_s) for each in workouts if each.programme is Programme.SWIM]
