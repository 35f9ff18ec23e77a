"""What one row of each feed says, once it is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Rejected:
    """A quarantined row."""

    raw: str
    reasons: frozenset[str]


@dataclass(frozen=True, slots=True)
class Checked(Generic[Row]):
    """A feed, split in two."""

    valid: list[Row]
    rejected: list[Rejected]


@dataclass(frozen=True, slots=True)
class Registration:
    user_id: int
    device_id: int
    mac_address: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class DoorRow:
    mac_address: str
    gym: int
    login: datetime
    logout: datetime | None


@dataclass(frozen=True, slots=True)
class ProfileChange:
    user_id: int
    update_type: str
    event_time: datetime
    offset: int
    profile: tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True, order=True)
class WorkoutEvent:
    user_id: int
    workout_id: int
    session_id: int
    event_time: datetime
    action: str


@dataclass(frozen=True, slots=True)
class Reading:
    device_id: int
    event_time: datetime
    bpm: float | None
    sent: tuple[datetime, int]
