"""The lakehouse as tables: every row of silver and gold, with the columns in their promised names."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING

from tests.oracle import daily_activity, gold
from tests.oracle.devices import owner_of_mac, users
from tests.oracle.profiles import current
from tests.oracle.text import raw_form

if TYPE_CHECKING:
    from tests.oracle.lakehouse import Lakehouse
    from tests.oracle.profiles import Sequence, Version
    from tests.oracle.visits import Visit
    from tests.oracle.workouts import Workout

Row = dict[str, object]
Table = list[Row]


def tables(lakehouse: Lakehouse) -> dict[str, Table]:
    """Rows by table name, quarantine tables (raw text and reasons) included."""
    return {**silver(lakehouse), **gold_tables(lakehouse), **quarantine(lakehouse)}


def quarantine(lakehouse: Lakehouse) -> dict[str, Table]:
    return {
        f"silver.{name}": [{"raw": raw_form(row.raw), "reasons": sorted(row.reasons)} for row in rejected]
        for name, rejected in lakehouse.feeds.quarantine().items()
    }


def silver(lakehouse: Lakehouse) -> dict[str, Table]:
    return {
        "silver.user_devices": [asdict(row) for row in lakehouse.devices],
        "silver.users": [asdict(row) for row in users(lakehouse.feeds.registered_users.valid)],
        "silver.user_profile": [_profile(version) for version in current(lakehouse.profile_history)],
        "silver.user_profile_history": [
            {**_profile(version), "__START_AT": _sequence(version.start), "__END_AT": _sequence(version.end)}
            for version in lakehouse.profile_history
        ],
        "silver.gym_logs": [_visit(visit, lakehouse) for visit in lakehouse.visits],
        "silver.workout_events": [asdict(event) for event in set(lakehouse.feeds.workout.valid)],
        "silver.workout_intervals": [
            {**_key(workout), **asdict(interval)} for workout in lakehouse.workouts for interval in workout.intervals
        ],
        "silver.workouts": [_workout(workout) for workout in lakehouse.workouts],
        "silver.completed_workouts": [_workout(w) for w in lakehouse.workouts if w.status == "completed"],
        "silver.heart_rate": [asdict(reading) for reading in lakehouse.heart_rate],
        "silver.workout_bpm": [
            {**_key(workout), **asdict(reading)}
            for workout, readings in lakehouse.workout_readings
            for reading in readings
        ],
        "silver.daily_activity": [
            {name: value for name, value in row.items() if name != "reported"}
            for row in daily_activity.latest(lakehouse.feeds.daily_activity.valid)
        ],
    }


def gold_tables(lakehouse: Lakehouse) -> dict[str, Table]:
    """A member whose profile was deleted has no row of their own in gold; one who came back has those since then."""
    profiles = {version.user_id: _profile(version) for version in current(lakehouse.profile_history)}
    is_forgotten = lakehouse.absences.is_forgotten
    usual_rest = {(day.user_id, day.hr_date): day.baseline_hr for day in lakehouse.days}
    return {
        "gold.hr_daily": [asdict(day) for day in lakehouse.days],
        "gold.workout_bpm_summary": [
            {
                **_workout_times(workout),
                **gold.heart_rate_summary(workout, readings),
                **_demographics(workout, profiles.get(workout.user_id, {})),
                **gold.training_load(
                    workout,
                    readings,
                    *_born_and_sex(profiles.get(workout.user_id, {})),
                    usual_rest.get((workout.user_id, _day(workout))),
                ),
                "hrr60": gold.heart_rate_recovery(
                    workout, readings[0].device_id, lakehouse.member_readings.get(workout.user_id, [])
                ),
            }
            for workout, readings in lakehouse.workout_readings
            if readings and workout.status == "completed" and not is_forgotten(workout.user_id, _start(workout))
        ],
        "gold.gym_summary": [
            summary
            for visit in lakehouse.visits
            if not is_forgotten((summary := _visit_summary(visit, lakehouse))["user_id"], visit.login)
        ],
    }


def _start(workout: Workout) -> datetime:
    assert workout.started_at is not None
    return workout.started_at


def _profile(version: Version) -> Row:
    return {"user_id": version.user_id, **dict(version.profile or ())}


def _sequence(sequence: Sequence | None) -> Row | None:
    return None if sequence is None else {"updated_at": sequence[0], "offset": sequence[1]}


def _visit(visit: Visit, lakehouse: Lakehouse) -> Row:
    user_id = owner_of_mac(lakehouse.devices, visit.mac_address, visit.login)
    return {**asdict(visit), "user_id": user_id}


def _key(workout: Workout) -> Row:
    return {
        "user_id": workout.user_id,
        "workout_id": workout.workout_id,
        "session_id": workout.session_id,
        "started_at": workout.started_at,
    }


def _workout(workout: Workout) -> Row:
    return {
        **_key(workout),
        "ended_at": workout.ended_at,
        "status": workout.status,
        "elapsed_s": workout.elapsed_s,
        "active_s": workout.active_s,
        "starts": workout.starts,
        "stops": workout.stops,
    }


def _day(workout: Workout) -> date:
    assert workout.started_at is not None
    return workout.started_at.date()


def _workout_times(workout: Workout) -> Row:
    return {
        **_key(workout),
        "ended_at": workout.ended_at,
        "workout_date": _day(workout),
        "elapsed_s": workout.elapsed_s,
        "active_s": workout.active_s,
    }


def _demographics(workout: Workout, profile: Row) -> Row:
    born, sex = _born_and_sex(profile)
    return {
        "sex": sex,
        "age_band": gold.age_band(born, _day(workout)),
        "city": profile.get("city"),
        "state": profile.get("state"),
    }


def _born_and_sex(profile: Row) -> tuple[date | None, object]:
    born = profile.get("dob")
    return (born if isinstance(born, date) else None), profile.get("sex")


def _visit_summary(visit: Visit, lakehouse: Lakehouse) -> Row:
    row = _visit(visit, lakehouse)
    user_id = row["user_id"]
    own = [workout for workout in lakehouse.workouts if workout.user_id == user_id]
    columns = {name: row[name] for name in ("gym", "user_id", "login", "logout", "status")}
    return {"visit_date": visit.login.date(), **columns, **gold.visit_summary(visit, own)}
