"""From start and stop presses to workouts: one state machine a member."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.oracle.settings import LIMITS
from tests.oracle.times import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime, timedelta

    from tests.oracle.rows import WorkoutEvent

    LastReading = Callable[[int, datetime, datetime], datetime | None]
    Interval = tuple[datetime, datetime]


@dataclass(slots=True, kw_only=True)
class Workout:
    """A session of a member between its first start and what ended it."""

    user_id: int
    workout_id: int
    session_id: int
    started_at: datetime | None
    ended_at: datetime | None = None
    status: str = "open"
    starts: int = 0
    stops: int = 0
    latest_start: datetime | None = None
    running_since: datetime | None = None
    intervals: list[Interval] = field(default_factory=list)

    @property
    def session(self) -> tuple[int, int]:
        return self.workout_id, self.session_id

    def start(self, when: datetime) -> None:
        self.starts += 1
        self.latest_start = when
        self.status, self.ended_at = "open", None
        self.running_since = self.running_since or when

    def stop(self, when: datetime, *, status: str) -> None:
        if self.running_since is not None and self.running_since < when:
            self.intervals.append((self.running_since, when))
        self.running_since, self.ended_at, self.status = None, when, status

    def timed_out(self, when: datetime, limit: timedelta) -> bool:
        return self.latest_start is not None and when > self.latest_start + limit

    @property
    def elapsed_s(self) -> float | None:
        if self.started_at is None or self.ended_at is None:
            return None
        return seconds(self.ended_at - self.started_at)

    @property
    def active_s(self) -> float:
        return sum(seconds(end - start) for start, end in self.intervals)


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
        if forgotten is None or not forgotten.timed_out(when, LIMITS.session):
            return
        assert forgotten.latest_start is not None
        end = self._last_reading(forgotten.user_id, forgotten.latest_start, forgotten.latest_start + LIMITS.session)
        forgotten.stop(end or forgotten.latest_start, status="abandoned")
        self._running = None

    def _start(self, event: WorkoutEvent) -> None:
        session = (event.workout_id, event.session_id)
        if self._running is not None and self._running.session != session:
            self._running.stop(event.event_time, status="superseded")
            self._running = None
        workout = self._running or self._resumable(event) or self._new(event, started_at=event.event_time)
        workout.start(event.event_time)
        self._running = workout

    def _stop(self, event: WorkoutEvent) -> None:
        running = self._running
        workout = running if running and running.session == (event.workout_id, event.session_id) else None
        workout = workout or self._resumable(event)
        if workout is None:
            workout = self._new(event, started_at=None)
            workout.stop(event.event_time, status="orphan_stop")
        else:
            workout.stop(event.event_time, status="completed")
        workout.stops += 1
        if workout is running:
            self._running = None

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
