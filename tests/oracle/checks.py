"""Which rows count: one function a feed gives the typed row or the names of the rules that it violates."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from tests.oracle.landing import Fields, Line, json_object
from tests.oracle.rows import Checked, DoorRow, ProfileChange, Reading, Registration, Rejected, WorkoutEvent
from tests.oracle.times import instant, lacks_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

OLDEST = datetime(2010, 1, 1, tzinfo=UTC)
# Any bound between the story and its one reading of 2049 gives the same rows.
FUTURE = datetime(2040, 1, 1, tzinfo=UTC)
MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")
TRAILING_DIGITS = re.compile(r"(?:.*\D)?(\d+)")
TOPICS = ("user_info", "workout", "bpm", "registered_users", "gym_logins")

Row = TypeVar("Row")
Verdict: TypeAlias = Row | frozenset[str]


def split(lines: Iterable[Line], check: Callable[[Fields], Verdict[Row]]) -> Checked[Row]:
    """Every line on one side or the other."""
    valid: list[Row] = []
    rejected: list[Rejected] = []
    for line in lines:
        verdict = check(line.fields or {})
        if isinstance(verdict, frozenset):
            rejected.append(Rejected(line.raw, verdict))
        else:
            valid.append(verdict)
    return Checked(valid, rejected)


def envelope(fields: Fields) -> Verdict[None]:
    """A message of a known topic is the business of its feed; anything else ends here."""
    broken = {"envelope_is_json": not fields, "topic_is_known": fields.get("topic") not in TOPICS}
    return names(broken) if any(broken.values()) else None


def registration(fields: Fields) -> Verdict[Registration]:
    user_id, device_id = whole_number(fields["user_id"]), whole_number(fields["device_id"])
    mac, registered_at = fields["mac_address"], instant(fields["registration_timestamp"])
    broken = {
        "user_id_is_a_number": user_id is None,
        "device_id_is_a_number": device_id is None,
        "mac_address_has_six_pairs": not is_mac(mac),
        **clock_rules("registered_at", registered_at, fields["registration_timestamp"]),
    }
    if any(broken.values()) or user_id is None or device_id is None or registered_at is None:
        return names(broken)
    return Registration(user_id, device_id, str(mac), registered_at)


def door_row(fields: Fields) -> Verdict[DoorRow]:
    gym, mac = whole_number(fields["gym"]), fields["mac_address"]
    login, logout = instant(fields["login"]), instant(fields["logout"])
    broken = {
        "mac_address_has_six_pairs": not is_mac(mac),
        "gym_is_a_number": gym is None,
        **clock_rules("login", login, fields["login"]),
        "logout_readable": fields["logout"] is not None and logout is None and not lacks_zone(fields["logout"]),
        "logout_has_a_zone": logout is None and lacks_zone(fields["logout"]),
        "logout_after_login": login is not None and logout is not None and logout <= login,
    }
    if any(broken.values()) or gym is None or login is None:
        return names(broken)
    return DoorRow(str(mac), gym, login, logout)


def profile_change(message: Fields) -> Verdict[ProfileChange]:
    value, broken_json = message_value(message)
    user_id, when = whole_number(value.get("user_id")), instant(value.get("timestamp"))
    broken = {
        **broken_json,
        "user_id_is_a_number": user_id is None,
        "update_type_is_known": value.get("update_type") not in {"new", "update", "delete"},
        **clock_rules("event_time", when, value.get("timestamp")),
    }
    if any(broken.values()) or user_id is None or when is None:
        return names(broken)
    offset = message["offset"]
    assert isinstance(offset, int)
    return ProfileChange(user_id, str(value["update_type"]), when, offset, profile(value))


def profile(value: Fields) -> tuple[tuple[str, object], ...]:
    address = value.get("address") or {}
    assert isinstance(address, dict)
    zip_code = address.get("zip")
    flat = {
        "dob": birth_date(value.get("dob")),
        **{name: value.get(name) for name in ("sex", "gender", "first_name", "last_name")},
        **{name: address.get(name) for name in ("street_address", "city", "state")},
        "zip": zip_code if isinstance(zip_code, int) else None,
    }
    return tuple(flat.items())


def workout_event(message: Fields) -> Verdict[WorkoutEvent]:
    value, broken_json = message_value(message)
    user_id, workout_id, session_id = (whole_number(value.get(f"{name}_id")) for name in ("user", "workout", "session"))
    when = instant(value.get("timestamp"))
    broken = {
        **broken_json,
        "user_id_is_a_number": user_id is None,
        "workout_id_is_a_number": workout_id is None,
        "session_id_is_a_number": session_id is None,
        "action_is_start_or_stop": value.get("action") not in {"start", "stop"},
        **clock_rules("event_time", when, value.get("timestamp")),
    }
    if any(broken.values()) or user_id is None or workout_id is None or session_id is None or when is None:
        return names(broken)
    return WorkoutEvent(user_id, workout_id, session_id, when, str(value["action"]))


def reading(message: Fields) -> Verdict[Reading]:
    value, broken_json = message_value(message)
    device_id, when, bpm = whole_number(value.get("device_id")), instant(value.get("time")), value.get("heartrate")
    broken = {
        **broken_json,
        "device_id_is_a_number": device_id is None,
        "heartrate_is_a_number": not (bpm is None or isinstance(bpm, int | float)),
        "bpm_between_0_and_300": isinstance(bpm, int | float) and not 0 <= bpm <= 300,
        **clock_rules("event_time", when, value.get("time")),
    }
    if any(broken.values()) or device_id is None or when is None:
        return names(broken)
    return Reading(device_id, when, float(bpm) if isinstance(bpm, int | float) else None, sent(message))


def message_value(message: Fields) -> tuple[Fields, dict[str, bool]]:
    """The value's fields, none if it is no JSON object, and the rule about that."""
    value = json_object(message["value"])
    return value or {}, {"message_is_one_json_object": value is None}


def sent(message: Fields) -> tuple[datetime, int]:
    """When the broker took the message; its offset decides within one instant."""
    when, offset = instant(message["timestamp"]), message["offset"]
    assert when is not None
    assert isinstance(offset, int)
    return when, offset


def clock_rules(field: str, when: datetime | None, stated: object) -> dict[str, bool]:
    return {
        f"{field}_readable": when is None and not lacks_zone(stated),
        f"{field}_has_a_zone": when is None and lacks_zone(stated),
        f"{field}_since_2010": when is not None and when < OLDEST,
        f"{field}_not_in_future": when is not None and when > FUTURE,
    }


def names(broken: dict[str, bool]) -> frozenset[str]:
    return frozenset(rule for rule, violated in broken.items() if violated)


def is_mac(value: object) -> bool:
    return isinstance(value, str) and MAC.fullmatch(value) is not None


def birth_date(text: object) -> object:
    """The date, or None: an unreadable birthday costs a member the age, not the profile."""
    try:
        return datetime.strptime(str(text), "%m/%d/%Y").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def whole_number(value: object) -> int | None:
    """An id or count; text may carry a prefix that ends in digits, as in FT_001_310008."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    found = TRAILING_DIGITS.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) if found else None
