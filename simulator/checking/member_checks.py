"""Members as of now and as of each day: tables of silver and gold."""

from __future__ import annotations

from simulator.checking.comparison import Check, same_columns

_LIMITS = (
    "device_id, user_id, round(resting_hr, 6)::DOUBLE AS resting_hr, round(hr_max, 6)::DOUBLE AS hr_max,"
    " low_bpm::DOUBLE AS low_bpm, high_at_rest_bpm::DOUBLE AS high_at_rest_bpm,"
    " round(over_max_bpm, 6)::DOUBLE AS over_max_bpm, round(artefact_bpm, 6)::DOUBLE AS artefact_bpm, known_at"
)
_FEATURES = (
    "user_id, date, is_active, active_days_7, active_days_28, streak_days, recency_days, actual_visits,"
    " round(expected_visits, 6) AS expected_visits, frequency_90, usual_gap_days, is_churn_risk,"
    " round(workout_minutes_7, 6) AS workout_minutes_7, round(workout_minutes_28, 6) AS workout_minutes_28,"
    " round(load, 6) AS load, round(ctl, 6) AS ctl, round(atl, 6) AS atl, round(tsb, 6) AS tsb,"
    " round(resting_hr, 6) AS resting_hr, round(baseline_hr, 6) AS baseline_hr, round(drift_bpm, 6) AS drift_bpm,"
    " wear_minutes, steps, worn_days_7, round(mean_steps_7, 6) AS mean_steps_7"
)


def member_checks() -> list[Check]:
    """Absences, age bands, limits and features, as `expected_members.sql` has them."""
    return [
        same_columns("silver.member_absences", "who was no member when", "user_id, left_at, back_at"),
        same_columns("silver.user_bins", "age bands", "user_id, as_of, sex, age_band, city, state"),
        same_columns("gold.heart_rate_limits", "limits of who wears a device now", _LIMITS),
        same_columns("gold.member_features_daily", "features as of the end of each day", _FEATURES),
    ]
