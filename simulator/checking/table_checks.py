"""Tables of silver and gold against what `expected.sql` derives from the truth."""

from __future__ import annotations

from simulator.checking.comparison import Check

_PROFILE = "dob, sex, gender, first_name, last_name, street_address, city, state, zip"
_DAY = (
    "user_id, date, steps, calories_burned, distance_km, active_minutes, sleep_hours, heart_rate_avg, workout_type,"
    " weather_conditions, location, mood"
)
_SESSION = "user_id, workout_id, session_id, started_at"


def silver_checks() -> list[Check]:
    """All but the private tables, which are steps on the way."""
    return [
        Check(
            "silver.users",
            "first registration of each member",
            """SELECT user_id, min(registered_at) AS registered_at, arg_min(device_id, registered_at) AS device_id,
              arg_min(mac_address, registered_at) AS mac_address FROM expected.registrations GROUP BY user_id""",
            "SELECT user_id, registered_at, device_id, mac_address FROM silver.users",
        ),
        Check(
            "silver.user_devices",
            "who wore which device when",
            """SELECT device_id, user_id, mac_address, registered_at AS valid_from,
              lead(registered_at) OVER (PARTITION BY device_id ORDER BY registered_at) AS valid_to
              FROM expected.registrations""",
            "SELECT device_id, user_id, mac_address, valid_from, valid_to FROM silver.user_devices",
        ),
        Check(
            "silver.user_profile",
            "current profiles",
            "SELECT user_id, unnest(profile) FROM expected.profile_versions WHERE ended_at IS NULL",
            f"SELECT user_id, {_PROFILE} FROM silver.user_profile",
        ),
        Check(
            "silver.user_profile_history",
            "versions of profiles",
            "SELECT user_id, unnest(profile), started_at, ended_at FROM expected.profile_versions",
            f"""SELECT user_id, {_PROFILE}, __START_AT.updated_at AS started_at, __END_AT.updated_at AS ended_at
              FROM silver.user_profile_history""",
        ),
        Check(
            "silver.gyms",
            "gyms",
            """SELECT gym, name, time_zone, capacity, printf('%02d:00', opens) AS opens,
              printf('%02d:00', closes) AS closes FROM truth.gyms""",
            "SELECT gym, name, time_zone, capacity, opens, closes FROM silver.gyms",
        ),
        Check(
            "silver.gym_logs",
            "visits",
            "SELECT gym, mac_address, user_id, login, logout, status FROM expected.visits",
            "SELECT gym, mac_address, user_id, login, logout, status FROM silver.gym_logs",
        ),
        Check(
            "silver.workout_events",
            "presses of start and stop",
            "SELECT user_id, workout_id, session_id, event_time, action FROM expected.workout_events",
            "SELECT user_id, workout_id, session_id, event_time, action FROM silver.workout_events",
        ),
        *_workout_checks(),
        Check(
            "silver.heart_rate",
            "readings with their status",
            "SELECT device_id, event_time, bpm, status, reason FROM expected.heart_rate",
            "SELECT device_id, event_time, bpm, status, reason FROM silver.heart_rate",
        ),
        Check(
            "silver.daily_activity",
            "latest record of each day",
            f"SELECT {_DAY} FROM expected.daily_activity",
            f"SELECT {_DAY} FROM silver.daily_activity",
        ),
    ]


def _workout_checks() -> list[Check]:
    made = f"""
        SELECT {_SESSION}, ended_at, status, epoch(ended_at - started_at) AS elapsed_s,
          CASE WHEN started_at IS NOT NULL AND ended_at IS NOT NULL THEN coalesce(active_s, 0) END AS active_s,
          starts, stops
        FROM expected.workouts LEFT JOIN (
          SELECT {_SESSION}, sum(epoch(interval_end - interval_start)) AS active_s
          FROM expected.workout_intervals GROUP BY ALL
        ) USING ({_SESSION})"""
    columns = f"{_SESSION}, ended_at, status, elapsed_s, active_s, starts, stops"
    intervals = f"{_SESSION}, interval_start, interval_end, ended_by"
    return [
        Check("silver.workouts", "workouts", made, f"SELECT {columns} FROM silver.workouts"),
        Check(
            "silver.completed_workouts",
            "workouts that were stopped",
            f"FROM ({made}) WHERE status = 'completed' AND active_s > 0",
            f"SELECT {columns} FROM silver.completed_workouts",
        ),
        Check(
            "silver.workout_intervals",
            "active times",
            f"SELECT {intervals} FROM expected.workout_intervals",
            f"SELECT {intervals} FROM silver.workout_intervals",
        ),
    ]
