"""Event hooks: users' functions that are told the events of an update, one at a time, beside the update."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from dlt_local.errors import first_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dlt_local.api.definitions import EventHook
    from dlt_local.event_log import Event, EventLog

_GRACE_SECONDS = 20.0
_OF_HOOKS = "hook_progress"


@contextmanager
def delivered_to(hooks: Collection[EventHook], log: EventLog) -> Iterator[None]:
    """Deliver the stable events written meanwhile; what a slow hook has not taken soon after the end is lost."""
    if not hooks:
        yield
        return
    delivery = _Delivery([_Listener(hook, log) for hook in hooks])
    log.listeners.append(delivery.take)
    worker = Thread(target=delivery.work, name="event-hooks", daemon=True)
    worker.start()
    try:
        yield
    finally:
        log.listeners.remove(delivery.take)
        delivery.queue.put(None)
        worker.join(_GRACE_SECONDS)
        lost = delivery.queue.qsize()
        if worker.is_alive() and lost:
            message = f"Event hooks did not take {lost} events within {_GRACE_SECONDS:.0f} s after the update."
            log.write(_OF_HOOKS, message, {"status": "FAILED", "lost_events": lost}, level="WARN")


@dataclass
class _Delivery:
    listeners: list[_Listener]
    queue: SimpleQueue[Event | None] = field(default_factory=SimpleQueue)

    def take(self, event: Event) -> None:
        if event.maturity_level == "STABLE" and event.event_type != _OF_HOOKS:
            self.queue.put(event)

    def work(self) -> None:
        for listener in self.listeners:
            listener.report("ENABLED", "INFO")
        while (event := self.queue.get()) is not None:
            for listener in self.listeners:
                listener.tell({**asdict(event), "timestamp": event.timestamp.isoformat()})


@dataclass
class _Listener:
    hook: EventHook
    log: EventLog
    failures: int = 0
    is_enabled: bool = True

    def tell(self, event: dict[str, Any]) -> None:
        if not self.is_enabled:
            return
        try:
            self.hook.function(event)
        except Exception as error:  # noqa: BLE001 # whatever a hook raises must not end the update
            self.failures += 1
            self.report("FAILED", "WARN", f": {type(error).__name__}: {first_line(error)}")
            limit = self.hook.max_allowable_consecutive_failures
            if limit is not None and self.failures > limit:
                self.is_enabled = False
                self.report("DISABLED", "WARN", f" after {self.failures} failures in a row")
        else:
            self.failures = 0

    def report(self, status: str, level: str, because: str = "") -> None:
        message = f"Event hook '{self.hook.name}' is {status}{because}."
        self.log.write(_OF_HOOKS, message, {"name": self.hook.name, "status": status}, level=level)
