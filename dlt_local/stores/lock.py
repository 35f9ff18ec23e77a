"""One update at a time: an advisory lock on the state folder that dies with its process."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the lock of a state folder; if another process has it, say which."""
    with (root / "lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = _holder(file.read())
            message = f"State folder '{root}' is in use by {holder}"
            raise StateError(message, remedy="Wait for that update, or give another folder with --state.") from None
        file.truncate(0)
        owner = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": Path(sys.argv[0]).name,
        }
        file.write(json.dumps(owner))
        file.flush()
        yield


def _holder(text: str) -> str:
    try:
        owner = json.loads(text)
    except ValueError:
        return "another process"
    return f"process {owner['pid']} on {owner['host']} since {owner['started_at']}"
