"""Compares the rows that a table must have with those that it has."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Row = tuple[Any, ...]

_EXAMPLES = 5
_COMPARED_WITH = 1000
_NAMING = 4  # equal columns say which row it is
_TOLERANCE = 5e-6


@dataclass(frozen=True, slots=True)
class Check:
    """What `table` must hold: two queries with the same columns, whose rows must be the same, as often.

    `expected` reads the truth only, `actual` the tables of the run. Real numbers are equal within 5 millionths.
    """

    table: str
    about: str
    """What is compared, in the words of the report."""
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Compared:
    """The outcome of a check; `problem` says why it could not be made."""

    check: Check
    rows: int = 0
    missing: int = 0
    unexpected: int = 0
    examples: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def is_equal(self) -> bool:
        """Whether there is no difference."""
        return not self.missing and not self.unexpected and self.problem is None


def same_columns(table: str, about: str, columns: str) -> Check:
    """The check of `table` against the view of `expected` with its name."""
    name = table.split(".")[1]
    return Check(table, about, f"SELECT {columns} FROM expected.{name}", f"SELECT {columns} FROM {table}")


def compare(connection: duckdb.DuckDBPyConnection, checks: Iterable[Check]) -> Iterator[Compared]:
    """One outcome per check."""
    for check in checks:
        try:
            yield _compared(connection, check)
        except duckdb.CatalogException as error:
            yield Compared(check, problem=str(error).splitlines()[0])


def _compared(connection: duckdb.DuckDBPyConnection, check: Check) -> Compared:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE expected AS {check.expected}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE actual AS {check.actual}")
    ((rows,),) = connection.execute("SELECT count(*) FROM expected").fetchall()
    columns = connection.table("expected").columns
    missing, unexpected = unmatched(
        connection.execute("FROM expected EXCEPT ALL FROM actual ORDER BY ALL").fetchall(),
        connection.execute("FROM actual EXCEPT ALL FROM expected ORDER BY ALL").fetchall(),
    )
    return Compared(
        check,
        rows=rows,
        missing=len(missing),
        unexpected=len(unexpected),
        examples=tuple(_examples(columns, missing, unexpected)),
    )


def unmatched(missing: Sequence[Row], unexpected: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The rows that differ by more than the last digits of real numbers, which depend on the order of sums."""
    near: defaultdict[Row, list[Row]] = defaultdict(list)
    for row in unexpected:
        near[_without_reals(row)].append(row)
    found: list[Row] = []
    for row in missing:
        candidates = near[_without_reals(row)]
        match = next((each for each in candidates if _is_near(row, each)), None)
        if match is None:
            found.append(row)
        else:
            candidates.remove(match)
    return found, [row for rows in near.values() for row in rows]


def _without_reals(row: Row) -> Row:
    return tuple("real" if isinstance(value, float) else str(value) for value in row)


def _is_near(one: Row, other: Row) -> bool:
    reals = ((a, b) for a, b in zip(one, other, strict=True) if isinstance(a, float))
    return all(math.isclose(a, b, rel_tol=1e-9, abs_tol=_TOLERANCE) for a, b in reals)


def _examples(columns: Sequence[str], missing: Sequence[Row], unexpected: Sequence[Row]) -> Iterator[str]:
    """The first differences; of two rows that are alike for the most part, what differs."""
    others = list(unexpected[:_COMPARED_WITH])
    for row in missing[:_EXAMPLES]:
        like = max(others, key=lambda other: _equal_columns(row, other), default=None)
        if like is not None and 2 * _equal_columns(row, like) > len(row):
            others.remove(like)
            yield _change(columns, row, like)
        else:
            yield f"missing: {_fields(columns, row)}"
    for row in others[:_EXAMPLES]:
        yield f"unexpected: {_fields(columns, row)}"


def _equal_columns(one: Row, other: Row) -> int:
    return sum(a == b for a, b in zip(one, other, strict=True))


def _change(columns: Sequence[str], row: Row, other: Row) -> str:
    named = list(zip(columns, row, other, strict=True))
    equal = [f"{name}={value}" for name, value, is_there in named if value == is_there]
    differing = [f"{name} must be {value}, is {is_there}" for name, value, is_there in named if value != is_there]
    return f"{', '.join(equal[:_NAMING])}: {'; '.join(differing)}"


def _fields(columns: Sequence[str], row: Row) -> str:
    return ", ".join(f"{name}={value}" for name, value in zip(columns, row, strict=True))
