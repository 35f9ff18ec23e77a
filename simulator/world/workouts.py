"""Workouts: programmes with their intensities and pauses, and the presses of start and stop."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from simulator.world.sent import Channel, CutOff, Sent, rejected, with_copies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simulator.world.calendar import LocalDay
    from simulator.world.parameters import Parameters
    from simulator.world.profiles import Absence
    from simulator.world.streams import Random
    from simulator.world.visits import Visit

WORKOUT = Channel("kafka_multiplex", "workout", topic="workout")
_CUT_OFF = CutOff(
    (
        "action_is_start_or_stop", "event_time_readable", "message_is_one_json_object", "session_id_is_a_number",
        "user_id_is_a_number", "workout_id_is_a_number",
    ),
)  # fmt: skip
IN_PAUSE = 0.12  # share of the heart-rate reserve
_SHORTEST_S = 480
_SHORTEST_WITH_PAUSE_S = 1200


class Programme(IntEnum):
    """What is trained; the number is the workout_id."""

    STEADY = 1
    INTERVAL = 2
    STRENGTH = 3
    CLASS = 4
    SWIM = 5


_SHARES = {
    Programme.STEADY: 0.3, Programme.INTERVAL: 0.15, Programme.STRENGTH: 0.33, Programme.CLASS: 0.15,
    Programme.SWIM: 0.07,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of constant effort [from_s, until_s), as a share of the heart-rate reserve."""

    from_s: int
    until_s: int
    effort: float


@dataclass(frozen=True, slots=True)
class Workout:
    """A workout as it really was, in epoch seconds; pauses are [from, until) between start and stop."""

    session_id: int
    programme: Programme
    start_s: int
    stop_s: int
    pauses: tuple[tuple[int, int], ...]
    segments: tuple[Segment, ...]
    """From start to stop, pauses included."""
    dead_s: int
    """Seconds until the heart follows."""
    drift_bpm_per_minute: float
    gym: int | None
    """None outside of gyms."""
    is_start_sent: bool
    is_stop_sent: bool


def workout_of_visit(parameters: Parameters, random: Random, visit: Visit, session_id: int) -> Workout | None:
    """Starts about five minutes after the login and takes 75 to 90 % of the visit; None without a recording."""
    is_recorded, wait_s, share = random.random(), random.uniform(180, 420), random.uniform(0.75, 0.9)
    start = visit.login_s + int(wait_s)
    stop = min(start + int(share * (visit.logout_s - visit.login_s)), visit.logout_s - 30)
    if is_recorded >= parameters.workout_share or stop - start < _SHORTEST_S:
        return None
    return make_workout(parameters, random, (start, stop), session_id, visit.gym)


def outdoor_workout(
    parameters: Parameters, random: Random, day: LocalDay, visits: list[Visit], session_id: int
) -> Workout | None:
    """A run or ride on a day without visit, if there is one."""
    is_done, hour, minutes = random.random(), random.uniform(7, 19), random.uniform(25, 75)
    if visits or is_done >= parameters.outdoor_per_week / 7:
        return None
    start = day.start_s + int(hour * 3600)
    return make_workout(parameters, random, (start, start + int(60 * minutes)), session_id, None)


def make_workout(
    parameters: Parameters, random: Random, times: tuple[int, int], session_id: int, gym: int | None
) -> Workout:
    """A workout in [start, stop)."""
    start, stop = times
    programme = Programme(random.choice(list(_SHARES), p=list(_SHARES.values()))) if gym else Programme.STEADY
    pauses = tuple(_pauses(parameters, random, start, stop))
    is_lost = float(random.random())
    start_is_lost = is_lost < parameters.orphan_stop_share
    stop_is_lost = not start_is_lost and is_lost < parameters.orphan_stop_share + parameters.missing_stop_share
    return Workout(
        session_id=session_id,
        programme=programme,
        start_s=start,
        stop_s=stop,
        pauses=() if start_is_lost else pauses,
        segments=tuple(_with_pauses(list(_segments(random, programme, start, stop)), () if start_is_lost else pauses)),
        dead_s=int(random.integers(0, 21)),
        drift_bpm_per_minute=float(random.uniform(0.05, 0.1)),
        gym=gym,
        is_start_sent=not start_is_lost,
        is_stop_sent=not stop_is_lost,
    )


