"""What the documentation points to exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.house.documents import DOCS

if TYPE_CHECKING:
    from pathlib import Path

PAGES = sorted([*DOCS.rglob("*.md"), DOCS.parent / "README.md"])


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_tests_that_show_a_behaviour_exist() -> None:
    tests = set(re.findall(r"`(tests/[\w/]+\.py)`", (DOCS / "fidelity.md").read_text("utf-8")))
    assert len(tests) > 10
    assert [test for test in sorted(tests) if not (DOCS.parent / test).is_file()] == []
