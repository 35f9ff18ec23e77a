"""Plays the files of a landing folder into Kafka topics."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from simulator.landing.reading import messages_of
from simulator.message import Message, Unplayable
from simulator.pacing import Stopwatch, at_once

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from simulator.delivery import Delivery
    from simulator.landing.arrivals import Arrival
    from simulator.pacing import Pace

Lines = Iterator[Message | Unplayable]


@dataclass(slots=True)
class Played:
    """What became of the lines: messages handed over, and lines that are none."""

    messages: int = 0
    unplayable: int = 0
    seconds: float = 0.0
    is_complete: bool = True


def in_order_of_arrival(arrivals: Sequence[Arrival]) -> Lines:
    """One file after the other."""
    return chain.from_iterable(messages_of(file) for arrival in arrivals for file in arrival.files)


def side_by_side(arrivals: Sequence[Arrival]) -> Lines:
    """What arrived together plays together, by the messages' own times; within a file the order stays as it is."""
    for arrival in arrivals:
        timed = (_timed(messages_of(file)) for file in arrival.files)
        yield from (found for _, found in heapq.merge(*timed, key=lambda pair: pair[0]))


def play(
    lines: Lines,
    delivery: Delivery,
    *,
    pace: Pace = at_once,
    topics: Collection[str] | None = None,
    on_line: Callable[[Message | Unplayable], None] = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Played:
    """Send the messages, of these topics only if some are named, each when it is due, and wait until all are taken.

    Once it is stopped it reads no further. `delivery` knows what was delivered and refused. DeliveryError if Kafka
    cannot be used any longer.
    """
    played, watch = Played(), Stopwatch(delivery.wait, is_stopped)
    for found in lines:
        on_line(found)
        if isinstance(found, Unplayable):
            played.unplayable += 1
        elif topics is None or found.topic in topics:
            watch.wait_until(pace(found))
            if not is_stopped():
                delivery.send(found)
                played.messages += 1
        if is_stopped():
            played.is_complete = False
            break
    delivery.flush()
    played.seconds = watch.seconds
    return played


def _timed(lines: Iterable[Message | Unplayable]) -> Iterator[tuple[int, Message | Unplayable]]:
    latest = 0
    for found in lines:
        latest = max(latest, found.time_ms or 0) if isinstance(found, Message) else latest
        yield latest, found
