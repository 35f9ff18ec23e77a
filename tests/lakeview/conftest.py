"""A state with one small table, and a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lakeview.browser import chromium
from tests.lakeview.small_dashboard import write_visits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder that holds `fitness.gold.visits`."""
    write_visits(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = chromium()
    if program is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()
