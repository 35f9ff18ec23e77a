"""From start and stop presses to workouts: one state machine a member."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.oracle.settings import LIMITS
from tests.oracle.times import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from tests.oracle.rows import WorkoutEvent

    LastReading = Callable[[int, datetime, datetime], datetime | None]


@dataclass(slots=True, kw_only=True)
class Interval:
    """A stretch in which the timer ran, with the presses up to the next stretch."""

    interval_start: datetime
    latest_start: datetime
    interval_end: datetime | None = None
    ended_by: str = "open"
    last_stop: datetime | None = None
    starts: int = 1
    stops: int = 0

    @property
    def active_s(self) -> float:
        return seconds(self.interval_end - self.interval_start) if self.interval_end else 0.0


@dataclass(slots=True, kw_only=True)
class Workout:
    """A session of a member between its first start and what ended it."""

    user_id: int
    workout_id: int
    session_id: int
    started_at: datetime | None
    ended_at: datetime | None = None
    status: str = "open"
    intervals: list[Interval] = field(default_factory=list)

    @property
    def session(self) -> tuple[int, int]:
        return self.workout_id, self.session_id

    @property
    def running(self) -> Interval | None:
        return self.intervals[-1] if self.intervals and self.intervals[-1].interval_end is None else None

    def start(self, when: datetime) -> None:
        self.status, self.ended_at = "open", None
        running = self.running
        if running is None:
            self.intervals.append(Interval(interval_start=when, latest_start=when))
        else:
            running.starts, running.latest_start = running.starts + 1, when

    def stop(self, when: datetime) -> None:
        self.end(when, status="completed", ended_by="stop")
        self.intervals[-1].last_stop = when
        self.intervals[-1].stops += 1

    def end(self, when: datetime, *, status: str, ended_by: str) -> None:
        if self.running is not None:
            self.running.ended_by, self.running.interval_end = ended_by, when
        self.status, self.ended_at = status, when

    @property
    def elapsed_s(self) -> float | None:
        if self.started_at is None or self.ended_at is None:
            return None
        return seconds(self.ended_at - self.started_at)

    @property
    def active_s(self) -> float | None:
        if self.started_at is None or self.ended_at is None:
            return None
        return sum(interval.active_s for interval in self.intervals)

    @property
    def starts(self) -> int:
        return sum(interval.starts for interval in self.intervals)

    @property
    def stops(self) -> int:
        return 1 if self.status == "orphan_stop" else sum(interval.stops for interval in self.intervals)


def workouts(events: Iterable[WorkoutEvent], *, now: datetime, last_reading: LastReading) -> list[Workout]:
    """All workouts as of now, the newest event anywhere; a forgotten one ends with its last reading."""
    by_user: defaultdict[int, set[WorkoutEvent]] = defaultdict(set)
    for event in events:
        by_user[event.user_id].add(event)
    return [
        workout for member_events in by_user.values() for workout in _Member(last_reading).follow(member_events, now)
    ]


class _Member:
    """At most one workout runs at a time; a stopped one may be resumed within the limit."""

    def __init__(self, last_reading: LastReading) -> None:
        self._last_reading = last_reading
        self._all: list[Workout] = []
        self._running: Workout | None = None

    def follow(self, events: set[WorkoutEvent], now: datetime) -> list[Workout]:
        for event in sorted(events, key=lambda e: (e.event_time, e.action == "start", e.workout_id, e.session_id)):
            self._abandon_forgotten(event.event_time)
            (self._start if event.action == "start" else self._stop)(event)
        self._abandon_forgotten(now)
        return self._all

    def _abandon_forgotten(self, when: datetime) -> None:
        forgotten = self._running
        if forgotten is None or forgotten.running is None:
            return
        latest_start = forgotten.running.latest_start
        deadline = latest_start + LIMITS.session
        if when > deadline:
            end = self._last_reading(forgotten.user_id, latest_start, deadline) or latest_start
            forgotten.end(end, status="abandoned", ended_by="abandoned")
            self._running = None

    def _start(self, event: WorkoutEvent) -> None:
        if self._running is not None and self._running.session != (event.workout_id, event.session_id):
            self._running.end(event.event_time, status="superseded", ended_by="superseded")
            self._running = None
        self._running = self._running or self._resumable(event) or self._new(event, started_at=event.event_time)
        self._running.start(event.event_time)

    def _stop(self, event: WorkoutEvent) -> None:
        running = self._running
        if running is not None and running.session == (event.workout_id, event.session_id):
            running.stop(event.event_time)
            self._running = None
        elif (stopped := self._resumable(event)) is not None:
            stopped.stop(event.event_time)
        else:
            orphan = self._new(event, started_at=None)
            orphan.end(event.event_time, status="orphan_stop", ended_by="stop")

    def _resumable(self, event: WorkoutEvent) -> Workout | None:
        """The session's latest stopped workout, if its latest event is not longer ago than the limit."""
        session = (event.workout_id, event.session_id)
        stopped = [w for w in self._all if w.session == session and w.status == "completed"]
        if not stopped or stopped[-1].ended_at is None:
            return None
        return stopped[-1] if event.event_time <= stopped[-1].ended_at + LIMITS.session else None

    def _new(self, event: WorkoutEvent, *, started_at: datetime | None) -> Workout:
        workout = Workout(
            user_id=event.user_id, workout_id=event.workout_id, session_id=event.session_id, started_at=started_at
        )
        self._all.append(workout)
        return workout
