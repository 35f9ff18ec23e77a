"""Rows compare as a table does: every row, every column, no order."""

from __future__ import annotations

import math
from typing import Any

import pytest

from dlt_local.pytest_plugin import Rows, pytest_assertrepr_compare

STORED = [{"id": 1, "city": "Rome"}, {"id": 2, "city": "Bonn"}, {"id": 2, "city": "Bonn"}]


def rows(*stored: dict[str, Any]) -> Rows:
    return Rows(stored, "people")


def test_order_does_not_count_but_number_does() -> None:
    assert rows(*STORED) == STORED[::-1]
    assert STORED[::-1] == rows(*STORED)
    assert rows(*STORED) == rows(*STORED[::-1])
    assert rows(*STORED) != STORED[:2]
    assert rows(*STORED[:2]) != STORED
    assert rows() == []
    assert rows(*STORED) != "three rows"


def test_every_column_counts() -> None:
    assert rows({"id": 1, "city": None}) != [{"id": 1}]
    assert rows({"id": 1}) != [{"id": 1, "city": None}]
    assert rows({"city": "Rome", "id": 1}) == [{"id": 1, "city": "Rome"}]


@pytest.mark.parametrize(
    ("value", "other"),
    [
        (math.nan, math.nan),
        ([1, math.nan], [1, math.nan]),
        ({"inner": [{"x": 1}]}, {"inner": [{"x": 1}]}),
        (0.1 + 0.2, pytest.approx(0.3)),
        ([0.1 + 0.2], [pytest.approx(0.3)]),
    ],
)
def test_values_that_are_hard_to_compare(value: object, other: object) -> None:
    assert rows({"id": 1, "v": value}, {"id": 2, "v": value}) == [{"id": 2, "v": other}, {"id": 1, "v": other}]
    assert rows({"id": 1, "v": value}) != [{"id": 1, "v": "other"}]


def explained(found: Rows, expected: object) -> list[str]:
    lines = pytest_assertrepr_compare("==", found, expected)
    assert lines is not None
    assert lines == pytest_assertrepr_compare("==", expected, found)
    return lines


def test_a_failure_names_the_cells_that_differ_and_the_rows_on_one_side() -> None:
    found = rows({"id": 1, "city": "Rome"}, {"id": 2, "city": "Bonn"}, {"id": 9, "city": "Kiel"})
    expected = [{"id": 2, "city": "Berlin"}, {"id": 1, "city": "Rome"}, {"id": 3, "city": "Oslo"}]
    assert explained(found, expected) == [
        "rows of 'people' == expected rows",
        "1 differ, 1 missing, 1 unexpected (3 in the table, 3 expected)",
        "differs: id=2",
        "  city: 'Bonn' in the table, 'Berlin' expected",
        "missing: {'id': 3, 'city': 'Oslo'}",
        "unexpected: {'id': 9, 'city': 'Kiel'}",
    ]


def test_columns_on_one_side_are_named_once() -> None:
    found = rows({"id": 1, "at": 7, "_file": "a"}, {"id": 2, "at": 8, "_file": "b"})
    assert explained(found, [{"id": 2, "when": 8}, {"id": 1, "when": 7}]) == [
        "rows of 'people' == expected rows",
        "0 differ, 0 missing, 0 unexpected (2 in the table, 2 expected)",
        "columns only in the table: at, _file",
        "columns only expected: when",
    ]


def test_a_row_that_is_there_too_often_is_unexpected_once() -> None:
    assert explained(rows(*STORED), STORED[:2])[1:] == [
        "0 differ, 0 missing, 1 unexpected (3 in the table, 2 expected)",
        "unexpected: {'id': 2, 'city': 'Bonn'}",
    ]


def test_a_row_pairs_with_the_one_that_is_most_like_it() -> None:
    found = rows({"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 2, "c": 2})
    assert explained(found, [{"a": 1, "b": 2, "c": 9}])[1:] == [
        "1 differ, 0 missing, 1 unexpected (2 in the table, 1 expected)",
        "differs: a=1, b=2",
        "  c: 2 in the table, 9 expected",
        "unexpected: {'a': 1, 'b': 1, 'c': 1}",
    ]


def test_long_lists_are_cut_and_say_so() -> None:
    lines = explained(rows(*({"id": number} for number in range(30))), [])
    assert lines[1] == "0 differ, 0 missing, 30 unexpected (30 in the table, 0 expected)"
    assert len(lines) == 2 + 20 + 1
    assert lines[-1] == "... and 10 more lines"


def test_something_that_is_no_row_is_named() -> None:
    assert explained(rows(*STORED), [(1, "Rome")])[1] == "A row is a dict of column to value, got (1, 'Rome')"


def test_other_comparisons_are_left_to_pytest() -> None:
    assert pytest_assertrepr_compare("==", [1], [2]) is None
    assert pytest_assertrepr_compare("==", rows(), {}) is None
    assert pytest_assertrepr_compare("!=", rows(), []) is None
