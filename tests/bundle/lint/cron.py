"""Quartz cron expressions and time zones."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

if TYPE_CHECKING:
    from collections.abc import Sequence

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS: Sequence[tuple[str, int, int, tuple[str, ...]]] = (
    ("second", 0, 59, ()),
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 1, 7, _DAYS),
    ("year", 1970, 2099, ()),
)
_DAY_OF_MONTH, _DAY_OF_WEEK = 3, 5
_SHORTEST, _LONGEST = 6, 7


def mistake_in_cron(text: str) -> str:
    """What is wrong with a Quartz expression, empty if nothing is."""
    parts = text.split()
    if not _SHORTEST <= len(parts) <= _LONGEST:
        return f"it has {len(parts)} fields, not six or seven"
    if (parts[_DAY_OF_MONTH] == "?") == (parts[_DAY_OF_WEEK] == "?"):
        return "exactly one of day of the month and day of the week must be ?"
    for position, part in enumerate(parts):
        name, least, greatest, names = _FIELDS[position]
        day = position in {_DAY_OF_MONTH, _DAY_OF_WEEK}
        if not all(_is_valid(item, least, greatest, names, day=day) for item in part.split(",")):
            return f"'{part}' is no {name}"
    return ""


def _is_valid(item: str, least: int, greatest: int, names: tuple[str, ...], *, day: bool) -> bool:
    if item == "*" or (day and re.fullmatch(r"\?|L|LW|L-\d+|\d+W|\d+L|\d#[1-5]", item)):
        return True
    span, slash, step = item.partition("/")
    if slash and not (step.isdigit() and int(step) > 0):
        return False
    ends = span.split("-")
    if slash and span == "*":
        return True
    numbers = [_number(end, least, names) for end in ends]
    return len(ends) <= 2 and all(number is not None and least <= number <= greatest for number in numbers)


def _number(text: str, least: int, names: tuple[str, ...]) -> int | None:
    if text.upper() in names:
        return names.index(text.upper()) + least
    return int(text) if text.isdigit() else None


def mistake_in_timezone(text: str) -> str:
    """What is wrong with the name of a time zone, empty if nothing is."""
    if not text:
        return "it has no timezone_id"
    return "" if text in _timezones() else f"there is no time zone '{text}'"


@cache
def _timezones() -> set[str]:
    return available_timezones()
