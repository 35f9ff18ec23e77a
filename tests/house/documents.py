"""Files and commands that the documentation shows, so that tests can use them as a reader would."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"

_FILE = re.compile(r"^`(?P<name>[\w./-]+)`(?:[^\n]|\n(?!\n))*:\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMANDS = re.compile(
    r"^```sh\n(?P<commands>.*?)^```$(?:\n\n(?:[^\n`]+\n\n)?```\n(?P<output>.*?)^```$)?", re.MULTILINE | re.DOTALL
)


def files_shown(document: str) -> dict[str, str]:
    """Each file of a page: a paragraph that starts with its name and ends with a colon, then its text."""
    text = (DOCS / document).read_text(encoding="utf-8")
    return {match["name"]: match["text"] for match in _FILE.finditer(text)}


def commands_shown(document: str) -> list[tuple[str, str | None]]:
    """Each block of commands of a page, with the block of output after it, if there is one."""
    text = (DOCS / document).read_text(encoding="utf-8")
    return [(match["commands"], match["output"]) for match in _COMMANDS.finditer(text)]


def write_files(files: dict[str, str], folder: Path) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
