"""A member's day as last reported."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from tests.oracle.checks import names, whole_number
from tests.oracle.times import EPOCH, instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.oracle.checks import Verdict
    from tests.oracle.landing import Fields

TEXTS = ("workout_type", "weather_conditions", "location", "mood")
DECIMALS = ("calories_burned", "distance_km", "sleep_hours", "heart_rate_avg")
COUNTS = ("steps", "active_minutes")


def checked(fields: Fields) -> Verdict[dict[str, object]]:
    user_id, day = whole_number(fields.get("user_id")), _date(fields.get("date"))
    broken = {
        "record_is_one_json_object": not fields,
        "user_id_is_a_number": user_id is None,
        "date_readable": day is None,
        **_number_rules(fields),
    }
    if any(broken.values()):
        return names(broken)
    return {
        "user_id": user_id,
        "date": day,
        **{name: whole_number(fields.get(name)) for name in COUNTS},
        **{name: _number(fields.get(name)) for name in DECIMALS},
        **{name: fields.get(name) for name in TEXTS},
        "reported": instant(fields.get("timestamp")) or EPOCH,
    }


def latest(rows: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    """The record with the newest timestamp per member and day, with what is odd about it."""
    newest: dict[tuple[object, object], dict[str, object]] = {}
    for row in rows:
        key = (row["user_id"], row["date"])
        if key not in newest or _reported(row) > _reported(newest[key]):
            newest[key] = row
    return [{**row, "flags": flags(row)} for row in newest.values()]


def flags(row: dict[str, object]) -> list[str]:
    """Names of the soft rules that the day violates."""
    minutes, hours = row["active_minutes"] or 0, row["sleep_hours"] or 0.0
    assert isinstance(minutes, int)
    assert isinstance(hours, float)
    found = {"some_steps": row["steps"] == 0, "active_and_sleep_within_24_hours": minutes + hours * 60 > 24 * 60}
    return sorted(flag for flag, holds in found.items() if holds)


def _number_rules(fields: Fields) -> dict[str, bool]:
    measures = {name: fields.get(name) for name in (*COUNTS, *DECIMALS)}
    return {
        f"{name}_is_a_number": not (value is None or _number(value) is not None) for name, value in measures.items()
    }


def _reported(row: dict[str, object]) -> datetime:
    reported = row["reported"]
    assert isinstance(reported, datetime)
    return reported


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _date(value: object) -> date | None:
    try:
        return datetime.strptime(str(value), "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None
