"""Who holds Spark's task slots: a flow in real-time mode keeps one for each partition for as long as it runs."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from dlt_local.errors import FlowError
from dlt_local.session.machine import SLOTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt_local.graph.model import PlannedFlow


@dataclass
class TaskSlots:
    """`available` slots, none of which are held yet."""

    available: int
    _held: dict[str, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def reserved(self, flow: PlannedFlow, partitions: int) -> Iterator[None]:
        """Hold a slot for each partition; FlowError if they are too few, as the others would never be read."""
        with self._lock:
            free = self.available - sum(self._held.values())
            if partitions and partitions >= free:
                raise self._too_few(flow, partitions, free)
            self._held[flow.name] = partitions
        try:
            yield
        finally:
            with self._lock:
                del self._held[flow.name]

    def _too_few(self, flow: PlannedFlow, partitions: int, free: int) -> FlowError:
        message = (
            f"Real-time flow '{flow.name}' reads {partitions} partitions and keeps a task slot of Spark for each;"
            f" {free} of {self.available} are free, and one must stay free for everything else"
        )
        remedy = f"Set {SLOTS}={self.available + partitions - free + 1}, or read topics with fewer partitions."
        return FlowError(message, where=flow.flow.location, remedy=remedy)
