"""What `fitness-sim verify` expects of members as of now and as of each day, against small truths written by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.simulator.told import at, reading, registered, told, workout


def _profile(user_id: int, dob: date | None, sex: str = "F") -> dict[str, Any]:
    return {
        "user_id": user_id,
        "kind": "new",
        "changed_at": at("01-01 08:00"),
        "is_stray": False,
        "dob": dob,
        "sex": sex,
    }


def test_age_bands_hold_for_the_last_day() -> None:
    born = [date(2008, 5, 5), date(2008, 5, 6), date(2001, 5, 5), date(1931, 5, 5), date(1905, 5, 6), date(1905, 5, 5)]
    profiles = [_profile(number, dob) for number, dob in enumerate([*born, date(1951, 5, 6), None, date(2027, 1, 1)])]
    world = told("05-05 23:59:59", profile_changes=profiles)
    found = world.execute("SELECT age_band FROM expected.user_bins ORDER BY user_id").fetchall()
    assert [band for (band,) in found] == [
        "18-24", "under 18", "25-34", "95+", "95+", "unknown", "65-74", "unknown", "unknown",
    ]  # fmt: skip


def test_absences() -> None:
    gone = {"user_id": 1, "left_at": at("05-04 10:00"), "back_at": None}
    back = {"user_id": 2, "left_at": at("05-04 10:00"), "back_at": at("05-05 10:00")}
    world = told("05-06 12:00", members=[gone, back, {"user_id": 3}])
    found = world.execute("SELECT user_id, left_at, back_at FROM expected.member_absences ORDER BY ALL").fetchall()
    assert found == [tuple(gone.values()), tuple(back.values())]


def test_limits_are_those_of_who_wears_a_device_now() -> None:
    world = told(
        "05-05 12:00",
        devices=[registered(each) for each in (1, 2, 3, 4)] + [{**registered(1, "05-02 08:00"), "device_id": 2}],
        # Member 1 turns 40 on the last day, member 2 wears nothing any more, member 3 stopped within ten minutes.
        profile_changes=[_profile(1, date(1986, 5, 5)), _profile(3, date(1986, 5, 6))],
        workouts=[workout(1, 1, "05-05 11:00", "05-05 11:50"), workout(3, 1, "05-05 11:00", "05-05 11:50:01")],
        members=[{"user_id": 4, "left_at": at("05-04 10:00"), "back_at": None}],
    )
    found = world.execute(
        """SELECT device_id, user_id, resting_hr, hr_max::DOUBLE, low_bpm::DOUBLE, high_at_rest_bpm::DOUBLE,
          over_max_bpm::DOUBLE, artefact_bpm::DOUBLE FROM expected.heart_rate_limits ORDER BY ALL"""
    ).fetchall()
    assert found == [
        (1, 1, None, 180.0, 40.0, 120.0, 180.0, 198.0),
        (2, 1, None, 180.0, 40.0, 120.0, 180.0, 198.0),
        (3, 3, None, 180.7, 40.0, None, 180.7, 198.77),
    ]


def test_summary_of_a_workout_has_its_day_and_what_is_assumed() -> None:
    # Member 1 is 40 from the second day on: 180 are the highest rate, 96 % of them 172.8. Of member 2 nothing is known.
    world = told(
        "05-06 12:00",
        devices=[registered(1), registered(2)],
        profile_changes=[_profile(1, date(1986, 5, 5)), _profile(2, None, "")],
        workouts=[
            workout(1, 1, "05-04 23:59", "05-05 00:01"),
            workout(1, 2, "05-05 10:00", "05-05 10:00:50"),
            workout(1, 3, "05-05 11:00", "05-05 11:10"),
            workout(2, 1, "05-05 10:00", "05-05 10:10"),
        ],
        readings=[
            reading(1, "05-05 00:00", 102.6),
            reading(1, "05-05 10:00", 172.8),
            reading(1, "05-05 11:00", 172.7),
            reading(2, "05-05 10:00", 172.8),
        ],
    )
    found = world.execute(
        """SELECT user_id, session_id, workout_date::VARCHAR, age_band, flags, intensity_class
        FROM expected.workout_bpm_summary ORDER BY ALL"""
    ).fetchall()
    assumed = "resting_hr_assumed"
    assert found == [
        (1, 1, "2026-05-04", "35-44", [assumed], "very light"),
        (1, 2, "2026-05-05", "35-44", [assumed], "near-max"),
        (1, 3, "2026-05-05", "35-44", [assumed], "vigorous"),
        (2, 1, "2026-05-05", "unknown", ["age_unknown", assumed, "sex_unknown"], None),
    ]
    completion = world.execute(
        """SELECT user_id, workout_date::VARCHAR, completion_rate FROM expected.workout_completion_daily
        ORDER BY ALL"""
    ).fetchall()
    assert completion == [(1, "2026-05-04", 1.0), (1, "2026-05-05", 0.5), (2, "2026-05-05", 1.0)]


def test_loads_fade_by_the_day() -> None:
    world = told(
        "05-06 12:00",
        devices=[registered(1)],
        profile_changes=[_profile(1, date(1986, 1, 1), "M")],
        workouts=[workout(1, 1, "05-04 10:00", "05-04 10:10")],
        readings=[reading(1, "05-04 10:00", 120)],
    )
    found = world.execute(
        """SELECT load_date::VARCHAR, round(load, 5), workouts, workouts_without_load, round(ctl, 5), round(atl, 5),
          round(tsb, 5) FROM expected.training_load_daily ORDER BY ALL"""
    ).fetchall()
    # A minute at half of the reserve: 0.83574; of it 0.0235283 and 0.1331221 a day, of which a 42nd and a 7th fade.
    assert found == [
        ("2026-05-04", 0.83574, 1, 0, 0.01966, 0.11126, 0.0),
        ("2026-05-05", 0.0, 0, 0, 0.0192, 0.09645, -0.09159),
        ("2026-05-06", 0.0, 0, 0, 0.01875, 0.08361, -0.07724),
    ]


def test_features_know_what_has_ended_by_the_end_of_the_day() -> None:
    steps = {date(2026, 5, 4): 4000, date(2026, 5, 6): 0, date(2026, 5, 7): 6000}
    world = told(
        "05-12 12:00",
        devices=[registered(1, "05-04 08:00")],
        profile_changes=[_profile(1, date(1986, 1, 1), "M")],
        daily_activity=[{"user_id": 1, "date": day, "steps": count} for day, count in steps.items()],
        # Through midnight, and one without end.
        workouts=[workout(1, 1, "05-04 23:50", "05-05 00:20"), workout(1, 2, "05-12 11:00", None)],
        readings=[reading(1, "05-05 00:00", 120)],
    )
    found = world.execute(
        """SELECT date::VARCHAR, workout_minutes_7, workout_minutes_28, load, ctl, atl, tsb, wear_minutes, steps,
          worn_days_7, mean_steps_7 FROM expected.member_features_daily ORDER BY date"""
    ).fetchall()
    assert len(found) == 9
    assert found[0] == ("2026-05-04", 0.0, 0.0, None, None, None, None, 0, 4000, 1, 4000.0)
    # 120 bpm of 60 to 180 are half of the reserve, for a minute: 0.5 * 0.64 * e^0.96 = 0.83573...
    load = 0.8357427
    assert found[1][:3] == ("2026-05-05", 30.0, 30.0)
    assert found[1][3:7] == pytest.approx((load, load * 0.0235283, load * 0.1331221, 0), abs=1e-6)
    assert found[1][7:] == (1, None, 1, 4000.0)
    # A day later a 42nd and a 7th have faded; form is what the day before left.
    assert found[2][3:7] == pytest.approx((0, 0.0192009, 0.0964455, load * (0.0235283 - 0.1331221)), abs=1e-6)
    assert found[3][7:] == (0, 6000, 2, 5000.0)
    assert found[8][:3] == ("2026-05-12", 0.0, 30.0)
