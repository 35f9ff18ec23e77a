"""Compares the rows that a table must have with those that it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Check:
    """What `table` must hold: two queries with the same columns, whose rows must be the same, as often.

    `expected` reads the truth only, `actual` the tables of the run. Real numbers are rounded in both.
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
    missing = connection.sql("FROM expected EXCEPT ALL FROM actual")
    unexpected = connection.sql("FROM actual EXCEPT ALL FROM expected")
    ((rows,),) = connection.execute("SELECT count(*) FROM expected").fetchall()
    return Compared(
        check,
        rows=rows,
        missing=len(missing),
        unexpected=len(unexpected),
        examples=(*_examples("missing", missing), *_examples("unexpected", unexpected)),
    )


def _examples(kind: str, rows: Any) -> Iterator[str]:
    ordered = rows.order("ALL").limit(_EXAMPLES)
    for row in ordered.fetchall():
        fields = ", ".join(f"{name}={value}" for name, value in zip(ordered.columns, row, strict=True))
        yield f"{kind}: {fields}"
