"""Sends heart rates as devices would, now."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from simulator.heart_rates import emergencies, readings
from simulator.message import Message
from simulator.pacing import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.delivery import Delivery
    from simulator.heart_rates import Emergency, Plan

TOPIC = "bpm"


@dataclass(frozen=True, slots=True)
class Begun:
    """An emergency that has begun: its first reading has this time, its last one is so many seconds later at least."""

    emergency: Emergency
    at: float

    def json_text(self) -> str:
        """Device, kind, time of the first reading, seconds and heart rate."""
        began = datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        fields = {
            "device_id": self.emergency.device_id,
            "kind": self.emergency.kind,
            "started_at": began,
            "at_least_seconds": self.emergency.lasts_s,
            "about_bpm": self.emergency.bpm,
        }
        return json.dumps(fields)


@dataclass(slots=True)
class Sent:
    """How many readings were handed over, and by how much the latest came later than it was due."""

    readings: int = 0
    behind_s: float = 0.0


def send_live(
    plan: Plan,
    delivery: Delivery,
    *,
    on_emergency: Callable[[Begun], None] = lambda _: None,
    on_reading: Callable[[Sent], None] = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.time,
) -> Sent:
    """Send the readings of a plan to topic `bpm`, each when it is due, keyed by device and with the time of the moment.

    Returns once all are acknowledged, after it is stopped too. A sender that falls behind sends what it owes as fast as
    it can.
    """
    sent, watch = Sent(), Stopwatch(delivery.wait, is_stopped)
    for reading in readings(plan, emergencies(plan)):
        watch.wait_until(reading.due_s)
        if is_stopped():
            break
        now = round(clock(), 6)
        delivery.send(_message(reading.device_id, now, reading.bpm))
        if reading.begins is not None:
            on_emergency(Begun(reading.begins, now))
        sent.readings += 1
        sent.behind_s = watch.seconds - reading.due_s
        on_reading(sent)
    delivery.flush()
    return sent


def _message(device_id: int, now: float, bpm: float) -> Message:
    # As json.dumps writes it, in a third of the time.
    value = f'{{"device_id": {device_id}, "time": {now!r}, "heartrate": {bpm!r}}}'
    return Message(TOPIC, str(device_id).encode(), value.encode(), int(now * 1000))
