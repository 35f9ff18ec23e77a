"""How far a flow has read its topics, by its checkpoint."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Offsets = dict[str, dict[int, int]]
"""The next offset to read, by topic and partition."""


def next_offsets(checkpoint: Path) -> Offsets:
    """Where the next update begins: after the last micro-batch that was committed; empty before the first.

    A batch that was planned and not committed is read again. Of a topic that the flow reads twice, the lower offsets.
    """
    places: Offsets = {}
    for line in _lines(checkpoint):
        for topic, partitions in _topics(line).items():
            known = places.setdefault(topic, {})
            for partition, offset in partitions.items():
                known[partition] = min(offset, known.get(partition, offset))
    return places


def has_offsets(checkpoint: Path) -> bool:
    """Whether a micro-batch was ever planned."""
    return _last(checkpoint / "offsets") is not None


def _lines(checkpoint: Path) -> Iterator[str]:
    committed = _last(checkpoint / "commits")
    if committed is not None:
        yield from (checkpoint / "offsets" / str(committed)).read_text(encoding="utf-8").splitlines()
        return
    # Where the first micro-batch began.
    for file in sorted((checkpoint / "sources").glob("*/0")):
        yield from file.read_text(encoding="utf-8", errors="replace").splitlines()


def _last(folder: Path) -> int | None:
    return max((int(file.name) for file in folder.glob("[0-9]*") if file.name.isdecimal()), default=None)


def _topics(line: str) -> Mapping[str, Mapping[int, int]]:
    """What a line says of Kafka; other sources, and Spark's own facts, look otherwise."""
    try:
        found = json.loads(line.lstrip("v1\0"))
        return {topic: {int(key): int(value) for key, value in places.items()} for topic, places in found.items()}
    except (AttributeError, TypeError, ValueError):
        return {}
