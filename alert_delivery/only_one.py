"""Two processes on one outbox would send everything twice."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from alert_delivery.outbox_file import OutboxError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def only_one(outbox: Path) -> Iterator[None]:
    """OutboxError if another process delivers from this outbox; the kernel ends the hold of one that dies."""
    with outbox.with_name(f"{outbox.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutboxError(f"Another process delivers from the outbox {outbox}") from None
        yield
