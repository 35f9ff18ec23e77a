"""Reads histories written as text, and computes what they mean without Spark."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

_CASES = Path(__file__).with_name("scalar_histories.yaml")
_EVENT = re.compile(r"U\((?P<value>\w+)\)@(?P<upsert>\d+)|D@(?P<delete>\d+)")
_VERSION = re.compile(r"(\w+)\[(\w+),(\d*)\)")

Version = tuple[str | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Event:
    key: str
    sequence: int
    value: str | None

    @property
    def is_delete(self) -> bool:
        return self.value is None


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    updates: tuple[tuple[Event, ...], ...]
    current: str | None
    versions: tuple[Version, ...]

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(event for update in self.updates for event in update)


def cases() -> list[Case]:
    found = yaml.safe_load(_CASES.read_text(encoding="utf-8"))
    return [_case(name, case) for name, case in found.items()]


def _case(name: str, case: dict[str, str]) -> Case:
    updates = tuple(tuple(_events(name, text)) for text in case["events"].split("|"))
    return Case(name, updates, case["scd1"] or None, tuple(_version(found) for found in _VERSION.findall(case["scd2"])))


def _events(key: str, text: str) -> list[Event]:
    found = _EVENT.finditer(text)
    return [Event(key, int(match["upsert"] or match["delete"]), match["value"]) for match in found]


def _version(found: tuple[str, str, str]) -> Version:
    value, start, end = found
    return (None if value == "NULL" else value, None if start == "NULL" else int(start), int(end) if end else None)


def versions_of(events: list[Event]) -> list[Version]:
    """What the events of one key mean, walked in order of sequence."""
    done: list[Version] = []
    value: str | None = None
    start: int | None = None
    for sequence in sorted({event.sequence for event in events}):
        values = [event.value for event in events if event.sequence == sequence]
        if None in values:
            done.append((value, start, sequence))
            value = start = None
            continue
        newest = max(text for text in values if text is not None)
        if start is None:
            start = sequence
        elif newest != value:
            done.append((value, start, sequence))
            start = sequence
        value = newest
    return [*done, (value, start, None)] if start is not None else done
