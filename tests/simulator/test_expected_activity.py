"""What `fitness-sim verify` expects of members' days, weeks and months, against small truths written by hand."""

from __future__ import annotations

from datetime import date

from tests.simulator.told import at, gym, registered, told, visit, workout


def _tracked(user_id: int, day: date, steps: int) -> dict[str, object]:
    return {"user_id": user_id, "date": day, "steps": steps, "distance_km": 5.0, "active_minutes": 40}


def test_a_day_has_what_the_tracker_the_door_and_the_timer_say() -> None:
    world = told(
        "05-06 12:00",
        gyms=[gym()],
        devices=[registered(1), registered(2)],
        daily_activity=[_tracked(1, date(2026, 5, 4), 0), _tracked(2, date(2026, 5, 3), 900)],
        visits=[visit(1, "05-04 09:00", "05-04 10:00"), visit(1, "05-05 23:30", "05-06 00:30")],
        workouts=[workout(1, 1, "05-04 09:10", "05-04 09:40"), workout(1, 2, "05-06 11:59", None)],
        # Who has left has no day, who is back has those since.
        members=[{"user_id": 2, "left_at": at("05-04 12:00"), "back_at": None}],
    )
    counts = "has_tracker_day, not_worn, steps, workouts, workout_minutes, gym_visits"
    found = world.execute(
        f"SELECT user_id, date::VARCHAR, iso_week, {counts} FROM expected.daily_activity_summary ORDER BY ALL"  # noqa: S608
    ).fetchall()
    assert found == [
        (1, "2026-05-04", "2026-W19", True, True, 0, 1, 30.0, 1),
        (1, "2026-05-05", "2026-W19", False, None, None, 0, 0.0, 1),
        (1, "2026-05-06", "2026-W19", False, None, None, 1, 0.0, 0),
    ]


def test_averages_of_a_week_are_over_the_days_on_which_the_tracker_was_worn() -> None:
    world = told(
        "05-12 12:00",
        daily_activity=[
            _tracked(1, date(2026, 5, 4), 0),
            _tracked(1, date(2026, 5, 9), 3000),
            _tracked(1, date(2026, 5, 10), 5000),
            _tracked(1, date(2026, 5, 11), 9000),
        ],
        devices=[registered(1)],
        workouts=[workout(1, 1, "05-10 23:50", "05-11 00:20")],
    )
    found = world.execute(
        """SELECT iso_week, week_start::VARCHAR, tracker_days, worn_days, round(wear_rate, 4), mean_steps, workouts,
          workout_minutes FROM expected.weekly_activity_summary ORDER BY ALL"""
    ).fetchall()
    assert found == [
        ("2026-W19", "2026-05-04", 3, 2, 0.6667, 4000.0, 1, 30.0),
        ("2026-W20", "2026-05-11", 1, 1, 1.0, 9000.0, 0, 0.0),
    ]


def test_cohorts_of_five_are_shown_once_a_month_is_over() -> None:
    april, may = range(1, 7), range(11, 15)
    world = told(
        "06-30 23:59:59",
        gyms=[gym()],
        devices=[*(registered(each, "04-30 23:00") for each in april), *(registered(each) for each in may)],
        visits=[*(visit(each, "05-20 09:00", "05-20 10:00") for each in (1, 2, 3, 4)), visit(6, "04-30 23:30")],
        workouts=[workout(5, 1, "05-31 23:50", "06-01 00:20")],
        # A number of people tells of former members, too.
        members=[{"user_id": 1, "left_at": at("06-10 12:00"), "back_at": None}],
    )
    found = world.execute(
        """SELECT cohort_month::VARCHAR, k, cohort_size, retained_members, round(retention, 4), is_complete,
          is_suppressed FROM expected.retention_cohorts ORDER BY ALL"""
    ).fetchall()
    assert found == [
        ("2026-04-01", 0, 6, None, None, True, True),
        ("2026-04-01", 1, 6, 5, 0.8333, True, False),
        ("2026-04-01", 2, 6, None, None, False, False),
        ("2026-05-01", 0, None, None, None, True, True),
        ("2026-05-01", 1, None, None, None, False, True),
    ]


