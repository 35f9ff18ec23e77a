"""Prints what the runtime implements."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlt_local.support import SupportRow

_ANY_WIDTH = 100_000


def print_support(rows: Iterable[SupportRow]) -> None:
    """One table, a section per area."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in ("AREA", "NAME", "TREATMENT", "NOTE"):
        grid.add_column(column, overflow="fold")
    area = None
    for row in rows:
        if area is not None and row.area != area:
            grid.add_section()
        grid.add_row(Text("" if row.area == area else row.area), Text(row.name), Text(row.treatment), Text(row.note))
        area = row.area
    Console(width=None if sys.stdout.isatty() else _ANY_WIDTH, highlight=False).print(grid)
