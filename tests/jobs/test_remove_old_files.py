"""Which files retention removes, and that the folders of the feeds stay."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from jobs.remove_old_files import main, remove_old_files

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    now = time.time()
    for name, days in {"bpm/a.json": 91, "bpm/deep/b.json": 91, "bpm/c.json": 89, "doors/d.csv": 100}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
        os.utime(path, (now - days * DAY, now - days * DAY))
    return tmp_path


def test_older_files_go_and_folders_of_feeds_stay(volume: Path) -> None:
    removed = remove_old_files(volume, 90, time.time())
    assert [str(path.relative_to(volume)) for path in removed] == ["bpm/a.json", "bpm/deep/b.json", "doors/d.csv"]
    assert sorted(str(path.relative_to(volume)) for path in volume.rglob("*")) == ["bpm", "bpm/c.json", "doors"]


def test_too_short_a_time_removes_nothing(volume: Path) -> None:
    with pytest.raises(ValueError, match=r"^Files are kept for at least 7 days, not 6$"):
        remove_old_files(volume, 6, time.time())
    assert (volume / "doors/d.csv").exists()


def test_the_task_tells_how_many(volume: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([f"--folder={volume}", "--days=95"])
    assert capsys.readouterr().out == f"1 files removed from {volume}\n"