def _engaged(*columns: str) -> list[tuple[object, ...]]:
    """Of three members: one who comes, one who never came, one who left and is back."""
    world = told(
        "05-31 12:00",
        gyms=[gym()],
        devices=[registered(1, "04-30 08:00"), registered(2, "03-01 08:00"), registered(3)],
        visits=[
            visit(1, "05-01 09:00", "05-01 10:00"),
            visit(1, "05-03 09:00", "05-03 10:00"),
            visit(1, "05-06 09:00", "05-06 10:00"),
            visit(3, "05-02 09:00", "05-02 10:00"),
            visit(3, "05-29 09:00", "05-29 10:00"),
        ],
        workouts=[workout(1, 1, "05-02 09:10", "05-02 09:40")],
        members=[{"user_id": 3, "left_at": at("05-10 12:00"), "back_at": at("05-28 15:00")}],
    )
    query = f"SELECT user_id, date::VARCHAR, {', '.join(columns)} FROM expected.user_engagement_daily ORDER BY ALL"  # noqa: S608
    return world.execute(query).fetchall()


def test_days_of_engagement_go_from_registration_or_return_to_the_end() -> None:
    days = [(user_id, day) for user_id, day in _engaged()]
    assert [days.count(each) for each in ((1, "2026-04-30"), (2, "2026-03-01"), (3, "2026-05-28"))] == [1, 1, 1]
    assert len(days) == len(set(days)) == 32 + 92 + 4


def test_activity_of_the_last_weeks() -> None:
    columns = ("active_days_7", "streak_days", "actual_visits", "frequency_90", "active_minutes_90", "usual_gap_days")
    found = _engaged(*columns, "tier")
    assert (1, "2026-05-03", 3, 3, 2, 2, 30.0, 2.0, "occasional") in found
    assert (1, "2026-05-06", 4, 1, 3, 3, 30.0, 2.5, "occasional") in found
    assert (1, "2026-05-30", 0, 0, 2, 3, 30.0, 2.5, "occasional") in found
    assert (3, "2026-05-31", 1, 0, 1, 1, 0.0, None, "occasional") in found


def test_risk_of_churn() -> None:
    found = _engaged("recency_days", "round(expected_visits, 3)", "is_churn_risk", "is_churned")
    assert (1, "2026-05-20", 14, 0.0, False, False) in found
    assert (1, "2026-05-21", 15, 0.0, True, False) in found
    assert (2, "2026-03-15", None, 0.0, False, False) in found
    assert (2, "2026-03-16", None, 0.0, True, False) in found
    assert (2, "2026-04-30", None, 0.0, True, True) in found


def test_scores_are_of_those_who_came_within_90_days() -> None:
    found = _engaged("recency_score", "frequency_score", "active_minutes_score")
    assert (1, "2026-05-31", 1, 2, 2) in found
    assert (3, "2026-05-31", 2, 1, 1) in found
    assert (2, "2026-05-31", None, None, None) in found


def test_fewer_visits_than_half_of_the_expected_are_a_risk() -> None:
    # Seven visits in 84 days make seven thirds that are expected in 28; with a usual gap of 7 days 20 are no risk.
    weeks = ("03-24", "03-31", "04-07", "04-14", "04-21", "04-28")
    world = told(
        "06-02 12:00",
        gyms=[gym()],
        devices=[registered(1, "02-01 08:00")],
        visits=[visit(1, f"{day} 09:00", f"{day} 10:00") for day in (*weeks, "05-05", "05-26")],
    )
    found = world.execute(
        """SELECT date::VARCHAR, actual_visits, expected_visits, recency_days, is_churn_risk
        FROM expected.user_engagement_daily WHERE date IN ('2026-05-25', '2026-05-31', '2026-06-02') ORDER BY ALL"""
    ).fetchall()
    assert found == [
        ("2026-05-25", 2, 5 / 3, 20, False),
        ("2026-05-31", 2, 2.0, 5, False),
        ("2026-06-02", 1, 7 / 3, 7, True),
    ]
