"""What this machine may use: cores and memory, also inside a container."""

from __future__ import annotations

import os
from pathlib import Path

_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")
_MEGABYTE = 1024 * 1024


def cores() -> int:
    """The cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def heap_megabytes() -> int:
    """A third of the memory for Java's heap, between 1 and 4 GB; larger work spills to disk."""
    return min(max(_memory_megabytes() // 3, 1024), 4096)


def _memory_megabytes() -> int:
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = int(_CONTAINER_LIMIT.read_text(encoding="ascii"))
    except (OSError, ValueError):
        limit = physical
    return min(physical, limit) // _MEGABYTE
