"""What `fitness-sim verify` expects of health alerts and of devices, one watch after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from simulator.checking.alerts import HIGH, LOW, OVER_MAX, Reading, Rule, drifts_of, episodes_of, stuck_of
from tests.simulator.told import at, reading, registered, told, workout

START = at("05-04 09:00")
TRAINED_SINCE = at("05-04 08:00")


def watch(*rates: float, step_s: int = 60, stands_s: float | None = None, state: str = "rest") -> list[Reading]:
    """Readings of one watch, `step_s` apart; the highest rate of the member is 180."""
    since = TRAINED_SINCE if state == "workout" else None
    return [
        Reading(START + timedelta(seconds=number * step_s), bpm, stands_s or step_s, state, since, 180.0)
        for number, bpm in enumerate(rates)
    ]


def found(rule: Rule, readings: list[Reading]) -> list[tuple[float, float, float, int]]:
    """Seconds from the start of all readings to start, detection and end of each episode, and its readings."""
    return [
        (_since(each.readings[0].at), _since(each.detected_at), _since(each.ended_at), len(each.readings))
        for each in episodes_of(rule, readings)
    ]


def _since(instant: datetime) -> float:
    return (instant - START).total_seconds()


def test_high_at_rest_for_ten_minutes_until_low_for_two() -> None:
    rates = (100, *[125] * 11, 118, 114, 114, 116, 114, 114, 114, 100)
    assert found(HIGH, watch(*rates)) == [(60, 660, 18 * 60, 17)]
    assert found(HIGH, watch(*[125] * 10)) == []
    assert found(HIGH, watch(*[120] * 30)) == []
    assert found(HIGH, watch(*[125] * 30, state="recovery")) == []


def test_a_high_rate_must_be_measured_without_silence() -> None:
    assert found(HIGH, watch(*[125] * 11, stands_s=48)) == [(0, 600, 600, 11)]
    assert found(HIGH, watch(*[125] * 11, stands_s=47.9)) == []
    silent = watch(*[125] * 16)
    later = [replace(each, at=each.at + timedelta(seconds=1)) for each in silent[8:]]
    assert found(HIGH, [*silent[:8], *later]) == []


def test_low_in_any_state_until_it_is_42() -> None:
    readings = watch(*[39] * 11, 41, 39, 42, 39)
    mixed = [replace(each, state="workout") if number % 2 else each for number, each in enumerate(readings)]
    assert found(LOW, mixed) == [(0, 600, 780, 13)]
    assert found(LOW, watch(*[40] * 20)) == []


def test_over_the_highest_rate_of_the_age_in_a_workout() -> None:
    over = watch(*[181] * 7, *[179] * 3, 181, *[179] * 8, step_s=10, state="workout")
    assert found(OVER_MAX, over) == [(0, 60, 170, 17)]
    # Half a minute without a reading is none of the watch's silences.
    assert found(OVER_MAX, watch(181, 181, 181, step_s=45, stands_s=15, state="workout")) == [(0, 90, 90, 3)]
    assert found(OVER_MAX, watch(*[181] * 7, step_s=10)) == []
    assert found(OVER_MAX, watch(*[180] * 7, step_s=10, state="workout")) == []
    assert found(OVER_MAX, watch(*[181] * 3, 199, *[181] * 3, step_s=10, state="workout")) == [(0, 60, 60, 7)]
    assert found(OVER_MAX, watch(*[181] * 4, 199, 199, *[181] * 4, step_s=10, state="workout")) == []


@pytest.mark.parametrize(
    ("readings", "stuck"),
    [
        (watch(*[64] * 12, 65), [(0, 600, 720, 12)]),
        (watch(*[64] * 10, 65), []),
        (watch(*[64] * 11), [(0, 600, 600, 11)]),
        (watch(*[150] * 5, 151, step_s=30, state="workout"), [(0, 120, 150, 5)]),
        (watch(*[150] * 4, 151, step_s=30, state="workout"), []),
        ([*watch(*[64] * 9)[:6], *watch(*[64] * 9, state="workout")[6:]], [(0, 480, 480, 9)]),
    ],
)
def test_stuck_devices(readings: list[Reading], stuck: list[tuple[float, float, float, int]]) -> None:
    episodes = stuck_of(readings)
    assert [
        (_since(each.readings[0].at), _since(each.detected_at), _since(each.ended_at), len(each.readings))
        for each in episodes
    ] == stuck


def test_drifts_of_two_days_and_more() -> None:
    def days(*drifts: float | None, mad: float = 1.0) -> list[tuple[date, float | None, float | None, float | None]]:
        return [
            (date(2026, 5, number), None if drift is None else 60 + drift, drift, mad)
            for number, drift in enumerate(drifts, start=1)
        ]

    # Three times 1.4826 times 2 are 8.8956.
    assert [[day.day for day, _ in run] for run in drifts_of(days(5.0, 5.5, 6.0, 7.0, 4.0, 9.0))] == [[2, 3, 4]]
    assert list(drifts_of(days(9.0, None, 9.0))) == []
    assert list(drifts_of(days(9.0, 1.0, 9.0)[::2])) == []
    assert list(drifts_of(days(8.8, 8.8, mad=2.0))) == []
    assert [len(run) for run in drifts_of(days(8.9, 9.1, mad=2.0))] == [2]


def test_rows_of_an_alert_and_of_a_dropout() -> None:
    world = told(
        "05-05 12:00",
        devices=[registered(1), registered(2), registered(3)],
        workouts=[
            workout(1, 1, "05-04 10:00", "05-04 10:10"),
            workout(2, 1, "05-04 10:00", "05-04 10:10"),
            workout(3, 1, "05-05 11:50", None),
        ],
        readings=[
            *(reading(2, f"05-04 20:{minute:02d}", 38 + minute % 2) for minute in range(11)),
            # Five minutes are no dropout yet; five and a second are. Who has no reading wore nothing.
            reading(1, "05-04 10:05:00", 120),
            reading(3, "05-05 11:50:30", 120),
        ],
    )
    assert world.execute("FROM expected.device_health").fetchall() == []
    alerts = world.execute(
        """SELECT rule, severity, user_id, device_id, started_at, detected_at, ended_at, min_bpm, round(avg_bpm, 4),
          max_bpm, samples, coverage, alert_id FROM expected.health_alerts"""
    ).fetchall()
    begin, end = at("05-04 20:00"), at("05-04 20:10")
    # echo -n 'LOW_HR|2|2|1777925400000000' | sha256sum
    assert alerts == [
        ("LOW_HR", "warning", 2, 2, begin, end, end, 38.0, 38.4545, 39.0, 11, 1.0, "65ee2e1303a3958e563d5135d324741d"),
    ]


def test_five_minutes_and_a_second_of_active_time_without_a_reading() -> None:
    world = told(
        "05-05 12:00",
        devices=[registered(1)],
        workouts=[workout(1, 1, "05-04 10:00", "05-04 10:20:02")],
        readings=[
            reading(1, "05-04 10:05:01", 120),
            reading(1, "05-04 10:10:01", 121),
            reading(1, "05-04 10:15:01", 9),
        ],
    )
    rows = world.execute(
        """SELECT rule, severity, strftime(started_at, '%H:%M:%S'), strftime(detected_at, '%H:%M:%S'),
          strftime(ended_at, '%H:%M:%S'), avg_bpm, samples, coverage FROM expected.device_health ORDER BY started_at"""
    ).fetchall()
    assert rows == [
        ("SENSOR_DROPOUT", "info", "10:00:00", "10:05:00", "10:05:01", None, 0, 0.0),
        ("SENSOR_DROPOUT", "info", "10:10:01", "10:15:01", "10:20:02", None, 0, 0.0),
    ]
