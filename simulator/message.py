"""A message for Kafka, and what cannot become one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

Headers = tuple[tuple[str, bytes | None], ...]


class Place(NamedTuple):
    """Where a message was found."""

    file: Path
    line: int

    def __str__(self) -> str:
        """As editors read it."""
        return f"{self.file}:{self.line}"


class Message(NamedTuple):
    """What a producer hands to Kafka; `time_ms` is None where the producer's own clock shall tell."""

    topic: str
    key: bytes | None
    value: bytes | None
    time_ms: int | None = None
    headers: Headers = ()
    partition: int | None = None
    place: Place | None = None


class Unplayable(NamedTuple):
    """A line that is no message, and why."""

    place: Place
    reason: str
