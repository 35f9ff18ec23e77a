"""The committed files are what the scripts write: nobody has edited one side only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixtures.make_landing import LANDING, write
from tests.oracle.__main__ import FIXTURES, write_expected

if TYPE_CHECKING:
    from pathlib import Path


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".md"
    }


def test_the_story_is_told_the_same_way_again(tmp_path: Path) -> None:
    write(tmp_path)
    assert contents(tmp_path) == contents(LANDING)


def test_the_truth_is_computed_the_same_way_again(tmp_path: Path) -> None:
    write_expected(tmp_path)
    assert contents(tmp_path) == contents(FIXTURES / "expected")


def test_file_names_do_not_repeat_over_the_days() -> None:
    names = [
        path.relative_to(day).as_posix()
        for day in sorted(LANDING.iterdir())
        if day.is_dir()
        for path in day.rglob("*.*")
    ]
    assert len(names) == len(set(names))
