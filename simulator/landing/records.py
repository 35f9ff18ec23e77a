"""Lines of the other feeds as messages of a topic each."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from simulator.landing.envelopes import message_of_envelope
from simulator.landing.times import milliseconds, shows_a_time
from simulator.message import Message, Place, Unplayable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

Cells = dict[str, str | None]

REGISTRATIONS = "registered_users"
DOORS = "gym_logins"
DAYS = "user_activity"


def message_of_day(line: bytes, place: Place) -> Message | Unplayable:
    """The line as it is, keyed by its member; of an envelope around a record the message inside."""
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    fields = record if isinstance(record, dict) else {}
    if fields.get("topic") is not None and fields.get("value") is not None:
        inside = message_of_envelope(line, place)
        return inside._replace(topic=DAYS) if isinstance(inside, Message) else inside
    member = fields.get("user_id")
    key = None if member is None else str(member).encode()
    return Message(DAYS, key, line, milliseconds(fields.get("timestamp")), place=place)


def registrations(lines: Iterable[str], file: Path) -> Iterator[Message | Unplayable]:
    """One message a line, with its columns as they are."""
    return _messages(lines, file, _registration)


def door_events(lines: Iterable[str], file: Path) -> Iterator[Message | Unplayable]:
    """A line is a visit: the event of the login, then, once the member has left, that of the logout."""
    return _messages(lines, file, _door_events)


def _registration(cells: Cells, place: Place) -> Iterator[Message]:
    time = milliseconds(cells.get("registration_timestamp"))
    yield _message(REGISTRATIONS, cells.get("user_id"), cells, time, place)


def _door_events(cells: Cells, place: Place) -> Iterator[Message]:
    key, login, logout = (cells.get(name) for name in ("mac_address", "login", "logout"))
    if not login or not _is_visit(login, logout):
        # Either half alone might pass as an event. The line as a whole has no action, and is rejected as it would be.
        yield _message(DOORS, key, cells, milliseconds(login or logout), place)
        return
    door = {name: value for name, value in cells.items() if name not in {"login", "logout"}}
    for action, time in (("login", login), ("logout", logout)):
        if time:
            event = {**door, "action": action, "timestamp": time}
            yield _message(DOORS, key, event, milliseconds(time), place)


def _is_visit(login: str, logout: str | None) -> bool:
    if not logout:
        return True
    if not shows_a_time(login) or not shows_a_time(logout):
        return False
    came, left = milliseconds(login), milliseconds(logout)
    return came is None or left is None or left > came


def _message(topic: str, key: str | None, fields: Mapping[str, str | None], time: int | None, place: Place) -> Message:
    value = json.dumps(fields, ensure_ascii=False).encode()
    return Message(topic, key.encode() if key else None, value, time, place=place)


def _messages(
    lines: Iterable[str], file: Path, messages: Callable[[Cells, Place], Iterator[Message]]
) -> Iterator[Message | Unplayable]:
    reader = csv.reader(lines)
    header = next(reader, [])
    for row in reader:
        place = Place(file, reader.line_num)
        if len(row) > len(header):
            yield Unplayable(place, f"has {len(row)} cells, but the file has {len(header)} columns")
        elif any(row):
            padded = [*row, *[""] * (len(header) - len(row))]
            try:
                yield from messages({name: cell or None for name, cell in zip(header, padded, strict=True)}, place)
            except UnicodeEncodeError:
                yield Unplayable(place, "is no UTF-8")
