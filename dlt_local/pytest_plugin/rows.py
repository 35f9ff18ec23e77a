"""Rows of a table, compared as a table is: without an order."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    Row = dict[str, Any]

_NAN = object()


class Rows(list[dict[str, Any]]):
    """Rows of a table; equal to every list of the same rows, in whatever order, each as often as it occurs."""

    def __init__(self, rows: Iterable[Row], table: str) -> None:
        super().__init__(rows)
        self.table = table

    __hash__ = None  # as of every list

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, list):
            return NotImplemented
        return len(self) == len(other) and unmatched(self, other) == ([], [])

    def __ne__(self, other: object) -> bool:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal


def unmatched(found: Sequence[Row], expected: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Rows of each side that have no equal partner on the other."""
    rest, missing = _without_equals(found, expected)
    # What is left may hold values that only `==` can judge, like pytest.approx.
    unexpected = []
    for row in rest:
        partner = next((number for number, other in enumerate(missing) if same(row, other)), None)
        if partner is None:
            unexpected.append(row)
        else:
            del missing[partner]
    return unexpected, missing


def same(first: object, second: object) -> bool:
    """Equality by value, in which NaN equals NaN."""
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(same(value, second[key]) for key, value in first.items())
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return (_is_nan(first) and _is_nan(second)) or bool(first == second)


def _without_equals(found: Sequence[Row], expected: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Both sides without the rows that are equal and hashable."""
    keys, others = [_key(row) for row in found], [_key(row) for row in expected]
    common = Counter(key for key in keys if key is not None) & Counter(key for key in others if key is not None)
    return _beyond(found, keys, common.copy()), _beyond(expected, others, common.copy())


def _beyond(rows: Sequence[Row], keys: Sequence[Hashable | None], common: Counter[Hashable]) -> list[Row]:
    rest = []
    for row, key in zip(rows, keys, strict=True):
        if key is not None and common[key] > 0:
            common[key] -= 1
        else:
            rest.append(row)
    return rest


def _key(row: object) -> Hashable | None:
    try:
        frozen = _frozen(row)
        hash(frozen)
    except TypeError:
        return None
    return frozen


def _frozen(value: object) -> Hashable:
    if isinstance(value, dict):
        return frozenset((key, _frozen(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, value))
    return _NAN if _is_nan(value) else value


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
