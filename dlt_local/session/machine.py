"""What Java may use of this machine: cores and memory, also inside a container, and how hard it compiles."""

from __future__ import annotations

import os
from pathlib import Path

from dlt_local.session.errors import SessionError

COMPILER, SLOTS = "DLT_LOCAL_COMPILER", "DLT_LOCAL_TASK_SLOTS"
# What runs for hours is worth compiling well, and should pause seldom and shortly.
_STEADY = ("-XX:+UseSerialGC", "-XX:ReservedCodeCacheSize=256m")
_COMPILERS = {
    # Without the larger cache the compiler switches itself off after a minute.
    "quick": ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=256m"),
    "full": ("-XX:+UseParallelGC",),
}
_SLOTS_PER_CORE, _FEWEST_SLOTS = 2, 8
# Below this Java collects all garbage each time that its classes need more room, which Spark's do for a minute.
_CLASS_OPTIONS = ("-XX:MetaspaceSize=256m",)
_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")
_MEGABYTE = 1024 * 1024


def cores() -> int:
    """The cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def task_slots() -> int:
    """How many tasks a continuous run has at a time: more than cores, because those of streams mostly wait for rows.

    DLT_LOCAL_TASK_SLOTS sets another number.
    """
    text = os.environ.get(SLOTS)
    if text is None:
        return max(_FEWEST_SLOTS, _SLOTS_PER_CORE * cores())
    if not text.isdecimal() or int(text) < 1:
        raise SessionError(f"{SLOTS}={text} is no number of tasks")
    return int(text)


def heap_options(limit: str | None) -> list[str]:
    """Java's heap: `limit` as Spark writes it (2g), else a third of the memory, between 1 and 4 GB.

    Larger work spills to disk. It starts at a quarter, because growing in small steps costs many collections.
    """
    if limit:
        return [f"-Xmx{limit}", *_CLASS_OPTIONS]
    heap = min(max(_memory_megabytes() // 3, 1024), 4096)
    return [f"-Xmx{heap}m", f"-Xms{heap // 4}m", f"-XX:NewSize={heap // 8}m", *_CLASS_OPTIONS]


def compiler_options(*, long_running: bool = False) -> list[str]:
    """Quick by default: up to some million rows Java's second compiler costs more than its code saves.

    DLT_LOCAL_COMPILER=full is for more than that; long scans are then three times as fast.
    """
    choice = os.environ.get(COMPILER)
    if choice is None:
        return list(_STEADY if long_running else _COMPILERS["quick"])
    if choice not in _COMPILERS:
        raise SessionError(f"{COMPILER}={choice} is neither quick nor full")
    return list(_COMPILERS[choice])


def _memory_megabytes() -> int:
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = int(_CONTAINER_LIMIT.read_text(encoding="ascii"))
    except (OSError, ValueError):
        limit = physical
    return min(physical, limit) // _MEGABYTE
