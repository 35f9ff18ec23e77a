"""The documentation names commands that exist, and those of CI as CI runs them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.ci.commands import mistakes
from tests.ci.rules import needs_workspace
from tests.ci.stages import Systems
from tests.house.documents import DOCS

if TYPE_CHECKING:
    from pathlib import Path

PAGES = sorted([*DOCS.glob("*.md"), DOCS.parent / "README.md"])
CHECKED = ("databricks bundle ", "fitness-ops ", ".venv/bin/fitness-ops ", "make ")
# A transcript (`console`) may show a mistake, to show the answer to it.
BLOCK = re.compile(r"^ *```(?P<language>\w*)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_a_page_exist(page: Path) -> None:
    assert [(line, mistake) for line in commands_of(page) for mistake in mistakes(line)] == []


def test_the_page_on_ci_has_the_commands_of_ci_in_their_order() -> None:
    ours = [command for stage in Systems.read().github() for command in stage.commands if needs_workspace(command)]
    assert [command for command in commands_of(DOCS / "ci.md") if needs_workspace(command)] == ours


def test_a_page_with_a_command_that_does_not_exist_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Text\n\n```\n$ make demos\nmake dev\ndatabricks bundle undo  # back\n```\n", encoding="utf-8")
    found = [mistake for line in commands_of(page) for mistake in mistakes(line)]
    assert found == ["make has no target demos", "there is no databricks bundle undo"]


def commands_of(page: Path) -> list[str]:
    blocks = [block for block in BLOCK.finditer(page.read_text(encoding="utf-8")) if block["language"] in {"", "sh"}]
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block["text"].splitlines()]
    # `<application id>` stands for one word.
    return [re.sub(r"<[^<>]*>", "value", line) for line in lines if line.startswith(CHECKED)]
