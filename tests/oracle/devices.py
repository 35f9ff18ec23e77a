"""Who wore which device, and when."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tests.oracle.rows import Registration

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Assignment:
    """A device's member in [valid_from, valid_to); no member while two claim it."""

    device_id: int
    user_id: int | None
    mac_address: str | None
    valid_from: datetime
    valid_to: datetime | None

    def holds_at(self, when: datetime) -> bool:
        return self.valid_from <= when and (self.valid_to is None or when < self.valid_to)


@dataclass(frozen=True, slots=True)
class User:
    """A member's first registration."""

    user_id: int
    registered_at: datetime
    device_id: int
    mac_address: str


def users(registrations: Iterable[Registration]) -> list[User]:
    first: dict[int, Registration] = {}
    for row in sorted(registrations, key=lambda row: (row.registered_at, row.device_id, row.mac_address)):
        first.setdefault(row.user_id, row)
    return [User(user_id, row.registered_at, row.device_id, row.mac_address) for user_id, row in first.items()]


def assignments(registrations: Iterable[Registration]) -> list[Assignment]:
    claims: defaultdict[int, defaultdict[datetime, set[Registration]]] = defaultdict(lambda: defaultdict(set))
    for row in registrations:
        claims[row.device_id][row.registered_at].add(row)
    return [assignment for device_id, by_time in claims.items() for assignment in _history(device_id, by_time)]


def _history(device_id: int, claims: dict[datetime, set[Registration]]) -> list[Assignment]:
    changes: list[tuple[datetime, int | None, str | None]] = []
    for when in sorted(claims):
        user_id = _only({row.user_id for row in claims[when]})
        mac_address = _only({row.mac_address for row in claims[when]})
        if not changes or changes[-1][1:] != (user_id, mac_address):
            changes.append((when, user_id, mac_address))
    ends = [when for when, _, _ in changes[1:]]
    return [
        Assignment(device_id, user_id, mac_address, start, end)
        for (start, user_id, mac_address), end in zip(changes, [*ends, None], strict=True)
    ]


def _only(values: set[Value]) -> Value | None:
    return next(iter(values)) if len(values) == 1 else None


def owner_of_device(history: Iterable[Assignment], device_id: int, when: datetime) -> int | None:
    return _only({row.user_id for row in history if row.device_id == device_id and row.holds_at(when)})


def owner_of_mac(history: Iterable[Assignment], mac_address: str, when: datetime) -> int | None:
    return _only({row.user_id for row in history if row.mac_address == mac_address and row.holds_at(when)})
