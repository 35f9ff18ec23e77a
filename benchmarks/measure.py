"""Runs a command and accounts for it with all processes that it leaves behind: wall and CPU seconds, peak memory."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of wall clock until the command ended, CPU seconds of all its processes, MiB of the largest one."""

    wall: float
    cpu: float
    peak: int

    def __str__(self) -> str:
        return f"{self.wall:7.1f} s wall {self.cpu:7.1f} s CPU {self.peak:6d} MiB"


def cost_of(command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run to the end; a command that fails is an error that names its log."""
    receiver, sender = get_context("fork").Pipe(duplex=False)
    child = get_context("fork").Process(target=_account, args=(list(command), log, environment, sender))
    child.start()
    code, cost = receiver.recv()
    child.join()
    if code != 0:
        sys.exit(f"exit code {code}: {' '.join(command)}; see {log}")
    found: Cost = cost
    return found


def _account(command: list[str], log: Path, environment: Mapping[str, str] | None, sender: Connection) -> None:
    # Orphans of the command become children of this process, so that their time is counted too.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    started = time.monotonic()
    with log.open("ab") as output:
        running = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})}
        )
        code = running.wait()
        wall = time.monotonic() - started
        _reap()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    sender.send((code, Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024)))


def _reap() -> None:
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return
