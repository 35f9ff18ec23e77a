"""What `fitness-sim verify` expects of gyms, against small truths written by hand."""

from __future__ import annotations

from tests.simulator.told import gym, registered, told, visit

EVERYBODY = [registered(each, "03-01 08:00") for each in range(1, 10)]


def test_who_does_not_log_out_stays_as_long_as_visits_of_the_28_days_before() -> None:
    world = told(
        "06-02 12:00",
        gyms=[gym(1, time_zone="Europe/Berlin"), gym(2, time_zone="Europe/Berlin")],
        devices=EVERYBODY,
        visits=[
            visit(1, "04-30 09:00", "04-30 12:20"),
            visit(1, "05-04 09:00", "05-04 09:40"),
            visit(2, "05-30 09:00", "05-30 09:50"),
            # 22:30 UTC is the next day in Berlin.
            visit(3, "05-31 22:30", "05-31 22:35"),
            visit(4, "06-01 10:00"),
            visit(5, "05-01 10:00"),
            visit(6, "06-01 10:00", gym=2),
            visit(7, "06-01 10:00"),
            visit(7, "06-01 10:20", "06-01 10:50", gym=2),
            visit(8, "06-02 11:00"),
            visit(9, "05-01 09:00", "05-02 08:00"),
            visit(9, "05-01 09:30", "05-01 09:45", gym=2),
        ],
    )
    found = world.execute(
        """SELECT user_id, strftime(stay_end, '%m-%d %H:%M'), dwell_minutes, is_assumed FROM expected.gym_stays
        WHERE user_id > 2 ORDER BY user_id, login"""
    ).fetchall()
    assert found == [
        (3, "05-31 22:35", 5.0, False),
        (4, "06-01 10:45", None, True),
        (5, "05-01 13:00", None, True),
        (6, "06-01 11:09", None, True),
        (7, "06-01 10:20", None, False),
        (7, "06-01 10:50", 30.0, False),
        (8, "06-02 12:00", None, True),
        (9, "05-01 09:30", None, True),
        (9, "05-01 09:45", 15.0, False),
    ]


def test_a_door_that_is_silent_for_more_than_a_day_is_offline() -> None:
    world = told(
        "05-09 10:01",
        gyms=[gym()],
        devices=EVERYBODY,
        visits=[
            visit(1, "05-04 09:00", "05-04 10:00"),
            visit(1, "05-05 10:00", "05-05 11:00"),
            visit(2, "05-06 10:00"),
            visit(1, "05-07 10:01", "05-07 11:00"),
            visit(3, "05-08 09:00", "05-08 10:00"),
        ],
    )
    found = world.execute(
        """SELECT strftime(last_event_at, '%m-%d %H:%M'), strftime(offline_from, '%m-%d %H:%M'),
          strftime(offline_until, '%m-%d %H:%M'), is_ongoing, hours FROM expected.gym_data_gaps ORDER BY ALL"""
    ).fetchall()
    # On the 6th the usual visit is of one hour.
    assert found == [
        ("05-06 10:00", "05-06 11:00", "05-07 10:01", False, 23 + 1 / 60),
        ("05-08 10:00", "05-08 10:00", "05-09 10:01", True, 24 + 1 / 60),
    ]


def test_people_per_quarter_of_an_hour() -> None:
    world = told(
        "05-04 05:10",
        gyms=[gym(time_zone="Europe/Berlin", opens=6, closes=7)],
        devices=EVERYBODY,
        visits=[
            visit(1, "05-04 03:50", "05-04 04:20"),
            visit(2, "05-04 04:05", "05-04 04:10"),
            # Comes as the first one leaves.
            visit(3, "05-04 04:20", "05-04 04:35"),
            visit(4, "05-04 05:04"),
        ],
    )
    found = world.execute(
        """SELECT local_clock, bucket_s, is_open, round(mean_occupancy, 3), max_occupancy, occupancy_at_start,
          occupancy_minutes, assumed_visits, round(utilisation, 4) FROM expected.gym_occupancy_15m
        ORDER BY bucket_start"""
    ).fetchall()
    assert found == [
        ("05:45", 900.0, False, 0.667, 1, 0, 10.0, 0, 0.0667),
        ("06:00", 900.0, True, 1.333, 2, 1, 20.0, 0, 0.1333),
        ("06:15", 900.0, True, 1.0, 1, 1, 15.0, 0, 0.1),
        ("06:30", 900.0, True, 0.333, 1, 1, 5.0, 0, 0.0333),
        ("06:45", 900.0, True, 0.0, 0, 0, 0.0, 0, 0.0),
        ("07:00", 600.0, False, 0.6, 1, 0, 6.0, 1, 0.06),
    ]


def test_a_quarter_in_a_silence_of_the_door_has_no_number() -> None:
    world = told(
        "05-06 06:20",
        gyms=[gym(opens=6, closes=7, capacity=1)],
        devices=EVERYBODY,
        visits=[visit(1, "05-04 06:10", "05-04 06:30"), visit(1, "05-06 06:03", "05-06 06:20")],
    )
    found = world.execute(
        """SELECT strftime(bucket_start, '%d %H:%M'), has_door_data, occupancy_minutes, utilisation_level
        FROM expected.gym_occupancy_15m ORDER BY bucket_start"""
    ).fetchall()
    known = {each[0]: each[2:] for each in found if each[1]}
    assert known == {
        "04 06:00": (5.0, "green"), "04 06:15": (15.0, "red"), "06 06:00": (12.0, "amber"), "06 06:15": (5.0, "red"),
    }  # fmt: skip
    assert [each[0] for each in found if not each[1]] == [
        "04 06:30", "04 06:45", "05 06:00", "05 06:15", "05 06:30", "05 06:45",
    ]  # fmt: skip


def test_days_of_a_gym() -> None:
    closed = [visit(each, "05-04 06:00", f"05-04 06:{10 * each:02d}") for each in range(1, 6)]
    world = told(
        "05-06 12:00",
        gyms=[gym(opens=6, closes=8)],
        devices=EVERYBODY,
        visits=[
            *closed,
            visit(1, "05-04 09:00", "05-04 09:06"),
            *(visit(each, "05-05 07:00", "05-05 08:00") for each in range(1, 5)),
            visit(5, "05-05 07:30"),
            *(visit(each, "05-06 06:00", "05-06 06:30") for each in range(1, 5)),
        ],
    )
    found = world.execute(
        """SELECT local_date::VARCHAR, visits, unique_members, round(dwell_p50_minutes, 3), round(dwell_p90_minutes, 3),
          is_suppressed, mean_occupancy, max_occupancy, peak_weekday, peak_hour FROM expected.gym_daily ORDER BY ALL"""
    ).fetchall()
    assert found == [
        ("2026-05-04", 6, 5, 25.0, 45.0, False, 1.25, 5, 1, 6),
        # The fifth counts from 07:30 on for the 28 minutes that visits of the day before lasted in the middle.
        ("2026-05-05", 5, 5, None, None, True, 2.2083333333333335, 5, 2, 7),
        ("2026-05-06", None, None, None, None, True, 1.0, 4, 2, 7),
    ]
    hours = world.execute(
        "SELECT local_hour, visits, unique_members, is_suppressed FROM expected.gym_hourly ORDER BY ALL"
    ).fetchall()
    assert hours == [(6, 9, 5, False), (7, 5, 5, True), (9, None, None, True)]
