"""People who were deleted: their events of that time do not count, and their own rows begin with their return."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from tests.oracle.devices import assignments, owner_of_device, owner_of_mac
from tests.oracle.rows import Checked, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.oracle.devices import Assignment
    from tests.oracle.lakehouse import Feeds
    from tests.oracle.rows import ProfileChange

Event = TypeVar("Event")
Row = dict[str, object]

REASON = frozenset({"member_is_not_deleted"})
READ_BUT_NOT_KEPT = {"reported", "sent", "flags", "workout_type", "weather_conditions", "location", "mood"}


@dataclass(slots=True)
class Absences:
    """Times [left, back) per person; `back` is None for those who are still gone."""

    of: dict[int, list[tuple[datetime, datetime | None]]] = field(default_factory=dict)

    def has(self, user_id: object, when: datetime) -> bool:
        return any(left <= when and (back is None or when < back) for left, back in self._of(user_id))

    def is_forgotten(self, user_id: object, when: datetime) -> bool:
        """Whether a row of the person does not belong in gold."""
        return any(back is None or when < back for _, back in self._of(user_id))

    def _of(self, user_id: object) -> list[tuple[datetime, datetime | None]]:
        return self.of.get(user_id, []) if isinstance(user_id, int) else []


def absences(changes: Iterable[ProfileChange]) -> Absences:
    spans: defaultdict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for change in sorted(changes, key=lambda change: (change.event_time, change.offset)):
        own = spans[change.user_id]
        is_gone = bool(own) and own[-1][1] is None
        if change.update_type == "delete" and not is_gone:
            own.append((change.event_time, None))
        elif change.update_type == "new" and is_gone:
            own[-1] = (own[-1][0], change.event_time)
    return Absences({user_id: own for user_id, own in spans.items() if own})


def without_events_of_deleted(feeds: Feeds, gone: Absences) -> Feeds:
    """The feeds, events of deleted people on the rejected side."""
    registered = _parted(feeds.registered_users, lambda row: gone.has(row.user_id, row.registered_at))
    worn: list[Assignment] = assignments(registered.valid)
    return replace(
        feeds,
        registered_users=registered,
        gym_logins=_parted(
            feeds.gym_logins, lambda row: gone.has(owner_of_mac(worn, row.mac_address, row.login), row.login)
        ),
        workout=_parted(feeds.workout, lambda row: gone.has(row.user_id, row.event_time)),
        bpm=_parted(
            feeds.bpm, lambda row: gone.has(owner_of_device(worn, row.device_id, row.event_time), row.event_time)
        )
        if gone.of
        else feeds.bpm,
        daily_activity=_parted(feeds.daily_activity, lambda row: gone.has(row["user_id"], end_of(row["date"]))),
    )


def end_of(day: object) -> datetime:
    """The last microsecond of a day."""
    assert isinstance(day, date)
    return datetime.combine(day, time(tzinfo=UTC)) + timedelta(days=1, microseconds=-1)


def _parted(feed: Checked[Event], is_away: Callable[[Event], bool]) -> Checked[Event]:
    away = [row for row in feed.valid if is_away(row)]
    there = [row for row in feed.valid if not is_away(row)]
    return Checked(there, [*feed.rejected, *(Rejected(_typed(row), REASON) for row in away)])


def _typed(event: Any) -> str:
    """What was understood of a message, as JSON; its text was kept by nobody."""
    columns = event if isinstance(event, dict) else asdict(event)
    return json.dumps({name: _text(value) for name, value in columns.items() if name not in READ_BUT_NOT_KEPT})


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
