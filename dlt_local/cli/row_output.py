"""Prints the rows of a table."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlt_local.show.rows import TableRows

_ANY_WIDTH = 100_000


def print_csv(rows: TableRows) -> None:
    """A header and one line per row."""
    sys.stdout.writelines(f"{line}\n" for line in rows.csv_lines())


def print_json(rows: TableRows) -> None:
    """One array, an object per line."""
    sys.stdout.writelines(json_array(rows.json_objects()))


def json_array(objects: Iterable[str]) -> Iterator[str]:
    """JSON texts as the lines of one array."""
    empty = True
    for text in objects:
        yield f"{'[' if empty else ','}\n{text}"
        empty = False
    yield "[]\n" if empty else "\n]\n"


def print_table(rows: TableRows) -> None:
    """The first rows in columns, and how many rows there are; on a terminal long values are folded."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in rows.columns:
        grid.add_column(Text(column), overflow="fold")
    shown = 0
    for row in rows.text():
        grid.add_row(*(Text("NULL", style="dim") if value is None else Text(value) for value in row))
        shown += 1
    console = Console(width=None if sys.stdout.isatty() else _ANY_WIDTH, highlight=False)
    console.print(grid)
    console.print(_summary(shown, rows.count()))


def _summary(shown: int, total: int) -> str:
    if shown == total:
        return "1 row" if total == 1 else f"{total} rows"
    return f"{shown} of {total} rows; --limit N prints more, --format csv all"
