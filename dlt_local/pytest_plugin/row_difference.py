"""Says how the rows of a table differ from those that a test expects."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from dlt_local.pytest_plugin.rows import same, unmatched

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dlt_local.pytest_plugin.rows import Row, Rows

_SHOWN = 20
_COMPARED = 200
_WIDTH = 100


def explain_difference(found: Rows, expected: Sequence[Any]) -> list[str]:
    """Lines for pytest: a summary, then each row that differs, is missing or is unexpected."""
    strange = next((row for row in expected if not isinstance(row, dict)), None)
    if strange is not None:
        return [f"rows of '{found.table}' == expected rows", f"A row is a dict of column to value, got {strange!r}"]
    unexpected, missing = unmatched(found, expected)
    columns = list(_differing_columns(unexpected, missing))
    if columns:
        common = _columns(unexpected).keys() & _columns(missing).keys()
        unexpected, missing = unmatched(_only(common, unexpected), _only(common, missing))
    differing, unexpected, missing = _paired(unexpected, missing)
    counts = f"{len(differing)} differ, {len(missing)} missing, {len(unexpected)} unexpected"
    return [
        f"rows of '{found.table}' == expected rows",
        f"{counts} ({len(found)} in the table, {len(expected)} expected)",
        *columns,
        *_shortened([line for row, other in differing for line in _cells(row, other)]),
        *_shortened([f"missing: {row!r}" for row in missing]),
        *_shortened([f"unexpected: {row!r}" for row in unexpected]),
    ]


def _differing_columns(unexpected: Sequence[Row], missing: Sequence[Row]) -> Iterator[str]:
    if unexpected and missing:
        stored, wanted = _columns(unexpected), _columns(missing)
        for side, these, others in (("in the table", stored, wanted), ("expected", wanted, stored)):
            names = [name for name in these if name not in others]
            if names:
                yield f"columns only {side}: {', '.join(names)}"


def _columns(rows: Sequence[Row]) -> dict[str, None]:
    return dict.fromkeys(name for row in rows for name in row)


def _only(columns: Collection[str], rows: Sequence[Row]) -> list[Row]:
    return [{name: value for name, value in row.items() if name in columns} for row in rows]


def _paired(unexpected: Sequence[Row], missing: Sequence[Row]) -> tuple[list[tuple[Row, Row]], list[Row], list[Row]]:
    """Pairs of rows that are most alike, at least half of whose columns are equal, and the rows without a partner."""
    candidates = []
    for (here, row), (there, other) in product(enumerate(unexpected[:_COMPARED]), enumerate(missing[:_COMPARED])):
        equal = sum(name in other and same(value, other[name]) for name, value in row.items())
        if equal and 2 * equal >= max(len(row), len(other)):
            candidates.append((-equal, there, here))
    partners: dict[int, int] = {}
    for _, there, here in sorted(candidates):
        if there not in partners and here not in partners.values():
            partners[there] = here
    pairs = [(unexpected[here], missing[there]) for there, here in partners.items()]
    alone = [row for number, row in enumerate(unexpected) if number not in partners.values()]
    return pairs, alone, [row for number, row in enumerate(missing) if number not in partners]


def _cells(row: Row, other: Row) -> Iterator[str]:
    """The row by what is equal, then each value that is not."""
    equal = [name for name, value in row.items() if name in other and same(value, other[name])]
    yield _cut("differs: " + ", ".join(f"{name}={row[name]!r}" for name in equal))
    for name in dict.fromkeys((*row, *other)):
        if name not in equal:
            stored = repr(row[name]) if name in row else "no such column"
            wanted = repr(other[name]) if name in other else "no such column"
            yield f"  {name}: {stored} in the table, {wanted} expected"


def _shortened(lines: list[str]) -> list[str]:
    rest = len(lines) - _SHOWN
    return lines if rest <= 0 else [*lines[:_SHOWN], f"... and {rest} more lines"]


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."
