from __future__ import annotations

import fcntl
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError, StateError
from dlt_local.event_log import EventLog
from dlt_local.stores.state import StateFolder
from tests.quality.test_counts import ten_numbers

if TYPE_CHECKING:
    from types import ModuleType

SCRIPT = Path(__file__).parents[2] / "scripts" / "demo.py"


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    specification = importlib.util.spec_from_file_location("demo", SCRIPT)
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    sys.modules["demo"] = module
    specification.loader.exec_module(module)
    return module


def land(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def test_dated_folders_are_days_in_order(demo: ModuleType, tmp_path: Path) -> None:
    for name in ("2026-04-15/bpm/b.json", "2026-04-14/bpm/a.json", "expected.csv"):
        land(tmp_path / name)

    assert demo.arrival_days(tmp_path) == [tmp_path / "2026-04-14", tmp_path / "2026-04-15"]


def test_feeds_that_lie_there_directly_are_one_update(demo: ModuleType, tmp_path: Path) -> None:
    land(tmp_path / "gym_logins" / "a.csv")

    assert demo.arrival_days(tmp_path) == []


def test_a_day_never_replaces_a_file_of_an_earlier_day(demo: ModuleType, tmp_path: Path) -> None:
    land(tmp_path / "2026-04-14" / "bpm" / "a.json")
    land(tmp_path / "2026-04-15" / "bpm" / "a.json")

    with pytest.raises(PipelineError, match=r"2026-04-15/bpm/a\.json would replace the file of that name"):
        demo.arrival_days(tmp_path)


def test_a_state_of_ours_is_emptied(demo: ModuleType, tmp_path: Path) -> None:
    land(tmp_path / "tables" / "fitness" / "bronze" / "t" / "part.parquet")
    land(tmp_path / "lock")

    demo.empty(tmp_path)

    assert [entry.name for entry in tmp_path.iterdir()] == ["lock"]


def test_pages_of_the_last_demo_go_with_its_state(demo: ModuleType, tmp_path: Path) -> None:
    land(tmp_path / "dashboards" / "gym_operations.html")
    land(tmp_path / "report.html")

    demo.empty(tmp_path)

    assert [entry.name for entry in tmp_path.iterdir()] == ["lock"]


def test_the_report_says_in_words_how_the_data_are(
    demo: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = EventLog(StateFolder(tmp_path), "lakehouse", "u1", lambda _: None)
    events = ten_numbers().state("FAILED", error=["no such table"]).events
    for event in events:
        error = RuntimeError("no such table") if event["error"] else None
        log.write(event["event_type"], "", event["details"][event["event_type"]], origin=event["origin"], error=error)
    log.close()

    demo.print_report(tmp_path)

    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("Update u1 of lakehouse (databricks), begun ")
    verdict = lines.index("Breach")
    assert lines[verdict + 1] == "  Update u1 FAILED: no such table"
    assert lines[-1] == str(tmp_path / "report.html")
    assert "</span> Breach</h1>" in (tmp_path / "report.html").read_text("utf-8")


def test_a_folder_with_anything_else_in_it_is_left_alone(demo: ModuleType, tmp_path: Path) -> None:
    land(tmp_path / "tables" / "mine")
    land(tmp_path / "thesis.doc")

    with pytest.raises(StateError, match=r"holds 'thesis\.doc'.* Move it away\."):
        demo.empty(tmp_path)
    assert (tmp_path / "tables" / "mine").exists()


def test_a_state_in_use_is_left_alone(demo: ModuleType, tmp_path: Path) -> None:
    land(tmp_path / "tables" / "mine")
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(StateError, match="is in use by another process"):
            demo.empty(tmp_path)
    assert (tmp_path / "tables" / "mine").exists()


def test_a_landing_folder_that_does_not_exist_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "nowhere"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(SCRIPT.parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Landing folder 'nowhere' does not exist. Name one: make demo LANDING=dir\n"


def test_an_update_without_news_that_changes_a_table_fails_the_demo(demo: ModuleType) -> None:
    before = demo.Update("2026-04-16", 1.0, {"fitness.gold.gym_summary": 8})
    after = demo.Update("nothing new", 1.0, {"fitness.gold.gym_summary": 9})

    assert (demo.verdict([before, before]), demo.verdict([before, after])) == (0, 1)
