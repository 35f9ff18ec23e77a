"""Small truths written by hand, and what must follow from them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from simulator.checking.verification import add_expected
from simulator.world.blocks import HEART_RATE
from simulator.world.truth import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def at(text: str) -> datetime:
    """`05-04 10:00` or `05-04 10:00:30` of 2026, in UTC."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


def registered(user_id: int, when: str = "05-01 08:00") -> dict[str, Any]:
    """A row of `devices`: the member's only device, which has the number of the member and an exact clock."""
    mac = f"02:00:00:00:00:{user_id:02d}"
    return {
        "user_id": user_id,
        "device_id": user_id,
        "mac_address": mac,
        "registered_at": at(when),
        "clock_offset_ms": 0,
    }


def visit(user_id: int, login: str, logout: str | None = None, gym: int = 1) -> dict[str, Any]:
    """A row of `visits`: all the door has seen."""
    return {
        "user_id": user_id,
        "gym": gym,
        "mac_address": f"02:00:00:00:00:{user_id:02d}",
        "login": at(login),
        "is_recorded": True,
        "is_rejected": False,
        "recorded_logout": at(logout) if logout else None,
    }


def workout(user_id: int, session_id: int, start: str, stop: str | None) -> dict[str, Any]:
    """A row of `workouts`, without pauses."""
    return {
        "user_id": user_id,
        "workout_id": 1,
        "session_id": session_id,
        "device_id": user_id,
        "started_at": at(start),
        "ended_at": at(stop) if stop else None,
        "pauses": [],
        "is_start_sent": True,
        "is_stop_sent": stop is not None,
    }


def reading(user_id: int, when: str, bpm: float, device_id: int | None = None) -> dict[str, Any]:
    """A row of `heart_rate`, of the member's own device unless it is named."""
    return {"user_id": user_id, "device_id": device_id or user_id, "event_time": at(when), "bpm": bpm, "fault": ""}


def gym(
    number: int = 1, *, time_zone: str = "UTC", opens: int = 6, closes: int = 23, capacity: int = 10
) -> dict[str, Any]:
    """A row of `gyms`."""
    return {
        "gym": number,
        "name": f"Gym {number}",
        "time_zone": time_zone,
        "capacity": capacity,
        "opens": opens,
        "closes": closes,
        "sends_events": False,
    }


def told(
    latest: str, readings: Sequence[Mapping[str, Any]] = (), **tables: Sequence[Mapping[str, Any]]
) -> duckdb.DuckDBPyConnection:
    """A connection with the schema `expected` of this truth, whose latest event is at `latest`."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("CREATE SCHEMA truth")
    made = {name: pa.Table.from_pylist(list(tables.pop(name, ())), schema) for name, schema in SCHEMAS.items()}
    assert not tables, f"no tables of the truth: {sorted(tables)}"
    made["heart_rate"] = pa.Table.from_pylist(list(readings), HEART_RATE)
    made["readings"] = pa.table({"latest_ms": [int(at(latest).timestamp() * 1000)]})
    for name, rows in made.items():
        connection.register(f"told_{name}", rows)
        connection.execute(f"CREATE TABLE truth.{name} AS FROM told_{name}")
    add_expected(connection)
    return connection
