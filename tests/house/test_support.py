"""What is said to be supported is documented as the code says it, and each name of it occurs in some test."""

from __future__ import annotations

import re
from pathlib import Path

from dlt_local.support import SupportRow, markdown, support_rows

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/supported.md"
# These list names and use none.
NOT_USES = {"test_support.py", "test_signatures.py"}
TEXTS = [
    file.read_text(encoding="utf-8")
    for folder in ("tests", "fixtures/cases/auto_cdc")
    for suffix in ("*.py", "*.yaml")
    for file in sorted((ROOT / folder).rglob(suffix))
    if file.name not in NOT_USES
]


def test_the_page_is_what_the_code_says() -> None:
    """`dlt-local support --format markdown > docs/supported.md` brings it up to date."""
    assert PAGE.read_text(encoding="utf-8") == "\n".join(markdown()) + "\n"


def test_each_row_is_used_by_a_test() -> None:
    assert [f"{row.area}: {row.name}" for row in support_rows() if not is_used(row)] == []


def is_used(row: SupportRow) -> bool:
    name = row.name.split(",")[0].removeprefix("spark.").removeprefix("dbutils.")
    name = name.removeprefix("cloudFiles.") if row.area == "Auto Loader" else name
    return any(re.search(rf"\b{re.escape(name)}\b", text) for text in TEXTS)
