"""The generated distributions against the sources of the parameters; docs/simulator.md names them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from simulator.world import faults
from simulator.world.calendar import local_day
from simulator.world.daily_activity import day_of
from simulator.world.doors import recorded
from simulator.world.faults import Fault
from simulator.world.heart_rate import HOURLY, Demand, exercise, heart_rates, worn_seconds
from simulator.world.parameters import Parameters
from simulator.world.people import Person, person
from simulator.world.plan import World, plan
from simulator.world.profiles import absence, changes
from simulator.world.readings import messages_of_day
from simulator.world.recurrences import linear_recurrence, noise
from simulator.world.streams import Part, stream
from simulator.world.visits import WEEKDAYS
from simulator.world.workouts import IN_PAUSE, Programme, Segment, Workout

PARAMETERS = Parameters(members=300, days=28, outages_per_month=0)
DAY = local_day(PARAMETERS.start, 0, "UTC")
NOBODY = person(PARAMETERS, 0)


@cache
def people() -> list[Person]:
    return [person(PARAMETERS, number) for number in range(2000)]


@cache
def world() -> World:
    return plan(PARAMETERS)


def dice(number: int = 0) -> np.random.Generator:
    return stream(PARAMETERS.seed, Part.HEART, number)


def steady(start_s: int, minutes: int, effort: float, programme: Programme = Programme.STEADY) -> Workout:
    stop_s = start_s + 60 * minutes
    segments = (Segment(start_s, stop_s, effort),)
    return Workout(1, programme, start_s, stop_s, (), segments, 0, 0.0, 1, is_start_sent=True, is_stop_sent=True)


def test_resting_heart_rate() -> None:
    rates = np.array([each.resting_hr for each in people()])  # Quer 2020: mean 65, range 40 to 109
    assert rates.mean() == pytest.approx(65, abs=0.6)
    assert rates.std() == pytest.approx(8, abs=0.4)
    assert rates.min() >= 40


def test_highest_heart_rate() -> None:
    ages = np.array([(PARAMETERS.start - each.born).days / 365.25 for each in people()])
    above = np.array([each.max_hr for each in people()]) - (208 - 0.7 * ages)  # Tanaka 2001
    assert above.mean() == pytest.approx(0, abs=0.7)
    assert above.std() == pytest.approx(10, abs=0.6)
    assert (ages.min() >= 18, ages.max() <= 80) == (True, True)


def test_fit_hearts_beat_slower_and_recover_faster() -> None:
    fitness = np.array([each.fitness for each in people()])
    assert np.corrcoef(fitness, [each.resting_hr for each in people()])[0, 1] == pytest.approx(-0.5, abs=0.06)
    assert {60 <= each.tau_off_s <= 120 for each in people()} == {True}


def test_time_constants_of_onsets() -> None:
    taus = np.array([each.tau_on_s for each in people()])  # recorded onsets: median 29, 10 to 90
    assert np.median(taus) == pytest.approx(30, abs=1.5)
    assert (taus.min() >= 10, taus.max() <= 90) == (True, True)


def test_noise_remembers_a_second() -> None:
    values = noise(dice(), np.arange(50_000), 0.93, 3.0)
    assert np.corrcoef(values[:-1], values[1:])[0, 1] == pytest.approx(0.93, abs=0.01)
    assert values.std() == pytest.approx(3.0, abs=0.25)


def test_noise_forgets_over_gaps() -> None:
    values = noise(dice(), np.arange(0, 500_000, 10), 0.93, 3.0)
    assert np.corrcoef(values[:-1], values[1:])[0, 1] == pytest.approx(0.93**10, abs=0.02)
    assert values.std() == pytest.approx(3.0, abs=0.1)


def test_recurrence_is_exact() -> None:
    random = dice()
    factors, terms = random.uniform(0, 1, 300) ** 0.1, random.normal(size=300)
    wanted = [terms[0]]
    for factor, term in zip(factors[1:], terms[1:], strict=True):
        wanted.append(factor * wanted[-1] + term)
    assert np.abs(linear_recurrence(factors, terms) - wanted).max() < 1e-6


def test_rest_follows_the_hours_of_wrist_trackers() -> None:
    times = np.arange(DAY.start_s, DAY.end_s, 60)
    days = [heart_rates(PARAMETERS, dice(number), NOBODY, times, Demand(DAY, (), ())) for number in range(60)]
    by_hour = np.array(days).reshape(60, 24, 60).mean(axis=(0, 2))
    assert by_hour - NOBODY.resting_hr == pytest.approx(15 + HOURLY, abs=1.5)
    assert (by_hour.argmin(), by_hour.argmax()) == (5, 9)


def test_noise_of_workouts_is_that_of_recorded_ones() -> None:
    own = np.array([_noise_of_workout(each) for each in people()[:30]])
    assert 0.91 <= np.median(own[:, 0]) <= 0.98  # lag-1 correlation
    assert own[:, 1].min() >= 1.2  # bpm
    assert own[:, 1].max() <= 5.7


def _noise_of_workout(who: Person) -> tuple[float, float]:
    """Lag-1 correlation and deviation round the median of a minute."""
    workout = steady(DAY.start_s + 36_000, 60, 0.7)
    times = np.arange(workout.start_s, workout.stop_s)
    demand = Demand(DAY, (workout,), ())
    rates = heart_rates(PARAMETERS, dice(who.number), who, times, demand)[600:]
    around = rates.reshape(-1, 60) - np.median(rates.reshape(-1, 60), axis=1)[:, None]
    return float(np.corrcoef(rates[:-1], rates[1:])[0, 1]), float(around.std())


def test_step_at_the_start_of_a_workout() -> None:
    workout = steady(0, 30, 0.6)
    rates = exercise(NOBODY, workout, np.arange(1800), np.full(1800, 70.0))
    target = NOBODY.resting_hr + 0.6 * (NOBODY.max_hr - NOBODY.resting_hr)
    after_tau = rates[round(NOBODY.tau_on_s)]
    assert after_tau == pytest.approx(70 + (1 - np.exp(-1)) * (target - 70), abs=0.5)
    assert rates[-1] == pytest.approx(target, abs=0.1)


def test_pauses_drop_as_recorded_ones() -> None:
    drops = []
    for who in people()[:200]:
        segments = (Segment(0, 1200, 0.65), Segment(1200, 1290, IN_PAUSE), Segment(1290, 1800, 0.65))
        workout = replace(steady(0, 30, 0.65), segments=segments, pauses=((1200, 1290),))
        rates = exercise(who, workout, np.arange(1800), np.full(1800, 70.0))
        drops.append(rates[1199] - rates[1289])
    assert 9 <= np.median(drops) <= 45  # recorded: 9 to 35 bpm in 45 to 140 s


def test_recovery_after_the_stop() -> None:
    workout = steady(0, 30, 0.75)
    recovery = [_recovery(who, workout) for who in people()[:300]]
    assert 12 < np.mean(recovery) < 50  # active men after vigorous exercise: 15 and more in the first minute


def _recovery(who: Person, workout: Workout) -> float:
    rates = exercise(who, workout, np.arange(1900), np.full(1900, who.resting_hr + 15))
    return float(rates[1799] - rates[1860])


def test_weekdays_and_hours_of_visits() -> None:
    visits = [(visit, today.day) for member in world().members for today in member.days for visit in today.visits]
    days = Counter(day.date.weekday() for _, day in visits)
    shares = np.array([days[weekday] for weekday in range(7)]) / len(visits)
    assert shares == pytest.approx(np.array(WEEKDAYS) / sum(WEEKDAYS), abs=0.03)
    hours = Counter(int((visit.login_s - day.start_s) // 3600) for visit, day in visits)
    assert max(hours, key=lambda hour: hours[hour]) in {17, 18}
    assert hours[7] > hours[9]
    assert hours[12] > hours[14]


def test_length_of_visits() -> None:
    minutes = np.array([(visit.logout_s - visit.login_s) / 60 for visit in _visits()])
    assert minutes.mean() == pytest.approx(69, abs=3)  # PureGym
    assert np.quantile(minutes, 0.9) == pytest.approx(110, abs=6)


def _visits() -> list[Any]:
    return [visit for member in world().members for today in member.days for visit in today.visits]


def test_workouts_of_visits() -> None:
    shares, waits = [], []
    for member in world().members:
        for today in member.days:
            for workout in (each for each in today.workouts if each.gym):
                (visit,) = (each for each in today.visits if each.login_s <= workout.start_s < each.logout_s)
                shares.append((workout.stop_s - workout.start_s) / (visit.logout_s - visit.login_s))
                waits.append((workout.start_s - visit.login_s) / 60)
    assert 0.75 < np.mean(shares) < 0.9
    assert np.mean(waits) == pytest.approx(5, abs=0.3)


def test_missing_logouts() -> None:
    shares = []
    for gym in world().gyms:
        seen = [recorded(PARAMETERS, dice(number), gym, _visits()[0]) for number in range(500)]
        shares.append(np.mean([each is not None and each.logout_s is None for each in seen]))
        assert shares[-1] == pytest.approx(gym.missing_logout_share, abs=0.06)
    assert 0.2 - 0.06 < min(shares) <= max(shares) < 0.6 + 0.06


def test_sampling_at_rest() -> None:
    spacing: Counter[int] = Counter()
    readings = []
    for number in range(40):
        times = worn_seconds(PARAMETERS, dice(number), DAY, ())
        spacing.update(np.diff(times).tolist())
        readings.append(len(times))
    shares = np.array([spacing[seconds] for seconds in (5, 10, 15)]) / sum(spacing.values())
    assert shares == pytest.approx([0.47, 0.29, 0.24], abs=0.01)
    assert np.mean([each for each in readings if each]) == pytest.approx(6200, rel=0.05)


def test_sampling_in_workouts() -> None:
    workout = steady(DAY.start_s + 36_000, 45, 0.7)
    times = worn_seconds(PARAMETERS, dice(), DAY, (workout,))
    inside = times[(times >= workout.start_s) & (times < workout.stop_s)]
    assert np.array_equal(inside, np.arange(workout.start_s, workout.stop_s))


def test_dropouts_in_water() -> None:
    swims = [(0, 3600)]
    times = np.arange(3600)
    calm = replace(PARAMETERS, dropouts_per_hour=0)
    lost = [1 - faults.without_dropouts(calm, dice(number), times, swims).mean() for number in range(150)]
    assert np.mean(lost) == pytest.approx(0.27, abs=0.03)


def test_shares_of_faults() -> None:
    busy = replace(PARAMETERS, days=2, members=40)
    found = [
        messages_of_day(busy, member, today, {worn.device.device_id: 0 for worn in member.worn})[0]
        for member in plan(busy).members
        for today in member.days
    ]
    messages = faults.together([each for of_day in found for each in of_day])
    share = {fault: float(np.mean(messages.fault == fault)) for fault in Fault}
    assert share[Fault.ZERO] + share[Fault.NULL_RATE] == pytest.approx(0.005 + 0.001 / 3, rel=0.1)
    assert share[Fault.SENT_TWICE] == pytest.approx(0.005, rel=0.15)
    assert share[Fault.CUT_OFF] + share[Fault.CUT_OFF_ENVELOPE] == pytest.approx(0.0005, rel=0.25)
    assert share[Fault.SPIKE] == pytest.approx(0.0001, rel=0.5)
    assert share[Fault.CONFLICT] / 2 == pytest.approx(0.0002, rel=0.4)


def test_late_readings() -> None:
    times = np.arange(0, 30 * 86_400, 60)
    waits = (faults.arrivals(PARAMETERS, dice(), times) - times * 1000) / 3_600_000
    late = waits > 0.05
    assert late.mean() == pytest.approx(0.03, abs=0.008)
    assert np.mean(waits[late] < 6.2) == pytest.approx(0.99, abs=0.015)


def test_steps_of_days() -> None:
    steps = np.array([day_of(PARAMETERS, dice(number), NOBODY, DAY, ()).steps for number in range(3000)])
    assert steps.mean() == pytest.approx(7600, rel=0.05)
    assert np.mean(steps == 0) == pytest.approx(0.08, abs=0.015)
    assert np.mean(steps >= 10_000) == pytest.approx(0.25, abs=0.03)


def test_changes_of_profiles() -> None:
    long = Parameters(members=1, days=720, delete_per_month=0, new_member_share=0, history_days=1)
    own = [[each.at_s for each in changes(long, person(long, number))] for number in range(400)]
    updates = [np.diff(times[1:]) for times in own]
    assert np.mean([len(times) - 1 for times in own]) == pytest.approx(4, rel=0.08)  # one in 180 days
    gaps = np.concatenate(updates)
    assert 0.2 < np.mean(gaps < 120) < 0.6  # the bursts


def test_leaving_members() -> None:
    month = Parameters(members=1, days=30, new_member_share=0)
    lives = [absence(month, who) for who in people()]
    assert np.mean([life is not None for life in lives]) == pytest.approx(0.01, abs=0.005)
