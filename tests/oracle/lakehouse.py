"""Every silver and gold table, and what was quarantined, from a set of landing files."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from tests.oracle import checks, daily_activity
from tests.oracle.absences import absences, without_events_of_deleted
from tests.oracle.devices import assignments
from tests.oracle.heart_rate import heart_rate
from tests.oracle.landing import Line
from tests.oracle.profiles import history
from tests.oracle.resting import days
from tests.oracle.times import EPOCH
from tests.oracle.visits import visits
from tests.oracle.workout_bpm import readings_of, valid_by_user
from tests.oracle.workouts import workouts

if TYPE_CHECKING:
    from datetime import datetime

    from tests.oracle.absences import Absences
    from tests.oracle.devices import Assignment
    from tests.oracle.heart_rate import HeartRate
    from tests.oracle.landing import Landing
    from tests.oracle.profiles import Version
    from tests.oracle.resting import Day
    from tests.oracle.rows import Checked, DoorRow, ProfileChange, Reading, Registration, Rejected, WorkoutEvent
    from tests.oracle.visits import Visit
    from tests.oracle.workout_bpm import WorkoutReading
    from tests.oracle.workouts import Workout

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Feeds:
    """Each feed, checked; a message of no known topic belongs to none."""

    registered_users: Checked[Registration]
    gym_logins: Checked[DoorRow]
    user_info: Checked[ProfileChange]
    workout: Checked[WorkoutEvent]
    bpm: Checked[Reading]
    daily_activity: Checked[Row]
    kafka_multiplex: Checked[None]

    @classmethod
    def of(cls, landing: Landing) -> Feeds:
        def topic(name: str) -> list[Line]:
            """Messages of a topic; what would be quarantined of one is its value."""
            of_topic = (line.fields for line in landing.messages if line.fields and line.fields["topic"] == name)
            return [Line(str(fields["value"]), fields) for fields in of_topic]

        return cls(
            registered_users=checks.split(landing.registrations, checks.registration),
            gym_logins=checks.split(landing.gym_logins, checks.door_row),
            user_info=checks.split(topic("user_info"), checks.profile_change),
            workout=checks.split(topic("workout"), checks.workout_event),
            bpm=checks.split(topic("bpm"), checks.reading),
            daily_activity=checks.split(landing.daily_activity, daily_activity.checked),
            kafka_multiplex=checks.split(landing.messages, checks.envelope),
        )

    def newest(self) -> datetime:
        """The story's own clock: nothing depends on when the pipeline runs."""
        times = (
            *(event.event_time for event in self.workout.valid),
            *(reading.event_time for reading in self.bpm.valid),
            *(row.logout or row.login for row in self.gym_logins.valid),
        )
        return max(times, default=EPOCH)

    def quarantine(self) -> dict[str, list[Rejected]]:
        return {f"{field.name}_quarantine": getattr(self, field.name).rejected for field in fields(self)}


@dataclass(frozen=True, slots=True)
class Lakehouse:
    """The facts behind the tables."""

    feeds: Feeds
    absences: Absences
    devices: list[Assignment]
    profile_history: list[Version]
    visits: list[Visit]
    workouts: list[Workout]
    heart_rate: list[HeartRate]
    member_readings: dict[int, list[HeartRate]]
    workout_readings: list[tuple[Workout, list[WorkoutReading]]]
    days: list[Day]

    @classmethod
    def of(cls, landing: Landing) -> Lakehouse:
        received = Feeds.of(landing)
        gone = absences(received.user_info.valid)
        feeds = without_events_of_deleted(received, gone)
        devices = assignments(feeds.registered_users.valid)
        readings = heart_rate(feeds.bpm.valid)
        by_user = valid_by_user(readings, devices)
        sessions = workouts(feeds.workout.valid, now=received.newest(), last_reading=LastReading(by_user))
        return cls(
            feeds=feeds,
            absences=gone,
            devices=devices,
            profile_history=history(feeds.user_info.valid),
            visits=visits(feeds.gym_logins.valid, now=received.newest()),
            workouts=sessions,
            heart_rate=readings,
            member_readings=by_user,
            workout_readings=[
                (workout, readings_of(workout, by_user.get(workout.user_id, []))) for workout in sessions
            ],
            days=[
                day
                for user_id, own in by_user.items()
                for day in days(
                    user_id,
                    [reading for reading in own if not gone.is_forgotten(user_id, reading.event_time)],
                    [workout for workout in sessions if workout.user_id == user_id],
                )
            ],
        )


@dataclass(frozen=True, slots=True)
class LastReading:
    """A member's last valid reading in [start, end), if there is one."""

    by_user: dict[int, list[HeartRate]]

    def __call__(self, user_id: int, start: datetime, end: datetime) -> datetime | None:
        times = [reading.event_time for reading in self.by_user.get(user_id, [])]
        inside = times[bisect_left(times, start) : bisect_left(times, end)]
        return inside[-1] if inside else None
