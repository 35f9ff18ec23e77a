"""Pictures for the documentation: what the pages of a state folder look like in Chromium.

`python scripts/screenshots.py STATE` writes docs/images/*.png; scripts/showcase.py makes the state that those show.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from playwright.sync_api import ViewportSize, sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IMAGES = Path(__file__).resolve().parents[1] / "docs/images"
_COULD_NOT_RUN = 2


@dataclass(frozen=True, slots=True)
class Picture:
    """One page, or one tab of it, in a window of `width` x `height` pixels."""

    name: str
    page: str
    height: int
    tab: str | None = None
    width: int = 1280
    scheme: Literal["light", "dark"] = "light"


PICTURES = (
    Picture("gym_floor", "gym_operations.html", 900),
    Picture("gym_floor_dark", "gym_operations.html", 900, scheme="dark"),
    Picture("workouts", "gym_operations.html", 900, tab="Workouts"),
    Picture("quality_report", "report.html", 900),
)


def main(state: Path) -> int:
    """0, or 2 if the pages cannot be made."""
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder)
        try:
            make_pages(state, pages)
        except subprocess.CalledProcessError as error:
            print(error, file=sys.stderr)
            return _COULD_NOT_RUN
        IMAGES.mkdir(exist_ok=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
            for picture in PICTURES:
                take(browser, pages, picture)
            browser.close()
    return 0


def make_pages(state: Path, folder: Path) -> None:
    """The report of the last update, and the page of each dashboard."""
    dlt_local = [sys.executable, "-m", "dlt_local"]
    of_state = ["--state", str(state)]
    # 1 means that the data, or a widget, is not as it should be: that is what the picture shows then.
    for command in (
        ["report", *of_state, "--format", "html", "--out", str(folder / "report.html")],
        ["dashboard", *of_state, "--out", str(folder)],
    ):
        code = subprocess.run([*dlt_local, *command], check=False).returncode
        if code > 1:
            raise subprocess.CalledProcessError(code, command)


def take(browser: Browser, folder: Path, picture: Picture) -> None:
    """Write one picture, once all that is in the window is drawn."""
    size = ViewportSize(width=picture.width, height=picture.height)
    context = browser.new_context(offline=True, viewport=size, color_scheme=picture.scheme)
    page = context.new_page()
    page.goto((folder / picture.page).as_uri())
    if picture.tab:
        page.get_by_role("tab", name=picture.tab).click()
    page.wait_for_function("typeof drawnBoard === 'undefined' || drawnBoard.ready.then(() => true)")
    file = IMAGES / f"{picture.name}.png"
    page.screenshot(path=file)
    context.close()
    print(f"{file}: {file.stat().st_size // 1024} kB")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
