"""The oracle on real input, whose truth others have computed: its word on the story is worth no more than this."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from tests.oracle.gold import training_load
from tests.oracle.lakehouse import Lakehouse
from tests.oracle.landing import read
from tests.oracle.tables import Table, tables

REAL = Path(__file__).parents[3] / "shared" / "real"

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not REAL.is_dir(), reason=f"no real data at {REAL}"),
]


def truth(name: str) -> list[dict[str, str]]:
    with (REAL / name).open(newline="") as file:
        return list(csv.DictReader(file))


def made_of(name: str) -> dict[str, Table]:
    return tables(Lakehouse.of(read(REAL / name)))


def test_course_data() -> None:
    made = made_of("sbit_set1")
    assert len(made["silver.heart_rate"]) == 253_801
    assert {row["status"] for row in made["silver.heart_rate"]} == {"valid"}
    assert (len(made["silver.user_profile_history"]), len(made["silver.user_profile"])) == (7, 5)
    (summary,) = made["gold.workout_bpm_summary"]
    assert (summary["user_id"], summary["session_id"], summary["samples"]) == (12474, 1, 3_900)
    assert summary["min_bpm"] == 35.003105735835994
    assert summary["avg_bpm"] == pytest.approx(64.63599751459284, abs=1e-9)
    assert summary["max_bpm"] == 94.98191173214704
    assert visit_minutes(made) == {
        (row["date"], row["gym"], row["user_id"], row["session_id"], row["minutes_in_gym"], row["minutes_exercising"])
        for row in truth("sbit_set1/expected_gym_summary.csv")
    }
    assert not any(rows for name, rows in made.items() if name.endswith("_quarantine"))


def visit_minutes(made: dict[str, Table]) -> set[tuple[str, ...]]:
    rows = [(row, row["workouts"]) for row in made["gold.gym_summary"]]
    return {
        (
            *(str(row[name]) for name in ("visit_date", "gym", "user_id")),
            *(str(workout["session_id"]) for workout in workouts),
            f"{row['minutes_in_gym']:.2f}",
            f"{row['minutes_exercising']:.2f}",
        )
        for row, workouts in rows
        if isinstance(workouts, list)
    }


def test_recorded_workouts() -> None:
    summaries = {str(row["user_id"]): row for row in made_of("fit_sessions")["gold.workout_bpm_summary"]}
    firmware = truth("fit_sessions/expected.csv")
    assert len(summaries) == len(firmware)
    for expected in firmware:
        summary = summaries[expected["user_id"]]
        assert summary["elapsed_s"] == pytest.approx(float(expected["elapsed_s"]), abs=2)
        assert summary["active_s"] == pytest.approx(float(expected["active_s"]), abs=2)
        assert summary["avg_bpm"] == pytest.approx(float(expected["avg_bpm"]), abs=1.0)
        assert summary["max_bpm"] == float(expected["max_bpm"])


def test_interval_workout_as_of_a_man_of_35() -> None:
    lakehouse = Lakehouse.of(read(REAL / "fit_sessions"))
    ((workout, readings),) = [(w, r) for w, r in lakehouse.workout_readings if w.user_id == 2002]
    load = training_load(workout, readings, date(1982, 5, 1), "M")
    minutes = [float(str(load[f"z{zone}_s"])) / 60 for zone in range(6)]
    assert minutes == pytest.approx([2.567, 9.717, 1.517, 1.533, 6.283, 6.867], abs=0.0005)
    assert (load["hr_max"], load["trimp_banister"], load["trimp_edwards"]) == (
        183.5,
        pytest.approx(44.64, abs=0.005),
        pytest.approx(76.82, abs=0.005),
    )


def test_tracker_days() -> None:
    days = made_of("fitbit_days")["silver.daily_activity"]
    for expected in truth("fitbit_days/expected.csv"):
        own = [row for row in days if str(row["user_id"]) == expected["user_id"]]
        assert len(own) == int(expected["days"])
        assert sum(int(str(row["steps"])) for row in own) == int(expected["steps"])
        assert sum(float(str(row["calories_burned"])) for row in own) == float(expected["calories_burned"])
