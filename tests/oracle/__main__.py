"""Writes `fixtures/expected` anew from `fixtures/landing`. Run: python -m tests.oracle."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.lakehouse import Lakehouse
from tests.oracle.landing import read
from tests.oracle.tables import tables
from tests.oracle.text import text_rows, write_csv

FIXTURES = Path(__file__).parents[2] / "fixtures"


def write_expected(expected: Path) -> None:
    """One CSV file a table."""
    for name, rows in tables(Lakehouse.of(read(*story_days()))).items():
        schema, table = name.split(".")
        write_csv(expected / schema / f"{table}.csv", text_rows(rows))


def story_days() -> list[Path]:
    """The landing folders of the story, in order."""
    return sorted(path for path in (FIXTURES / "landing").iterdir() if path.is_dir())


if __name__ == "__main__":
    write_expected(FIXTURES / "expected")
