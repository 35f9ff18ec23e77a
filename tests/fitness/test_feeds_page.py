"""`docs/feeds.md` names a file for every trap, and reasons and flags that exist."""

from __future__ import annotations

import re
from pathlib import Path

from fitness.data_quality import DATA_SETS_OF_FEEDS, rules_of_feed

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "feeds.md").read_text("utf-8")
TRAPS = [row.split("|")[1:-1] for row in PAGE.split("## What is odd or wrong")[1].splitlines() if row.startswith("| ")][
    1:
]


def test_every_trap_has_its_file() -> None:
    files = [re.findall(r"`(fixtures/[\w/.]+)`", case) for _, _, case in TRAPS]
    assert len(files) > 40
    assert [trap for trap, found in zip(TRAPS, files, strict=True) if len(found) != 1] == []
    assert [file for (file,) in files if not (ROOT / file).is_file()] == []


def test_every_reason_and_flag_exists() -> None:
    known = {name for feed in DATA_SETS_OF_FEEDS for name in rules_of_feed(feed)}
    stated = re.findall(r"(?:reasons?|flags?) ((?:`\w+`(?:, )?)+)", " ".join(outcome for _, outcome, _ in TRAPS))
    names = {name for group in stated for name in re.findall(r"`(\w+)`", group)}
    assert len(names) > 20
    assert names - known == {"duplicate_conflict"}  # a reason of a reading, not of a rejected row
