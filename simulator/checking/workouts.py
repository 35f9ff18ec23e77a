"""Workouts as the presses of start and stop make them, one member after the other."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb

_LIMIT = timedelta(hours=3)  # of a session without any press
_AT = pa.timestamp("us", "UTC")
_WORKOUTS = pa.schema(
    [
        ("user_id", pa.int64()), ("workout_id", pa.int64()), ("session_id", pa.int64()), ("started_at", _AT),
        ("ended_at", _AT), ("status", pa.string()), ("starts", pa.int32()), ("stops", pa.int32()),
    ]
)  # fmt: skip
_INTERVALS = pa.schema(
    [
        ("user_id", pa.int64()), ("workout_id", pa.int64()), ("session_id", pa.int64()), ("started_at", _AT),
        ("interval_start", _AT), ("interval_end", _AT), ("latest_start", _AT), ("ended_by", pa.string()),
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Press:
    """Start or stop of a session; at one instant a stop comes before a start."""

    at: datetime
    is_start: bool
    workout_id: int
    session_id: int


@dataclass(slots=True)
class Interval:
    """Time in which the timer runs."""

    start: datetime
    latest_start: datetime
    end: datetime | None = None
    ended_by: str = "open"


@dataclass(slots=True)
class Workout:
    """A session from its first start on; an orphan stop has no interval."""

    workout_id: int
    session_id: int
    status: str = "open"
    ended_at: datetime | None = None
    intervals: list[Interval] = field(default_factory=list)
    starts: int = 0
    stops: int = 0

    @property
    def started_at(self) -> datetime | None:
        """The first start."""
        return self.intervals[0].start if self.intervals else None

    def end(self, at: datetime, status: str, ended_by: str) -> None:
        """The timer stops, if it runs; the end of the workout moves in any case."""
        if self.intervals and self.intervals[-1].end is None:
            self.intervals[-1].end, self.intervals[-1].ended_by = at, ended_by
        self.status, self.ended_at = status, at


def add_workouts(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables expected.workouts and expected.workout_intervals."""
    presses: defaultdict[int, set[Press]] = defaultdict(set)
    for user_id, at, action, workout_id, session_id in connection.execute(
        "SELECT user_id, event_time, action, workout_id, session_id FROM expected.workout_events"
    ).fetchall():
        presses[user_id].add(Press(at, action == "start", workout_id, session_id))
    readings: defaultdict[int, list[datetime]] = defaultdict(list)
    for user_id, at in connection.execute(
        "SELECT user_id, event_time FROM expected.heart_rate WHERE status = 'valid' ORDER BY event_time"
    ).fetchall():
        readings[user_id].append(at)
    ((now,),) = connection.execute("SELECT latest_event_at FROM expected.data_clock").fetchall()
    made = {user_id: workouts_of(own, readings[user_id], now) for user_id, own in presses.items()}
    for name, table in (("workouts", _workouts(made)), ("workout_intervals", _intervals(made))):
        connection.register(f"made_{name}", table)
        connection.execute(f"CREATE TABLE expected.{name} AS FROM made_{name}")


def workouts_of(presses: Iterable[Press], readings: Sequence[datetime], now: datetime) -> list[Workout]:
    """All workouts of a member; what nobody stopped ends with the last reading within the limit."""
    found: list[Workout] = []
    running: Workout | None = None
    for press in sorted(presses):
        if running and _forgotten(running, press.at, readings):
            running = None
        session = (press.workout_id, press.session_id)
        if press.is_start:
            if running and session != (running.workout_id, running.session_id):
                running.end(press.at, "superseded", "superseded")
                running = None
            running = running or _stopped(found, press) or _begun(found, press)
            _start(running, press.at)
        elif running and session == (running.workout_id, running.session_id):
            _stop(running, press.at)
            running = None
        else:
            stopped = _stopped(found, press)
            if stopped:
                _stop(stopped, press.at)
            else:
                orphan = _begun(found, press)
                orphan.end(press.at, "orphan_stop", "stop")
                orphan.stops = 1
    if running:
        _forgotten(running, now, readings)
    return found


def _start(workout: Workout, at: datetime) -> None:
    workout.status, workout.ended_at = "open", None
    workout.starts += 1
    if workout.intervals and workout.intervals[-1].end is None:
        workout.intervals[-1].latest_start = at
    else:
        workout.intervals.append(Interval(at, at))


def _stop(workout: Workout, at: datetime) -> None:
    workout.end(at, "completed", "stop")
    workout.stops += 1


def _begun(found: list[Workout], press: Press) -> Workout:
    found.append(Workout(press.workout_id, press.session_id))
    return found[-1]


def _stopped(found: list[Workout], press: Press) -> Workout | None:
    """The latest stopped workout of the session, if it may go on."""
    for workout in reversed(found):
        if (workout.workout_id, workout.session_id) == (press.workout_id, press.session_id):
            if workout.status == "completed" and workout.ended_at and press.at <= workout.ended_at + _LIMIT:
                return workout
            if workout.status == "completed":
                return None
    return None


def _forgotten(workout: Workout, at: datetime, readings: Sequence[datetime]) -> bool:
    latest = workout.intervals[-1].latest_start
    deadline = latest + _LIMIT
    if at <= deadline:
        return False
    inside = readings[bisect_left(readings, latest) : bisect_left(readings, deadline)]
    workout.end(inside[-1] if inside else latest, "abandoned", "abandoned")
    return True


def _workouts(made: Mapping[int, Sequence[Workout]]) -> pa.Table:
    rows = [
        {
            "user_id": user_id,
            **{name: getattr(each, name) for name in _WORKOUTS.names if name != "user_id"},
        }
        for user_id, own in made.items()
        for each in own
    ]
    return pa.Table.from_pylist(rows, _WORKOUTS)


def _intervals(made: Mapping[int, Sequence[Workout]]) -> pa.Table:
    rows = [
        {
            "user_id": user_id,
            "workout_id": workout.workout_id,
            "session_id": workout.session_id,
            "started_at": workout.started_at,
            "interval_start": interval.start,
            "interval_end": interval.end,
            "latest_start": interval.latest_start,
            "ended_by": interval.ended_by,
        }
        for user_id, own in made.items()
        for workout in own
        for interval in workout.intervals
    ]
    return pa.Table.from_pylist(rows, _INTERVALS)
