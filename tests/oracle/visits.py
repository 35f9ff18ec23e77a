"""From rows of the door to visits: one state machine a MAC address."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.oracle.settings import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tests.oracle.rows import DoorRow


@dataclass(frozen=True, slots=True)
class Visit:
    """A member's stay; the logout of an auto-closed one is where the limit put it."""

    mac_address: str
    gym: int
    login: datetime
    logout: datetime | None
    status: str


def visits(rows: Iterable[DoorRow], *, now: datetime) -> list[Visit]:
    by_mac: defaultdict[str, list[Visit]] = defaultdict(list)
    for visit in _latest_logouts(rows):
        by_mac[visit.mac_address].append(visit)
    return [visit for stays in by_mac.values() for visit in _close(stays, now)]


def _latest_logouts(rows: Iterable[DoorRow]) -> list[Visit]:
    """One visit per door key; a row that knows a logout beats one that does not, a later logout an earlier one."""
    logouts: defaultdict[tuple[str, int, datetime], set[datetime]] = defaultdict(set)
    for row in rows:
        logouts[row.mac_address, row.gym, row.login] |= {row.logout} if row.logout else set()
    return [
        Visit(mac, gym, login, max(known, default=None), "closed" if known else "open")
        for (mac, gym, login), known in logouts.items()
    ]


def _close(stays: list[Visit], now: datetime) -> list[Visit]:
    done: list[Visit] = []
    for visit in sorted(stays, key=lambda visit: (visit.login, visit.gym)):
        before = done[-1] if done else None
        if before is None or before.logout is not None:
            done.append(visit)
        elif visit.gym == before.gym and visit.login <= before.login + LIMITS.same_visit:
            done[-1] = replace(before, logout=visit.logout, status=visit.status)
        else:
            done[-1] = _closed_by_next_login(before, visit.login)
            done.append(visit)
    return [_within_limits(visit, now) for visit in done]


def _closed_by_next_login(visit: Visit, login: datetime) -> Visit:
    if login > visit.login + LIMITS.visit:
        return _auto_closed(visit)
    return replace(visit, logout=login, status="inferred")


def _within_limits(visit: Visit, now: datetime) -> Visit:
    if visit.logout is None:
        return _auto_closed(visit) if now > visit.login + LIMITS.visit else visit
    return _auto_closed(visit) if visit.logout > visit.login + LIMITS.plausible_visit else visit


def _auto_closed(visit: Visit) -> Visit:
    return replace(visit, logout=visit.login + LIMITS.visit, status="auto_closed")
