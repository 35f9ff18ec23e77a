"""Who was in which gym when: tables of silver and gold."""

from __future__ import annotations

from simulator.checking.comparison import Check, same_columns

_STAY = "gym, mac_address, user_id, login, login_date, stay_end, round(dwell_minutes, 6) AS dwell_minutes, is_assumed"
_GAP = "gym, last_event_at, offline_from, offline_until, is_ongoing, round(hours, 6) AS hours"
_QUARTER = (
    "gym, bucket_start, local_date, local_clock, local_weekday, local_hour, bucket_s, is_open, has_door_data,"
    " round(mean_occupancy, 6) AS mean_occupancy, max_occupancy, occupancy_at_start,"
    " round(occupancy_minutes, 6) AS occupancy_minutes, assumed_visits, is_estimated, capacity,"
    " round(utilisation, 6) AS utilisation, utilisation_level"
)
_BALANCE = "gym, round(occupancy_minutes, 6) AS occupancy_minutes, round(stay_minutes, 6) AS stay_minutes"
_PEOPLE = (
    "visits, unique_members, round(dwell_p50_minutes, 6) AS dwell_p50_minutes,"
    " round(dwell_p90_minutes, 6) AS dwell_p90_minutes, is_suppressed"
)
_DAY = (
    f"gym, local_date, gym_name, has_door_data, {_PEOPLE}, round(mean_occupancy, 6) AS mean_occupancy, max_occupancy,"
    " round(utilisation, 6) AS utilisation, peak_weekday, peak_hour, round(offline_minutes, 6) AS offline_minutes"
)
_HOUR = f"gym, local_hour, first_date, last_date, {_PEOPLE}"


def gym_checks() -> list[Check]:
    """Stays, silences of doors and people per quarter of an hour, as `expected_gyms.sql` has them."""
    return [
        same_columns("silver.gym_stays", "stays, with assumed ends", _STAY),
        same_columns("silver.gym_data_gaps", "silences of doors", _GAP),
        same_columns("gold.gym_occupancy_15m", "people per quarter of an hour", _QUARTER),
        same_columns("gold.gym_occupancy_balance", "minutes of all people", _BALANCE),
        same_columns("gold.gym_daily", "visits, dwell, occupancy and fullest hour of each day", _DAY),
        same_columns("gold.gym_hourly", "visits and dwell by hour", _HOUR),
    ]
