"""Updates that are killed, or that find another one at work."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.command import complaint, completed, dlt_local, started
from tests.acceptance.state import State
from tests.oracle.__main__ import FIXTURES, story_days
from tests.oracle.text import read_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.command import Result

pytestmark = pytest.mark.slow

# What is on disk when the process dies, in the order in which an update gets there.
MOMENTS = (
    "tables/*/bronze/kafka_multiplex_bz/_dlt_metadata/checkpoints/*/*/offsets/0",  # a batch is planned, not committed
    "tables/*/silver/user_profile*/_dlt_metadata/checkpoints/*/*/offsets/0",  # profile changes are being applied
    "tables/*/gold/*/_delta_log/*01.json",  # the first gold table is written
)


@dataclass(frozen=True, slots=True)
class Survivor:
    """A state whose updates were killed at every moment in turn, before the last one ran to its end."""

    state: State
    first_pid: int
    second_update: Result


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("landing")
    for day in story_days():
        shutil.copytree(day, folder, dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def survivor(tmp_path_factory: pytest.TempPathFactory, landing: Path) -> Survivor:
    state = State(tmp_path_factory.mktemp("killed") / "state")
    run = ("run", "--state", state.folder, "--landing", landing)
    first = started(*run)
    _wait(first, lambda: _holder(state.folder) == first.pid)
    second_update = dlt_local(*run)
    _kill_at(MOMENTS[0], first, state)
    for moment in MOMENTS[1:]:
        _kill_at(moment, started(*run), state)
    completed(*run)
    return Survivor(state, first.pid, second_update)


def _kill_at(moment: str, update: subprocess.Popen[str], state: State) -> None:
    _wait(update, lambda: any(state.folder.glob(moment)))
    update.send_signal(signal.SIGKILL)
    update.communicate()


def _wait(update: subprocess.Popen[str], reached: Callable[[], bool]) -> None:
    """Until the update has got there; it must not have ended by itself before."""
    while not reached():
        try:
            output, _ = update.communicate(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(f"the update ended with {update.returncode} too early: {output}")


@pytest.mark.parametrize(
    "truth", sorted((FIXTURES / "expected").glob("*/*.csv")), ids=lambda path: f"{path.parent.name}.{path.stem}"
)
def test_killed_updates_lose_nothing_and_repeat_nothing(survivor: Survivor, truth: Path) -> None:
    assert survivor.state.rows(f"{truth.parent.name}.{truth.stem}") == read_csv(truth)


def test_a_second_update_is_refused_and_names_the_first(survivor: Survivor) -> None:
    assert survivor.second_update.returncode == 2
    assert f"process {survivor.first_pid} " in complaint(survivor.second_update)


def _holder(state: Path) -> int | None:
    """The process that the lock names, if it is written already."""
    try:
        pid = json.loads((state / "lock").read_text())["pid"]
    except (OSError, ValueError):
        return None
    return pid if isinstance(pid, int) else None
