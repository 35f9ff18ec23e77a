"""Recorded and public data with a truth of its own, in one piece and in many."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.command import REAL, completed
from tests.acceptance.state import State, difference, results

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.slow,
    pytest.mark.skipif(not REAL.is_dir(), reason=f"no real data at {REAL}"),
]

PIECES = 4


def shown(state: State, table: str) -> list[dict[str, str]]:
    """The rows as a user sees them."""
    text = completed("show", table, "--state", state.folder, "--format", "csv").stdout
    return list(csv.DictReader(io.StringIO(text)))


def truth(name: str) -> list[dict[str, str]]:
    with (REAL / name).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> State:
    state = State(tmp_path_factory.mktemp("course") / "state")
    completed("run", "--state", state.folder, "--landing", REAL / "sbit_set1")
    return state


@pytest.fixture(scope="module")
def course_in_pieces(tmp_path_factory: pytest.TempPathFactory) -> State:
    """The same rows: every file cut in pieces, in another order, over two updates; half of it once more, renamed."""
    folder = tmp_path_factory.mktemp("pieces")
    state, landing = State(folder / "state"), folder / "landing"
    pieces = sorted(_pieces(REAL / "sbit_set1"), key=lambda piece: zlib.crc32(str(piece[:2]).encode()))
    first, second = pieces[::2], pieces[1::2]
    again = [(feed, f"again-{name}", text) for feed, name, text in first]
    for arriving in (first, second + again):
        for feed, name, text in arriving:
            _write(landing / feed / name, text)
        completed("run", "--state", state.folder, "--landing", landing)
    return state


def _pieces(landing: Path) -> Iterator[tuple[str, str, str]]:
    """Feed, name and text of each piece; the lines of a piece run backwards."""
    for path in landing.glob("*/*"):
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
        lines = [line for line in text.splitlines() if line.strip()]
        header, body = (lines[:1], lines[1:]) if path.suffix == ".csv" else ([], lines)
        for number in range(PIECES):
            piece = [*header, *body[number::PIECES][::-1]]
            yield path.parent.name, f"{number}-{path.name.removesuffix('.gz')}", "\n".join(piece)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_visits_of_the_course(course: State) -> None:
    keys = ("gym", "user_id")
    visits = {
        (row["visit_date"], *(row[key] for key in keys), row["login"]): (
            float(row["minutes_in_gym"]),
            float(row["minutes_exercising"]),
        )
        for row in shown(course, "gym_summary")
    }
    expected = sorted(
        (row["date"], row["gym"], row["user_id"], float(row["minutes_in_gym"]), float(row["minutes_exercising"]))
        for row in truth("sbit_set1/expected_gym_summary.csv")
    )
    assert sorted((*key[:3], *minutes) for key, minutes in visits.items()) == expected
    assert [sum(minutes) for minutes in zip(*visits.values(), strict=True)] == [527, 448]


def test_the_one_workout_with_readings(course: State) -> None:
    (summary,) = shown(course, "workout_bpm_summary")
    assert (summary["user_id"], summary["session_id"], summary["samples"]) == ("12474", "1", "3900")
    assert (summary["started_at"], summary["ended_at"]) == ("2023-03-11T08:05:00Z", "2023-03-11T09:10:00Z")
    assert float(summary["min_bpm"]) == 35.003105735835994
    assert float(summary["avg_bpm"]) == pytest.approx(64.63599751459284, abs=1e-9)
    assert float(summary["max_bpm"]) == 94.98191173214704


def test_profiles_of_the_course(course: State) -> None:
    profiles = {row["user_id"]: row for row in shown(course, "user_profile")}
    assert len(profiles) == 5
    assert profiles["12140"]["last_name"] == "Castillo"
    assert (profiles["13559"]["city"], profiles["13559"]["zip"]) == ("Santa Monica", "90405")
    history = shown(course, "user_profile_history")
    assert len(history) == 7
    assert sum(row["__END_AT"] == "" for row in history) == 5


def test_counts_of_the_course(course: State) -> None:
    tables = ("users", "gym_logs", "workout_events", "completed_workouts", "heart_rate", "workout_bpm")
    assert {table: course.count(f"silver.{table}") for table in tables} == {
        "users": 5,
        "gym_logs": 8,
        "workout_events": 16,
        "completed_workouts": 8,
        "heart_rate": 253_801,
        "workout_bpm": 3_900,
    }
    quarantines = {name: course.count(name) for name in results(course) if name.endswith("_quarantine")}
    assert len(quarantines) == 8
    assert set(quarantines.values()) == {0}


def test_pieces_order_and_replay_change_nothing(course: State, course_in_pieces: State) -> None:
    assert results(course) == results(course_in_pieces)
    different = {table: difference(course, course_in_pieces, table) for table in sorted(results(course))}
    assert {table: rows for table, rows in different.items() if rows} == {}


@pytest.fixture(scope="module")
def devices(tmp_path_factory: pytest.TempPathFactory) -> State:
    """Recorded workouts and tracker days have no member in common, so one lakehouse holds both."""
    folder = tmp_path_factory.mktemp("devices")
    for name in ("fit_sessions", "fitbit_days"):
        shutil.copytree(REAL / name, folder / "landing", dirs_exist_ok=True)
    _write(folder / "landing" / "kafka_multiplex" / "profile.json", json.dumps(_man_of_35()))
    state = State(folder / "state")
    completed("run", "--state", state.folder, "--landing", folder / "landing")
    return state


def _man_of_35() -> dict[str, object]:
    """A profile for the member of the interval workout of May 2017; the recording itself has none."""
    profile = {"user_id": 2002, "update_type": "new", "timestamp": 1495039050, "dob": "05/01/1982", "sex": "M"}
    envelope = {"topic": "user_info", "partition": 0, "offset": 0, "timestamp": 1495039050}
    return {"key": "2002", "value": json.dumps(profile), **envelope}


def test_training_load_of_the_interval_workout(devices: State) -> None:
    (summary,) = [row for row in shown(devices, "workout_bpm_summary") if row["user_id"] == "2002"]
    minutes = [float(summary[f"z{zone}_s"]) / 60 for zone in range(6)]
    assert minutes == pytest.approx([2.567, 9.717, 1.517, 1.533, 6.283, 6.867], abs=0.0005)
    assert float(summary["trimp_banister"]) == pytest.approx(44.64, abs=0.005)
    assert float(summary["trimp_edwards"]) == pytest.approx(76.82, abs=0.005)
    assert (summary["hr_max"], summary["resting_hr"]) == ("183.5", "60.0")


def test_zones_and_gaps_add_up_to_the_active_time(devices: State) -> None:
    for summary in shown(devices, "workout_bpm_summary"):
        assert float(summary["active_s"]) <= float(summary["elapsed_s"])
        assert float(summary["min_bpm"]) <= float(summary["avg_bpm"]) <= float(summary["max_bpm"])
        if summary["hr_max"]:
            in_zones = sum(float(summary[f"z{zone}_s"]) for zone in range(6))
            assert in_zones + float(summary["gap_s"]) == pytest.approx(float(summary["active_s"]), abs=1)


def test_recorded_workouts_agree_with_the_firmware(devices: State) -> None:
    summaries = {row["user_id"]: row for row in shown(devices, "workout_bpm_summary")}
    firmware = truth("fit_sessions/expected.csv")
    assert set(summaries) == {row["user_id"] for row in firmware}
    for expected in firmware:
        summary = summaries[expected["user_id"]]
        assert float(summary["elapsed_s"]) == pytest.approx(float(expected["elapsed_s"]), abs=2)
        assert float(summary["active_s"]) == pytest.approx(float(expected["active_s"]), abs=2)
        assert float(summary["avg_bpm"]) == pytest.approx(float(expected["avg_bpm"]), abs=1.0)
        assert float(summary["max_bpm"]) == float(expected["max_bpm"])


def test_tracker_days_are_exact(devices: State) -> None:
    days = shown(devices, "daily_activity")
    expected = truth("fitbit_days/expected.csv")
    assert {row["user_id"] for row in days} == {row["user_id"] for row in expected}
    for person in expected:
        own = [row for row in days if row["user_id"] == person["user_id"]]
        assert len(own) == int(person["days"])
        assert sum(int(row["steps"]) for row in own) == int(person["steps"])
        assert sum(float(row["calories_burned"]) for row in own) == float(person["calories_burned"])
