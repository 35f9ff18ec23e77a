"""`fitness-sim generate` as a command: what it writes, and how it refuses."""

from __future__ import annotations

import errno
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from simulator.commands.app import app
from simulator.landing.arrivals import arrivals
from simulator.landing.reading import messages_of
from simulator.message import Unplayable
from simulator.world import blocks

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

LITTLE = ("--set", "wear_share=0.01", "--set", "workout_sampling_s=60")


def fitness_sim(out: Path, *options: object, members: object = 3, days: object = 2) -> Result:
    arguments = ("generate", "--members", members, "--days", days, "--out", out, "--workers", 1, *options)
    return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="fitness-sim")


def test_says_what_it_wrote(tmp_path: Path) -> None:
    done = fitness_sim(tmp_path / "world", *LITTLE, "--start", "2026-02-02")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("3 members, 3 gyms, ")
    days = sorted(path.name for path in (tmp_path / "world").iterdir())
    assert days == ["2026-02-02", "2026-02-03", "2026-02-04", "truth"]


def test_its_files_can_be_played(tmp_path: Path) -> None:
    fitness_sim(tmp_path, *LITTLE, "--set", "corrupt_share=0", "--set", "unknown_topic_share=0")
    messages = [message for day in arrivals(tmp_path) for file in day.files for message in messages_of(file)]
    assert len(messages) > 100
    assert not [message for message in messages if isinstance(message, Unplayable)]


def test_parameters_of_a_file_and_of_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "world.yml").write_text("wear_share: 0.01\nzones: [Europe/Rome]\nlate_share: 0.5\nstart: 2026-01-05\n")
    done = fitness_sim(tmp_path / "out", "--config", tmp_path / "world.yml", "--set", "late_share=0.25")
    assert done.exit_code == 0, done.stderr
    written = json.loads((tmp_path / "out" / "truth" / "parameters.json").read_text())
    assert (written["zones"], written["late_share"], written["start"]) == (["Europe/Rome"], 0.25, "2026-01-05")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--set", "late_share=-0.1"), "Parameter 'late_share' is -0.1; it must be between 0 and 1"),
        (("--set", "late_share=nan"), "Parameter 'late_share' is nan; it must be between 0 and 1"),
        (("--set", "visits_per_week=inf"), "Parameter 'visits_per_week' is inf; it must be at least 0"),
        (("--set", "late_shre=0.1"), "There is no parameter 'late_shre'. Did you mean 'late_share'?"),
        (("--set", "late_share=often"), "Parameter 'late_share' is 'often'; it must be a number"),
        (("--set", "city_gyms=2.5"), "Parameter 'city_gyms' is '2.5'; it must be a whole number"),
        (("--set", "late_share"), "'late_share' is no assignment. Write key=value, such as late_share=0.1."),
        (("--set", "late_share=0", "--set", "late_share=1"), "Parameter 'late_share' is set twice"),
        (("--set", "zones=Mars/Base"), "Parameter 'zones' names 'Mars/Base', which is no time zone"),
        (("--set", "capacity_low=500"), "Parameter 'capacity_low' must not be above 'capacity_high'"),
        (("--set", "rest_sampling_mix=1,2"), "Parameter 'rest_sampling_mix' needs one share for each of"),
        (("--seed", "-1"), "Parameter 'seed' is -1; it must be between 0 and"),
    ],
)
def test_wrong_parameters(tmp_path: Path, options: tuple[str, ...], message: str) -> None:
    refused(fitness_sim(tmp_path / "out", *options), message)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("members", "days"), [(0, 1), (1, 0), (-3, 1)])
def test_nobody_or_no_day(tmp_path: Path, members: int, days: int) -> None:
    wrong = "members" if members <= 0 else "days"
    refused(fitness_sim(tmp_path / "out", members=members, days=days), f"Parameter '{wrong}' is")


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("data")
    refused(fitness_sim(tmp_path), f"'{tmp_path}' is not empty. Name a new folder, or empty this one.")
    refused(fitness_sim(tmp_path / "precious"), f"'{tmp_path / 'precious'}' is a file. Name a new folder.")
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(blocks, "write_texts", full)
    done = fitness_sim(tmp_path / "out", *LITTLE)
    refused(done, f"'{tmp_path / 'out'}' cannot be written: No space left on device. It is incomplete.")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- late_share\n", "must be a mapping of parameters to values"),
        ("a: [1\n", "is no YAML"),
        (None, "No such file"),
    ],
)
def test_wrong_files_of_parameters(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / "world.yml").write_text(text)
    done = fitness_sim(tmp_path / "out", "--config", tmp_path / "world.yml")
    assert done.exit_code == 2
    assert message in done.stderr


def test_days_lie_where_the_start_says(tmp_path: Path) -> None:
    fitness_sim(tmp_path, *LITTLE, "--start", "2025-12-31", days=1)
    assert {date.fromisoformat(path.name) for path in tmp_path.iterdir() if path.name != "truth"} == {
        date(2025, 12, 31),
        date(2026, 1, 1),
    }


def refused(done: Result, message: str) -> None:
    assert done.exit_code == 2
    assert done.stderr.startswith(f"Error: {message}"), done.stderr
    assert len(done.stderr.splitlines()) == 1
