"""The fixtures' days in the landing volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.land_fixtures import main
from tests.oracle.__main__ import FIXTURES, story_days

if TYPE_CHECKING:
    from pathlib import Path


def test_every_file_of_every_day_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bpm").mkdir()
    (tmp_path / "bpm/of_the_last_run.json").write_text("{}")
    main([f"--fixtures={FIXTURES / 'landing'}", f"--landing={tmp_path}"])
    wanted = {
        path.relative_to(day): path.read_bytes() for day in story_days() for path in day.rglob("*") if path.is_file()
    }
    landed = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert landed == wanted
    assert capsys.readouterr().out == f"{len(wanted)} files in {tmp_path}\n"


def test_fixtures_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    with pytest.raises(FileNotFoundError, match=r"^No folder of a day in .*: are the fixtures excluded"):
        main([f"--fixtures={tmp_path / 'landing'}", f"--landing={tmp_path}"])
