"""A job task: compares tables with CSV files that hold every row they should have, and fails on any difference.

The files are text: NULL is an empty field, times are ISO 8601 in UTC, lists and structs are JSON, decimals have six
digits. Of a quarantine table they hold what was rejected and which rules it violates.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import Row, SparkSession

if TYPE_CHECKING:
    from collections.abc import Iterable

_DECIMALS = 6
_SHOWN = 5
_QUARANTINE = "_quarantine"
TextRows = Counter[tuple[str, ...]]


def differences(spark: SparkSession, expected: Path, schema: str) -> list[str]:
    """Lines that tell which rows are missing or too many, by table; empty if all tables are as they should be."""
    files = sorted(expected.glob("*/*.csv"))
    if not files:
        raise FileNotFoundError(f"No expected tables in {expected}: are the fixtures excluded from the bundle's sync?")
    return [line for file in files for line in _differences(spark, file, f"{schema}.{file.stem}")]


def _differences(spark: SparkSession, file: Path, table: str) -> list[str]:
    with file.open(newline="", encoding="utf-8") as lines:
        columns, *rows = csv.reader(lines)
    wanted: TextRows = Counter(map(tuple, rows))
    frame = spark.read.table(table).select(*columns)
    is_quarantine = table.endswith(_QUARANTINE)
    found: TextRows = Counter(_text(row.asDict(recursive=True), is_quarantine=is_quarantine) for row in frame.collect())
    missing, extra = wanted - found, found - wanted
    return [*_told(f"{table} lacks", missing), *_told(f"{table} has beside", extra)]


def _told(what: str, rows: TextRows) -> Iterable[str]:
    """The first rows of a table's differences; the fixtures are nobody's data."""
    for row in sorted(rows)[:_SHOWN]:
        yield f"{what}: {', '.join(row)}"
    if len(rows) > _SHOWN:
        yield f"{what}: {len(rows) - _SHOWN} more rows"


def _text(row: dict[str, object], *, is_quarantine: bool) -> tuple[str, ...]:
    if is_quarantine:
        row = {"raw": _received(str(row["raw"] or "")), "reasons": sorted(row["reasons"])}  # type: ignore[call-overload]
    return tuple(_cell(value) for value in row.values())


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(_plain(value)).strip('"')


def _plain(value: object) -> object:
    """A value as JSON has it."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case float():
            return round(value, _DECIMALS) + 0.0
        case dict():
            return {name: _plain(value[name]) for name in sorted(value)}
        case list():
            return [_plain(item.asDict() if isinstance(item, Row) else item) for item in value]
    return value


def _received(raw: str) -> str:
    """A rejected row as received: its JSON object without empty fields, 5.0 written as 5, else the text itself."""
    try:
        fields = json.loads(raw, parse_float=lambda text: int(float(text)) if float(text).is_integer() else float(text))
    except ValueError:
        return raw
    return json.dumps({name: value for name, value in fields.items() if value is not None}, sort_keys=True)


def main(arguments: list[str]) -> None:
    """Print the differences; exit code 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--expected", required=True, type=Path, help="folder with a folder per layer, a file per table")
    parser.add_argument("--schema", required=True, help="catalog.schema of the tables")
    given = parser.parse_args(arguments)
    found = differences(SparkSession.builder.getOrCreate(), given.expected, given.schema)
    sys.stdout.writelines(f"{line}\n" for line in found or ["Every row is as expected."])
    if found:
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
