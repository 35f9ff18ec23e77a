"""Members' profiles: every version, and the one that holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tests.oracle.rows import ProfileChange

    Sequence = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Version:
    """A profile in [start, end) of the sequence (event time, offset); a delete that found none has no start."""

    user_id: int
    profile: tuple[tuple[str, object], ...] | None
    start: Sequence | None
    end: Sequence | None


def history(changes: Iterable[ProfileChange]) -> list[Version]:
    by_user: defaultdict[int, set[ProfileChange]] = defaultdict(set)
    for change in changes:
        by_user[change.user_id].add(change)
    return [version for user_id, events in by_user.items() for version in _versions(user_id, events)]


def _versions(user_id: int, changes: set[ProfileChange]) -> list[Version]:
    done: list[Version] = []
    now: Version | None = None
    has_left = False
    for change in sorted(changes, key=lambda change: (change.event_time, change.offset)):
        if change.update_type == "update" and has_left:
            continue
        has_left = change.update_type == "delete"
        when = (change.event_time, change.offset)
        if change.update_type == "delete":
            done.append(Version(user_id, now.profile if now else None, now.start if now else None, when))
            now = None
        elif now is None:
            now = Version(user_id, change.profile, when, None)
        elif now.profile != change.profile:
            done.append(Version(user_id, now.profile, now.start, when))
            now = Version(user_id, change.profile, when, None)
    return [*done, now] if now else done


def current(versions: Iterable[Version]) -> list[Version]:
    return [version for version in versions if version.end is None]
