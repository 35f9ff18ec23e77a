"""Becomes another program that ends when the process that started it does, however that ends (on Linux).

`python -m dlt_local.kafka.tied_process PARENT COMMAND...`
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_SET_PARENT_DEATH_SIGNAL = 1


def main(parent: int, command: list[str]) -> None:
    """Ask the kernel for a SIGTERM at the parent's death, which outlasts the exec."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() == parent:
        os.execv(command[0], command)  # noqa: S606 # composed by our own process


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
