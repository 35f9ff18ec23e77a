"""Rows as text, so that those of the oracle, of a CSV file and of a Delta table can be laid side by side."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

DECIMALS = 6  # the order of a floating-point sum may differ between engines

TextRow = dict[str, str]


def text_rows(rows: Iterable[Mapping[str, object]]) -> list[TextRow]:
    """The rows in one order, whatever order they or their columns came in."""
    texts = [{name: cell(value) for name, value in row.items()} for row in rows]
    return sorted(texts, key=lambda row: sorted(row.items()))


def cell(value: object) -> str:
    """NULL is empty; an instant ends in Z; lists and structs are JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(_plain(value)).strip('"')


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return round(value, DECIMALS) + 0.0
    if isinstance(value, dict):
        return {name: _plain(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def raw_form(raw: str | None) -> str:
    """A rejected row as received: its JSON object without empty fields, 5.0 written as 5, else the text itself."""
    try:
        parsed = json.loads(raw or "", parse_float=_shortest)
    except ValueError:
        return raw or ""
    present = {name: value for name, value in parsed.items() if value is not None}
    return json.dumps(present, sort_keys=True)


def _shortest(number: str) -> float:
    value = float(number)
    return int(value) if value.is_integer() else value


def write_csv(path: Path, rows: list[TextRow]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: list(row.values())))


def read_csv(path: Path) -> list[TextRow]:
    with path.open(newline="", encoding="utf-8") as file:
        return text_rows(csv.DictReader(file))
