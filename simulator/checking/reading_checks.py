"""Heart rates as worn: tables of silver and gold."""

from __future__ import annotations

from simulator.checking.comparison import Check, same_columns

_WORN = "user_id, hr_date, device_id, event_time, bpm, round(stands_s, 6) AS stands_s, state, state_since"
_IN_WORKOUTS = "user_id, workout_id, session_id, started_at, device_id, event_time, bpm, round(weight_s, 6) AS weight_s"
_WINDOW = (
    "user_id, device_id, window_start, window_end, samples, min_bpm, round(avg_bpm, 6) AS avg_bpm, max_bpm,"
    " round(coverage, 9) AS coverage"
)
_ANOMALY = (
    "user_id, device_id, event_time, state, bpm, state_since, round(median_bpm, 6) AS median_bpm,"
    " round(mad_bpm, 6) AS mad_bpm, compared_with, round(robust_z, 6) AS robust_z"
)
_EPISODE = (
    "alert_id, rule, severity, user_id, device_id, started_at, detected_at, ended_at, min_bpm,"
    " round(avg_bpm, 6) AS avg_bpm, max_bpm, samples, round(coverage, 9) AS coverage"
)


def reading_checks() -> list[Check]:
    """Readings by member, state and window, as `expected_readings.sql` has them."""
    return [
        same_columns("silver.worn_heart_rate", "readings of members with their state", _WORN),
        same_columns("silver.workout_bpm", "readings in workouts with their weights", _IN_WORKOUTS),
        same_columns("gold.heart_rate_windows", "windows of ten minutes", _WINDOW),
        same_columns("gold.health_alerts", "episodes worth a notice", _EPISODE),
        same_columns("gold.device_health", "episodes of devices that measure nothing", _EPISODE),
        same_columns("gold.heart_rate_anomalies", "readings far from those before", _ANOMALY),
    ]
