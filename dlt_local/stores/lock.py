"""One update of a pipeline at a time: advisory locks on the state folder that die with their process."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dlt_local.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt_local.stores.state import StateFolder


# Java notices within moments that its Python is gone, and ends.
_SECONDS_TO_END = 30
_SECONDS_BETWEEN_TRIES = 0.1


@contextmanager
def locked(root: Path) -> Iterator[int]:
    """Hold a whole state folder, given as file descriptor; if another process uses it, say which."""
    with _held(root / "lock", root, fcntl.LOCK_EX) as descriptor:
        yield descriptor


@contextmanager
def locked_pipeline(state: StateFolder) -> Iterator[tuple[int, int]]:
    """Hold one pipeline of a state folder; others may run beside it, each with tables of its own."""
    folder = state.pipeline(state.pipeline_name)
    with _held(state.root / "lock", state.root, fcntl.LOCK_SH) as shared:
        folder.mkdir(parents=True, exist_ok=True)
        with _held(folder / "lock", state.root, fcntl.LOCK_EX) as descriptor:
            yield shared, descriptor


@contextmanager
def _held(path: Path, root: Path, kind: int) -> Iterator[int]:
    with path.open("a+", encoding="utf-8") as file:
        if not _acquired(file, kind):
            message = f"State folder '{root}' is in use by {_holder(file)}"
            raise StateError(message, remedy="Wait for that update, or give another folder with --state.")
        file.truncate(0)
        owner = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": Path(sys.argv[0]).name,
        }
        file.write(json.dumps(owner))
        file.flush()
        try:
            yield file.fileno()
        finally:
            # Java shares the descriptor; the lock must not last as long as it does.
            fcntl.flock(file, fcntl.LOCK_UN)


def _acquired(file: IO[str], kind: int) -> bool:
    """Take the lock; what a killed process left running is given time to end."""
    deadline = time.monotonic() + _SECONDS_TO_END
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if _holder_lives(file) or time.monotonic() > deadline:
                return False
            time.sleep(_SECONDS_BETWEEN_TRIES)
        else:
            return True


def _holder_lives(file: IO[str]) -> bool:
    owner = _owner(file)
    if owner is None or owner["host"] != socket.gethostname():
        return True
    try:
        os.kill(owner["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _owner(file: IO[str]) -> dict[str, Any] | None:
    file.seek(0)
    try:
        owner: dict[str, Any] = json.loads(file.read())
    except ValueError:
        return None
    return owner


def _holder(file: IO[str]) -> str:
    owner = _owner(file)
    if owner is None:
        return "another process"
    return f"process {owner['pid']} on {owner['host']} since {owner['started_at']}"
