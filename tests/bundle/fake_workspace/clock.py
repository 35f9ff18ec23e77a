"""The workspace's time: begins at a fixed moment and goes one second further each time it is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class Clock:
    """Different times for different events, the same in each test run."""

    now: datetime = datetime(2026, 4, 14, 6, tzinfo=UTC)

    def tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def milliseconds(self) -> int:
        return int(self.tick().timestamp() * 1000)

    def text(self) -> str:
        return timestamp_text(self.tick())


def timestamp_text(moment: datetime) -> str:
    """As events show it: UTC with milliseconds and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
