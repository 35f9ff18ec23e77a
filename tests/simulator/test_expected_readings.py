"""What `fitness-sim verify` expects of heart rates as worn, against small truths written by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.simulator.told import at, reading, registered, told, workout


def test_state_and_seconds_of_a_reading() -> None:
    world = told(
        "05-05 12:00",
        devices=[registered(2)],
        workouts=[{**workout(2, 1, "05-04 10:00", "05-04 10:20"), "pauses": [_pause("05-04 10:05", "05-04 10:06")]}],
        readings=[
            reading(2, "05-04 09:59:50", 70),
            reading(2, "05-04 10:00", 80),
            reading(2, "05-04 10:05:30", 90),
            reading(2, "05-04 10:05:40", 0),
            reading(2, "05-04 10:29:59", 75),
            reading(2, "05-04 10:30", 74),
            # Another device counts on the day on which it has most of the valid readings.
            reading(2, "05-04 10:00:05", 99, device_id=1),
            reading(2, "05-05 10:00", 65, device_id=1),
        ],
    )
    found = world.execute(
        """SELECT strftime(event_time, '%d %H:%M:%S'), device_id, stands_s, state, strftime(state_since, '%H:%M')
        FROM expected.worn_heart_rate ORDER BY event_time"""
    ).fetchall()
    assert found == [
        ("04 09:59:50", 2, 10.0, "rest", None),
        ("04 10:00:00", 2, 60.0, "workout", "10:00"),
        ("04 10:05:30", 2, 10.0, "recovery", "10:00"),
        ("04 10:29:59", 2, 1.0, "recovery", "10:00"),
        ("04 10:30:00", 2, 60.0, "rest", "10:30"),
        ("05 10:00:00", 1, 60.0, "rest", "10:30"),
    ]


def test_windows_of_ten_minutes_every_five() -> None:
    world = told(
        "05-05 12:00",
        devices=[registered(1)],
        readings=[
            reading(1, "05-04 10:09:00", 90),
            reading(1, "05-04 10:09:30", 60),
            reading(1, "05-04 10:10:10", 120),
            # Silence changes nothing here: a reading stands until the next one.
            reading(1, "05-04 10:10:00", 0),
            reading(2, "05-04 10:10:00", 50),
        ],
        members=[{"user_id": 2, "left_at": at("05-05 10:00"), "back_at": None}],
    )
    found = world.execute(
        """SELECT user_id, strftime(window_start, '%H:%M'), strftime(window_end, '%H:%M'), samples, min_bpm,
          round(avg_bpm, 4), max_bpm, round(coverage, 4) FROM expected.heart_rate_windows ORDER BY ALL"""
    ).fetchall()
    assert found == [
        # 30 s of 90 and 30 s of 60.
        (1, "10:00", "10:10", 2, 60.0, 75.0, 90.0, 0.1),
        # 30 s of 90, 40 s of 60, 60 s of 120.
        (1, "10:05", "10:15", 3, 60.0, 94.6154, 120.0, 0.2167),
        (1, "10:10", "10:20", 1, 120.0, 120.0, 120.0, 0.1),
    ]


def _steady(first: str, count: int, seconds: int) -> list[dict[str, Any]]:
    """Readings of 60 and 64 in turn: median 62, each 2 away from it."""
    return [
        {**reading(1, first, 60 + 4 * (number % 2)), "event_time": at(first) + timedelta(seconds=number * seconds)}
        for number in range(count)
    ]


def _anomalies(*readings: dict[str, Any], workouts: tuple[dict[str, Any], ...] = ()) -> list[tuple[Any, ...]]:
    world = told("05-05 12:00", devices=[registered(1)], workouts=workouts, readings=readings)
    return world.execute(
        """SELECT strftime(event_time, '%H:%M:%S'), state, bpm, median_bpm, mad_bpm, compared_with, round(robust_z, 4)
        FROM expected.heart_rate_anomalies ORDER BY event_time"""
    ).fetchall()


def test_readings_far_from_those_of_the_steps_before() -> None:
    before = _steady("05-04 10:00", 30, 20)
    # 0.6745 * 10 / 2 = 3.37 is near enough, 0.6745 * 11 / 2 = 3.71 is not.
    far = [reading(1, "05-04 10:10", 72), reading(1, "05-04 10:11", 73), reading(1, "05-04 10:14:59", 51)]
    assert _anomalies(*before, *far) == [
        ("10:11:00", "rest", 73.0, 62.0, 2.0, 30, 3.7098),
        ("10:14:59", "rest", 51.0, 62.0, 2.0, 30, -3.7098),
    ]


def test_too_few_readings_tell_nothing() -> None:
    far = reading(1, "05-04 10:10", 90)
    assert _anomalies(*_steady("05-04 10:00", 29, 20), far) == []
    assert _anomalies(*_steady("05-04 10:01", 30, 18), far) == []


def test_exercise_is_compared_with_itself_only() -> None:
    trained = (workout(1, 1, "05-04 10:10", "05-04 10:20"),)
    found = _anomalies(
        *_steady("05-04 10:00", 30, 20),
        reading(1, "05-04 10:12", 90),
        reading(1, "05-04 10:29", 90),
        reading(1, "05-04 10:31", 90),
        workouts=trained,
    )
    assert found == []


def test_readings_in_a_workout_stand_until_the_next_or_the_pause() -> None:
    world = told(
        "05-04 12:10",
        devices=[registered(1)],
        workouts=[
            {**workout(1, 1, "05-04 10:00", "05-04 10:10"), "pauses": [_pause("05-04 10:02", "05-04 10:03")]},
            workout(1, 2, "05-04 12:00", None),
        ],
        readings=[
            reading(1, "05-04 10:00", 100),
            reading(1, "05-04 10:01:50", 110),
            reading(1, "05-04 10:02:30", 120),
            reading(1, "05-04 10:03:00", 130),
            reading(1, "05-04 10:03:20", 140),
            reading(1, "05-04 10:10:00", 150),
            reading(1, "05-04 12:05:00", 160),
        ],
    )
    found = world.execute(
        "SELECT session_id, device_id, bpm, weight_s FROM expected.workout_bpm ORDER BY event_time"
    ).fetchall()
    assert found == [
        (1, 1, 100.0, 60.0), (1, 1, 110.0, 10.0), (1, 1, 130.0, 20.0), (1, 1, 140.0, 60.0), (2, 1, 160.0, 60.0),
    ]  # fmt: skip


def test_baseline_of_a_week_and_its_deviation() -> None:
    # The lowest half hour of each day: 60, 61, 62, 66, 68, 70, 75: median 66, distances 0, 2, 4, 4, 5, 6, 9.
    rates = dict(enumerate((60, 61, 62, 66, 68, 70, 75, 80), start=1))
    world = told(
        "05-09 12:00",
        devices=[registered(1)],
        readings=[
            reading(1, f"05-{day:02d} 10:{minute}", bpm) for day, bpm in rates.items() for minute in range(10, 34)
        ],
    )
    found = world.execute(
        """SELECT day(hr_date), resting_hr, baseline_values, baseline_hr, baseline_mad, drift_bpm
        FROM expected.hr_daily WHERE hr_date >= DATE '2026-05-07' ORDER BY hr_date"""
    ).fetchall()
    assert found == [(7, 75.0, 6, None, None, None), (8, 80.0, 7, 66.0, 4.0, 14.0)]


def _pause(start: str, end: str) -> dict[str, object]:
    return {"from": at(start), "until": at(end)}
