"""The truth beside the landing files: clean tables in Parquet."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.world.people import city_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from simulator.world.feeds import MemberFeeds
    from simulator.world.gyms import Gym
    from simulator.world.heart_rate import Episode
    from simulator.world.plan import Member, World

_AT = pa.timestamp("s", "UTC")
SCHEMAS = {
    "members": pa.schema(
        [
            ("number", pa.int32()), ("user_id", pa.int64()), ("sex", pa.string()), ("born", pa.date32()),
            ("resting_hr", pa.float64()), ("max_hr", pa.float64()), ("weight_kg", pa.float64()),
            ("fitness", pa.float64()), ("tau_on_s", pa.float64()), ("tau_off_s", pa.float64()),
            ("noise_sd", pa.float64()), ("persona", pa.string()), ("visits_per_week", pa.float64()),
            ("city", pa.string()), ("registered_at", _AT), ("left_at", _AT), ("back_at", _AT),
        ]
    ),
    "devices": pa.schema(
        [
            ("user_id", pa.int64()), ("device_id", pa.int64()), ("mac_address", pa.string()),
            ("registered_at", _AT), ("worn_from", _AT), ("worn_until", _AT), ("is_strap", pa.bool_()),
            ("clock_offset_ms", pa.int64()),
        ]
    ),
    "profile_changes": pa.schema(
        [
            ("user_id", pa.int64()), ("kind", pa.string()), ("changed_at", _AT), ("is_stray", pa.bool_()),
            ("dob", pa.date32()), ("sex", pa.string()), ("gender", pa.string()), ("first_name", pa.string()),
            ("last_name", pa.string()), ("street_address", pa.string()), ("city", pa.string()),
            ("state", pa.string()), ("zip", pa.int32()),
        ]
    ),
    "gyms": pa.schema(
        [
            ("gym", pa.int64()), ("name", pa.string()), ("time_zone", pa.string()), ("capacity", pa.int32()),
            ("opens", pa.int32()), ("closes", pa.int32()), ("sends_events", pa.bool_()),
            ("missing_logout_share", pa.float64()),
        ]
    ),
    "outages": pa.schema([("gym", pa.int64()), ("from", _AT), ("until", _AT)]),
    "visits": pa.schema(
        [
            ("user_id", pa.int64()), ("gym", pa.int64()), ("mac_address", pa.string()), ("login", _AT),
            ("logout", _AT), ("is_recorded", pa.bool_()), ("is_rejected", pa.bool_()),
            ("recorded_logout", _AT), ("second_login", _AT),
        ]
    ),
    "workouts": pa.schema(
        [
            ("user_id", pa.int64()), ("workout_id", pa.int64()), ("session_id", pa.int64()),
            ("device_id", pa.int64()), ("gym", pa.int64()), ("started_at", _AT), ("ended_at", _AT),
            ("pauses", pa.list_(pa.struct([("from", _AT), ("until", _AT)]))),
            ("is_start_sent", pa.bool_()), ("is_stop_sent", pa.bool_()),
        ]
    ),
    "daily_activity": pa.schema(
        [
            ("user_id", pa.int64()), ("date", pa.date32()), ("steps", pa.int64()), ("calories_burned", pa.float64()),
            ("distance_km", pa.float64()), ("active_minutes", pa.int32()), ("sleep_hours", pa.float64()),
            ("heart_rate_avg", pa.float64()), ("workout_type", pa.string()), ("weather_conditions", pa.string()),
            ("location", pa.string()), ("mood", pa.string()), ("timestamp", _AT),
        ]
    ),
    "episodes": pa.schema(
        [("user_id", pa.int64()), ("kind", pa.string()), ("from", _AT), ("until", _AT), ("bpm", pa.float64())]
    ),
}  # fmt: skip


def write_truth(
    folder: Path, world: World, feeds: Sequence[MemberFeeds], episodes: Iterable[tuple[int, Episode]]
) -> None:
    """One Parquet file per table; heart rates and the ledger have folders of their own."""
    user_ids = [member.person.user_id for member in world.members]
    unusual = sorted(
        [*episodes, *((member.person.number, each) for member in world.members for each in member.illnesses)],
        key=lambda found: (found[0], found[1].from_s, found[1].kind),
    )
    rows: dict[str, list[dict[str, Any]]] = {
        "members": [_member(member) for member in world.members],
        "devices": [row for member in world.members for row in _devices(member)],
        "profile_changes": [row for member in world.members for row in _changes(member)],
        "gyms": [_gym(gym) for gym in world.gyms],
        "outages": [
            {"gym": gym.gym, "from": _at(start), "until": _at(end)} for gym in world.gyms for start, end in gym.outages
        ],
        "visits": [row for user_id, own in zip(user_ids, feeds, strict=True) for row in _visits(user_id, own)],
        "workouts": [row for user_id, own in zip(user_ids, feeds, strict=True) for row in _workouts(user_id, own)],
        "daily_activity": [asdict(day) for own in feeds for day in own.days],
        "episodes": [
            {
                "user_id": user_ids[number],
                "kind": each.kind,
                "from": _at(each.from_s),
                "until": _at(each.until_s),
                "bpm": each.bpm,
            }
            for number, each in unusual
        ],
    }
    for name, schema in SCHEMAS.items():
        pq.write_table(pa.Table.from_pylist(rows[name], schema), folder / f"{name}.parquet")


def _member(member: Member) -> dict[str, Any]:
    person, away = member.person, member.away
    names = set(SCHEMAS["members"].names) - {"city", "registered_at", "left_at", "back_at"}
    return {
        **{name: getattr(person, name) for name in names},
        "persona": person.persona.value,
        "city": city_name(person.city)[0],
        "registered_at": _at(person.registered_s),
        "left_at": _at(away.left_s) if away else None,
        "back_at": _at(away.back_s) if away and away.back_s else None,
    }


def _devices(member: Member) -> Iterable[dict[str, Any]]:
    for worn in member.worn:
        yield {
            "user_id": member.person.user_id,
            "device_id": worn.device.device_id,
            "mac_address": worn.device.mac_address,
            "registered_at": _at(worn.registered_s),
            "worn_from": _at(worn.from_s),
            "worn_until": _at(int(worn.until_s)) if worn.until_s < float("inf") else None,
            "is_strap": worn.device.is_strap,
            "clock_offset_ms": worn.device.clock_offset_ms,
        }


def _changes(member: Member) -> Iterable[dict[str, Any]]:
    for change in member.changes:
        yield {
            "user_id": member.person.user_id,
            "kind": change.kind,
            "changed_at": _at(change.at_s),
            "is_stray": change.is_stray,
            **asdict(change.profile),
        }


def _gym(gym: Gym) -> dict[str, Any]:
    return {name: getattr(gym, name) for name in SCHEMAS["gyms"].names}


def _visits(user_id: int, feeds: MemberFeeds) -> Iterable[dict[str, Any]]:
    for visit, mac_address, seen in feeds.visits:
        yield {
            "user_id": user_id,
            "gym": visit.gym,
            "mac_address": mac_address,
            "login": _at(visit.login_s),
            "logout": _at(visit.logout_s),
            "is_recorded": seen is not None,
            "is_rejected": seen is not None and seen.bad is not None,
            "recorded_logout": _at(seen.logout_s) if seen and seen.logout_s else None,
            "second_login": _at(seen.relogin_s) if seen and seen.relogin_s else None,
        }


def _workouts(user_id: int, feeds: MemberFeeds) -> Iterable[dict[str, Any]]:
    for workout, device in feeds.workouts:
        yield {
            "user_id": user_id,
            "workout_id": int(workout.programme),
            "session_id": workout.session_id,
            "device_id": device.device_id,
            "gym": workout.gym,
            "started_at": _at(workout.start_s),
            "ended_at": _at(workout.stop_s),
            "pauses": [{"from": _at(start), "until": _at(end)} for start, end in workout.pauses],
            "is_start_sent": workout.is_start_sent,
            "is_stop_sent": workout.is_stop_sent,
        }


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