def workout_messages(
    parameters: Parameters, random: Random, user_id: int, workout: Workout, clock_offset_ms: int, away: Absence | None
) -> list[Sent]:
    """Presses of start and stop on the clock of the device; a former member's are rejected."""
    form = int(random.integers(4))
    found = []
    for action, at_s in presses(workout):
        device_s = at_s + round(clock_offset_ms / 1000)
        value = {
            "user_id": user_id,
            "workout_id": int(workout.programme),
            "timestamp": (device_s, float(device_s), device_s * 1000, device_s)[form],
            "action": action,
            "session_id": workout.session_id,
        }
        sent = Sent(at_s + 1.5, WORKOUT, json.dumps(value), key=str(user_id))
        is_gone = away is not None and away.has(device_s)
        found.append(rejected(sent, "member_is_not_deleted", fault="workout after a delete") if is_gone else sent)
    return list(with_copies(parameters, random, found, _CUT_OFF))


def presses(workout: Workout) -> Iterator[tuple[str, int]]:
    """What was pressed and sent, in order."""
    if workout.is_start_sent:
        yield "start", workout.start_s
    for start, end in workout.pauses:
        yield "stop", start
        yield "start", end
    if workout.is_stop_sent:
        yield "stop", workout.stop_s


def _pauses(parameters: Parameters, random: Random, start: int, stop: int) -> Iterator[tuple[int, int]]:
    has_pause, number = random.random(), int(random.integers(1, 3))
    if has_pause >= parameters.pause_share or stop - start < _SHORTEST_WITH_PAUSE_S:
        return
    part = (stop - start) // (number + 1)
    for pause in range(number):
        begin = start + part * pause + int(part * random.uniform(0.5, 0.9))
        length = int(min(random.uniform(45, 385), part * 0.6))
        yield begin, begin + length


def _segments(random: Random, programme: Programme, start: int, stop: int) -> Iterator[Segment]:
    """Efforts one after the other; the last one ends with the workout."""
    at = start
    for seconds, effort in _EFFORTS[programme](random):
        end = min(at + int(seconds), stop)
        yield Segment(at, end, effort)
        at = end
        if at >= stop:
            return


def _steady(random: Random) -> Iterator[tuple[float, float]]:
    yield random.uniform(180, 480), random.uniform(0.4, 0.55)
    steady = random.uniform(0.58, 0.78)
    while True:
        yield random.uniform(240, 600), steady + random.normal(0, 0.02)


def _interval(random: Random) -> Iterator[tuple[float, float]]:
    """Four times four minutes, after a warm-up."""
    yield 600, random.uniform(0.5, 0.6)
    for _ in range(4):
        yield 240, random.uniform(0.84, 0.94)
        yield 180, random.uniform(0.5, 0.6)
    while True:
        yield 300, random.uniform(0.38, 0.5)


def _strength(random: Random) -> Iterator[tuple[float, float]]:
    """Sets and rests: a saw-tooth."""
    yield 300, random.uniform(0.35, 0.5)
    while True:
        yield random.uniform(30, 50), random.uniform(0.6, 0.8)
        yield random.uniform(60, 120), random.uniform(0.28, 0.42)


def _class(random: Random) -> Iterator[tuple[float, float]]:
    yield 300, random.uniform(0.4, 0.5)
    while True:
        yield random.uniform(120, 300), random.uniform(0.48, 0.86)


def _swim(random: Random) -> Iterator[tuple[float, float]]:
    """Lengths, and rests at the wall."""
    while True:
        yield random.uniform(200, 400), random.uniform(0.5, 0.7)
        yield random.uniform(20, 60), random.uniform(0.35, 0.5)


_EFFORTS: dict[Programme, Callable[[Random], Iterator[tuple[float, float]]]] = {
    Programme.STEADY: _steady,
    Programme.INTERVAL: _interval,
    Programme.STRENGTH: _strength,
    Programme.CLASS: _class,
    Programme.SWIM: _swim,
}


def _with_pauses(segments: list[Segment], pauses: tuple[tuple[int, int], ...]) -> Iterator[Segment]:
    """The segments with what lies in a pause replaced by rest."""
    for segment in segments:
        at = segment.from_s
        for start, end in pauses:
            if end <= at or start >= segment.until_s:
                continue
            if at < start:
                yield Segment(at, start, segment.effort)
            yield Segment(max(at, start), min(end, segment.until_s), IN_PAUSE)
            at = min(end, segment.until_s)
        if at < segment.until_s:
            yield Segment(at, segment.until_s, segment.effort)
