"""The planted cases of `fixtures/landing/README.md`, derived by hand, against what the oracle computes."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.oracle.__main__ import story_days
from tests.oracle.lakehouse import Lakehouse
from tests.oracle.landing import read
from tests.oracle.tables import Row, Table, tables

TOMAS, MARA, JONAH, SEFA, LIEN, BRUNO, NOOR, PAVEL = 21002, 21003, 21004, 21005, 21006, 21007, 21009, 21010
YUKI = 4102233445


@pytest.fixture(scope="module")
def story() -> dict[str, Table]:
    return tables(Lakehouse.of(read(*story_days())))


def only(rows: Table, **fields: object) -> Row:
    (row,) = [row for row in rows if all(str(row[name]) == str(value) for name, value in fields.items())]
    return row


def test_five_readings_by_hand(story: dict[str, Table]) -> None:
    # 100 s from 10:00. Readings at 0, 10, 30, 95 s count 10, 20, 60 (65 capped) and 5 s; those at -1 and 100 do not.
    summary = only(story["gold.workout_bpm_summary"], user_id=NOOR, session_id=2)
    assert summary["avg_bpm"] == pytest.approx((100 * 10 + 110 * 20 + 120 * 60 + 140 * 5) / 95, abs=1e-12)
    assert (summary["samples"], summary["min_bpm"], summary["max_bpm"]) == (4, 100.0, 140.0)
    assert summary["coverage"] == pytest.approx(95 / 100)


def test_a_pause_counts_as_elapsed_only(story: dict[str, Table]) -> None:
    # 12:05 to 12:20 and 12:30 to 12:50 active; the second stop, at 12:50:05, moves the end.
    workout = only(story["silver.workouts"], user_id=TOMAS)
    assert (workout["elapsed_s"], workout["active_s"]) == (2705.0, 900.0 + 1200.0)
    assert (workout["status"], workout["starts"], workout["stops"]) == ("completed", 2, 3)
    # One reading each 15 s, the last of both intervals 8 s before its end; 7 s pass before the first.
    summary = only(story["gold.workout_bpm_summary"], user_id=TOMAS)
    assert summary["samples"] == 60 + 80
    assert summary["coverage"] == pytest.approx((59 * 15 + 8 + 79 * 15 + 8) / 2100)


def test_late_readings_count_and_a_gap_does_not(story: dict[str, Table]) -> None:
    # 17:10 to 18:10, a reading each 15 s; between 17:39:45 and 17:43:00 only 60 of 195 s count.
    summary = only(story["gold.workout_bpm_summary"], user_id=MARA)
    assert summary["samples"] == 80 + 40 + 108
    assert summary["coverage"] == pytest.approx((3600 - 135) / 3600)


def test_a_workout_through_midnight_belongs_to_the_day_it_starts(story: dict[str, Table]) -> None:
    # 23:40 to 00:25; readings for 20 minutes (the last stands for 60 s) and for the last 5.
    summary = only(story["gold.workout_bpm_summary"], user_id=YUKI)
    assert str(summary["workout_date"]) == "2026-04-14"
    assert summary["coverage"] == pytest.approx((79 * 15 + 60 + 20 * 15) / 2700)
    assert summary["low_coverage"] is True


def test_sessions_that_never_stopped_or_started(story: dict[str, Table]) -> None:
    workouts = story["silver.workouts"]
    assert Counter(row["status"] for row in workouts) == {
        "completed": 14,
        "abandoned": 1,
        "superseded": 1,
        "orphan_stop": 1,
        "open": 1,
    }
    # The last reading is at 18:05 plus 119 times 15 s.
    forgotten = only(workouts, user_id=JONAH, status="abandoned")
    assert (forgotten["elapsed_s"], str(forgotten["ended_at"])) == (119 * 15.0, "2026-04-14 18:34:45+00:00")
    assert only(workouts, user_id=JONAH, status="completed")["session_id"] == forgotten["session_id"]
    assert str(only(workouts, user_id=PAVEL, status="superseded")["ended_at"]) == "2026-04-15 13:20:00+00:00"


def test_a_device_counts_for_whoever_wears_it(story: dict[str, Table]) -> None:
    wearers = Counter(row["user_id"] for row in story["silver.workout_bpm"] if row["device_id"] == 310006)
    # A reading each 15 s: Lien 30 minutes on day 1 and on day 2, Bruno 30 minutes later on day 2.
    assert wearers == {LIEN: 120 + 120, BRUNO: 120}
    assert only(story["silver.user_devices"], device_id=310012)["user_id"] is None


def test_readings_that_do_not_count_say_why(story: dict[str, Table]) -> None:
    readings = story["silver.heart_rate"]
    # Three zeros in Ines's workout, null and 0 at rest; 18 and 262.
    assert Counter(row["status"] for row in readings if row["status"] != "valid") == {
        "no_contact": 5,
        "out_of_range": 2,
    }
    conflict = only(readings, reason="duplicate_conflict")
    assert (str(conflict["event_time"]), conflict["bpm"]) == ("2026-04-14 16:00:45+00:00", 67.0)
    assert len({(row["device_id"], row["event_time"]) for row in readings}) == len(readings)
    assert sum(row["device_id"] == 399999 for row in readings) == 30
    assert max(str(row["event_time"]) for row in readings) == "2026-04-16 19:44:45+00:00"


def test_visits(story: dict[str, Table]) -> None:
    visits = story["gold.gym_summary"]
    statuses = Counter(row["status"] for row in story["silver.gym_logs"])
    assert statuses == {"closed": 12, "inferred": 1, "auto_closed": 2, "open": 1}
    closed_late = only(visits, user_id=MARA)
    assert (closed_late["minutes_in_gym"], closed_late["minutes_exercising"]) == (80.0, 60.0)
    # Two workouts: 30 minutes and 100 seconds.
    twice = only(visits, user_id=NOOR, visit_date="2026-04-15")
    assert (twice["minutes_in_gym"], twice["minutes_exercising"]) == (120.0, 31.67)
    # The workout from 08:05 to 08:45 is clipped to the visit from 08:10 to 08:40.
    clipped = only(visits, user_id=NOOR, gym=2)
    assert (clipped["minutes_in_gym"], clipped["minutes_exercising"]) == (30.0, 30.0)
    # 16:00, and 16:06 again, to 17:00.
    assert only(visits, login="2026-04-16 16:00:00+00:00")["minutes_in_gym"] == 60.0
    # 12:55 until the login at the other gym at 13:15, the workout from 13:00.
    inferred = only(visits, status="inferred")
    assert (inferred["minutes_in_gym"], inferred["minutes_exercising"]) == (20.0, 15.0)
    assert only(visits, gym=2, login="2026-04-15 14:00:00+00:00")["user_id"] == BRUNO


def test_profiles(story: dict[str, Table]) -> None:
    history = story["silver.user_profile_history"]
    # Ten members; one more version each for Ines, Lien (who came back), two for Mara and two for Jonah.
    assert len(history) == 10 + 1 + 1 + 2 + 2
    assert Counter(row["user_id"] for row in history)[TOMAS] == 1
    assert {row["user_id"] for row in history} - {row["user_id"] for row in story["silver.user_profile"]} == {SEFA}
    assert only(story["silver.user_profile"], user_id=MARA)["street_address"] == "5 Mill Court"
    assert only(story["silver.user_profile"], user_id=JONAH)["street_address"] == "2 Gannet Close"
    assert only(story["silver.user_profile"], user_id=NOOR)["dob"] is None


def test_ages_are_completed_years_on_the_day(story: dict[str, Table]) -> None:
    bands = {row["user_id"]: row["age_band"] for row in story["gold.workout_bpm_summary"]}
    # Mara turns 25 on 15 April, the day after her workout; Pavel is 16, Yuki 79, Noor's birthday unreadable.
    assert {user: bands[user] for user in (MARA, PAVEL, YUKI, NOOR)} == {
        MARA: "18-24",
        PAVEL: "under 18",
        YUKI: "75-84",
        NOOR: "unknown",
    }


def test_a_member_who_left_has_no_row_in_gold(story: dict[str, Table]) -> None:
    # Sefa's one workout and two visits stay in silver. So do Lien's visit and two
    # workouts from before she left; her workout since the return is in gold.
    assert len([row for row in story["silver.gym_logs"] if row["user_id"] == SEFA]) == 2
    members = {row["user_id"] for row in story["gold.gym_summary"] + story["gold.workout_bpm_summary"]}
    assert SEFA not in members
    since = [str(row["started_at"]) for row in story["gold.workout_bpm_summary"] if row["user_id"] == LIEN]
    assert since == ["2026-04-16 12:00:00+00:00"]
    assert len(story["gold.gym_summary"]) == 16 - 2 - 1
    assert len([row for row in story["silver.workouts"] if row["user_id"] == LIEN]) == 1 + 2


def test_daily_activity(story: dict[str, Table]) -> None:
    days = story["silver.daily_activity"]
    assert {str(row["date"]): row["steps"] for row in days if row["user_id"] == 21001} == {
        "2026-04-13": 8630,  # the later record, which came later
        "2026-04-14": 13950,  # the later record, which came first
    }
    # 900 minutes and 10 hours are 25 hours.
    assert only(days, user_id=JONAH)["flags"] == ["active_and_sleep_within_24_hours"]


def test_quarantine(story: dict[str, Table]) -> None:
    rejected = {name: len(rows) for name, rows in story.items() if name.endswith("_quarantine")}
    assert rejected == {
        "silver.registered_users_quarantine": 3,
        "silver.gym_logins_quarantine": 4,
        "silver.user_info_quarantine": 3,
        "silver.workout_quarantine": 3 + 3,  # the file of day 1 comes twice
        "silver.bpm_quarantine": 8,
        "silver.daily_activity_quarantine": 4,
        "silver.kafka_multiplex_quarantine": 3,
    }
