"""The data sets and columns of the generated page `docs/datasets.md`, which a test keeps equal to the code."""

from __future__ import annotations

import re

_HEADING = re.compile(r"^### (?:(?P<layer>\w+)\.)?(?P<name>\w+)$")
_COLUMN = re.compile(r"^\| `(?P<name>\w+)` \|")


def documented_columns(page: str) -> dict[str, frozenset[str]]:
    """Columns by `<layer>.<data set>`; views have no layer and no table, so nobody can read them."""
    found: dict[str, set[str]] = {}
    current: set[str] = set()
    for line in page.splitlines():
        heading = _HEADING.match(line)
        if heading:
            current = found.setdefault(f"{heading['layer'] or 'views'}.{heading['name']}", set())
        column = _COLUMN.match(line)
        if column:
            current.add(column["name"])
    return {name: frozenset(columns) for name, columns in found.items()}
