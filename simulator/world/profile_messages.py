"""Changes of profiles as messages of the topic user_info: with an update_type, or as a database reports them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from simulator.world.calendar import DAY_S
from simulator.world.sent import Channel, CutOff, Fate, Sent, rejected, with_copies
from simulator.world.streams import Part, stream

if TYPE_CHECKING:
    from datetime import date

    from simulator.world.parameters import Parameters
    from simulator.world.people import Person
    from simulator.world.profiles import Change, Profile
    from simulator.world.streams import Random

USER_INFO = Channel("kafka_multiplex", "user_info", topic="user_info")
_CUT_OFF = CutOff(
    ("event_time_readable", "message_is_one_json_object", "update_type_is_known", "user_id_is_a_number"),
)
_OPERATIONS = {"new": "c", "update": "u", "delete": "d"}
_EPOCH_ORDINAL = 719_163  # of 1970-01-01


def profile_messages(parameters: Parameters, person: Person, changes: list[Change]) -> list[Sent]:
    """All messages about a member. Those of a database end a delete with a tombstone."""
    random = stream(parameters.seed, Part.DELIVERY, person.number)
    form = _of_a_database if person.is_debezium else _with_update_type
    found: list[Sent] = []
    for change in changes:
        sent = Sent(
            change.at_s + 1 + _waiting_s(parameters, random, change),
            USER_INFO,
            json.dumps(form(person, change)),
            key=str(person.user_id),
        )
        if change.is_stray:
            sent = rejected(sent, "member_is_not_deleted", fault="update after a delete")
        found.append(sent)
        if person.is_debezium and change.kind == "delete":
            found.append(Sent(sent.arrival_s + 0.01, USER_INFO, None, key=sent.key, fate=Fate.NO_CHANGE))
    return list(with_copies(parameters, random, found, _CUT_OFF))


def _waiting_s(parameters: Parameters, random: Random, change: Change) -> float:
    is_late, wait_s = random.random(), random.uniform(0, 2 * DAY_S)
    return wait_s if change.kind == "new" and is_late < parameters.late_registration_share else 0.0


def _with_update_type(person: Person, change: Change) -> dict[str, Any]:
    message = {"user_id": person.user_id, "update_type": change.kind, "timestamp": change.at_s}
    if change.kind == "delete":
        return message
    profile = change.profile
    return {
        **message,
        "dob": f"{profile.dob:%m/%d/%Y}",
        **{name: getattr(profile, name) for name in ("sex", "gender", "first_name", "last_name")},
        "address": {name: getattr(profile, name) for name in ("street_address", "city", "state", "zip")},
    }


def _of_a_database(person: Person, change: Change) -> dict[str, Any]:
    is_delete = change.kind == "delete"
    row = {"user_id": person.user_id} if is_delete else _row(person, change.profile)
    return {
        "before": row if is_delete else None,
        "after": None if is_delete else row,
        "source": {"ts_ms": change.at_s * 1000, "lsn": change.at_s * 1000 + person.number % 1000, "table": "members"},
        "op": _OPERATIONS[change.kind],
        "ts_ms": change.at_s * 1000 + 400,
    }


def _row(person: Person, profile: Profile) -> dict[str, Any]:
    columns = {name: getattr(profile, name) for name in type(profile).__slots__}
    return {"user_id": person.user_id, **columns, "dob": _days_since_1970(profile.dob)}


def _days_since_1970(day: date) -> int:
    """As Debezium writes dates."""
    return day.toordinal() - _EPOCH_ORDINAL
