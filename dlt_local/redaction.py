"""Keeps the values of secrets out of events and errors."""

from __future__ import annotations

from typing import Any

REDACTED = "[REDACTED]"
# Shorter values occur in any text by chance.
_SHORTEST = 4
_values: set[str] = set()


def hide(value: str) -> None:
    """From now on, show this value nowhere."""
    if len(value) >= _SHORTEST:
        _values.add(value)


def redacted(thing: Any) -> Any:
    """The same text, or structure of lists, tuples and dicts, without hidden values."""
    if not _values:
        return thing
    if isinstance(thing, str):
        for value in _values:
            thing = thing.replace(value, REDACTED)
        return thing
    if isinstance(thing, dict):
        return {key: redacted(item) for key, item in thing.items()}
    if isinstance(thing, list | tuple):
        return [redacted(item) for item in thing]
    return thing
