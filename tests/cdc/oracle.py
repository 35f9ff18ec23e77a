"""What a set of change events means, walked in plain Python: no Spark, no SQL, no code of the runtime."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
Version = tuple[Row | None, Any, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """`op` is U, D or T; `row` holds the non-key columns of an upsert, `named` the ones that it sets (None: all)."""

    key: Any
    seq: Any
    op: str
    row: Row | None = None
    named: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """Tracked columns (None: all), and columns whose NULLs mean "as before"."""

    tracked: frozenset[str] | None = None
    ignored: frozenset[str] = frozenset()


def versions(events: list[Event], rules: Rules) -> dict[Any, list[Version]]:
    """Versions (row, start, end) per key in order; row and start are None for a delete that found nothing open."""
    truncates = {event.seq for event in events if event.op == "T"}
    by_key: dict[Any, dict[Any, list[Event]]] = defaultdict(lambda: defaultdict(list))
    for event in events:
        if event.op != "T":
            by_key[event.key][event.seq].append(event)
    return {key: _walk(moments, truncates, rules) for key, moments in by_key.items()}


def current(events: list[Event], rules: Rules) -> dict[Any, Row]:
    """The rows that hold in the end."""
    last = {key: found[-1] for key, found in versions(events, rules).items() if found}
    return {key: row for key, (row, _, end) in last.items() if end is None and row is not None}


def _walk(moments: dict[Any, list[Event]], truncates: set[Any], rules: Rules) -> list[Version]:
    done: list[Version] = []
    row: Row | None = None
    start: Any = None
    for seq in sorted(moments.keys() | truncates):
        events = moments.get(seq, [])
        if seq in truncates or any(event.op == "D" for event in events):
            # A truncate of a key that has no row is nothing that a table without history could show.
            done.append((row, start, seq))
            row = start = None
            continue
        new = _after(row, max(events, key=lambda event: repr((event.row, sorted(event.named or ())))), rules)
        if row is None:
            start = seq
        elif any(new[name] != row[name] for name in (new if rules.tracked is None else rules.tracked)):
            done.append((row, start, seq))
            start = seq
        row = new
    return [*done, (row, start, None)] if row is not None else done


def _after(before: Row | None, event: Event, rules: Rules) -> Row:
    row = event.row or {}
    if event.named is not None:
        return {name: row[name] if name in event.named else (before or {}).get(name) for name in row}
    if before is None:
        return row
    return {name: _kept(before[name], value) if name in rules.ignored else value for name, value in row.items()}


def _kept(before: Any, after: Any) -> Any:
    if after is None:
        return before
    if isinstance(before, dict) and isinstance(after, dict):
        return {name: _kept(before[name], value) for name, value in after.items()}
    return after
