"""When each message is due, in seconds after the first."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.message import Message

Pace = Callable[["Message"], float]

_DAY_MS = 24 * 3600 * 1000


def at_once(_message: Message) -> float:
    """As fast as possible."""
    return 0.0


def steady(rate: float) -> Pace:
    """So many messages a second, at equal distances."""
    sent = 0

    def due(_message: Message) -> float:
        nonlocal sent
        sent += 1
        return (sent - 1) / rate

    return due


def sped_up(speedup: float) -> Pace:
    """So many times the pace of the messages' own times.

    A message of an earlier time than one before it is late and due at once. A leap of more than a day, as wrong clocks
    and gaps between files make it, takes no time either way.
    """
    due_seconds, clock_ms = 0.0, None

    def due(message: Message) -> float:
        nonlocal due_seconds, clock_ms
        if message.time_ms is None:
            return due_seconds
        step = 0 if clock_ms is None else message.time_ms - clock_ms
        if 0 < step <= _DAY_MS:
            due_seconds += step / 1000 / speedup
        if clock_ms is None or step > 0 or step < -_DAY_MS:
            clock_ms = message.time_ms
        return due_seconds

    return due


@dataclass(slots=True)
class Stopwatch:
    """Waits until moments after its start; while it waits it calls `meanwhile` with the seconds that it may take."""

    meanwhile: Callable[[float], object]
    is_stopped: Callable[[], bool] = lambda: False
    now: Callable[[], float] = time.monotonic
    start: float = field(init=False)

    _LONGEST = 0.2
    # To be that early costs less than to wake up for each of thousands of messages a second.
    _SHORTEST = 0.001

    def __post_init__(self) -> None:
        self.start = self.now()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return self.now() - self.start

    def wait_until(self, due: float) -> None:
        """Returns at once if that is past, almost past, or if it is stopped."""
        while (rest := due - self.seconds) >= self._SHORTEST and not self.is_stopped():
            self.meanwhile(min(rest, self._LONGEST))
