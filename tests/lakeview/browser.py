"""A page in Chromium, without a network, that keeps what went wrong in it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """An installed Chromium."""
    return next((found for program in PROGRAMS if (found := shutil.which(program))), None)


@dataclass(frozen=True, slots=True)
class Shown:
    """A page in a browser; `wrong` are errors and warnings of the console, `requests` all that it asked for."""

    page: Page
    wrong: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, file: Path) -> None:
        """Load a page; a dashboard until its first tab is drawn."""
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(file.as_uri())
        self.page.evaluate("typeof drawnBoard === 'undefined' ? null : drawnBoard.ready")

    def widget(self, name: str) -> Locator:
        return self.page.locator(f'[id="{name}"]')

    def vega_rows(self, name: str) -> list[dict[str, Any]]:
        """The rows that Vega draws in a widget, as soon as it does."""
        self.page.wait_for_function("name => drawnBoard.view(name)", arg=name)
        rows: list[dict[str, Any]] = self.page.evaluate("name => drawnBoard.view(name).data('rows')", name)
        return [{key: value for key, value in row.items() if key.startswith("c")} for row in rows]

    def cells(self, name: str) -> list[list[str]]:
        """Texts of a table's rows without its head."""
        lines = self.widget(name).locator("tbody tr")
        return [[text.strip() for text in line.locator("td").all_text_contents()] for line in lines.all()]


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


def shown(browser: Browser, file: Path, **options: Any) -> Shown:
    """A page in a window of its own."""
    context = browser.new_context(offline=True, **options)
    opened = Shown(context.new_page())
    opened.open(file)
    return opened
