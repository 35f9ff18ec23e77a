"""Tables of gold about days, weeks and months of members, in whole."""

from __future__ import annotations

from simulator.checking.comparison import Check, same_columns

_ACTIVITY = (
    "user_id, date, iso_week, has_tracker_day, not_worn, steps, round(distance_km, 6) AS distance_km, active_minutes,"
    " workouts, round(workout_minutes, 6) AS workout_minutes, gym_visits"
)
_WEEK = (
    "user_id, iso_week, week_start, tracker_days, worn_days, round(wear_rate, 9) AS wear_rate,"
    " round(mean_steps, 6) AS mean_steps, round(mean_distance_km, 6) AS mean_distance_km,"
    " round(mean_active_minutes, 6) AS mean_active_minutes, workouts, round(workout_minutes, 6) AS workout_minutes,"
    " gym_visits"
)
_COHORT = "cohort_month, k, cohort_size, retained_members, round(retention, 9) AS retention, is_complete, is_suppressed"
_ENGAGEMENT = (
    "user_id, date, is_active, active_days_7, active_days_28, visits_per_week, streak_days, actual_visits,"
    " round(expected_visits, 6) AS expected_visits, tier, recency_days, frequency_90,"
    " round(active_minutes_90, 6) AS active_minutes_90, recency_score, frequency_score, active_minutes_score,"
    " usual_gap_days, is_churn_risk, is_churned"
)


def activity_checks() -> list[Check]:
    """What members did, as `expected_activity.sql` has it."""
    return [
        same_columns("gold.daily_activity_summary", "days of the tracker with workouts and visits", _ACTIVITY),
        same_columns("gold.weekly_activity_summary", "weeks of the tracker with workouts and visits", _WEEK),
        same_columns("gold.retention_cohorts", "members of each month who came in the months after", _COHORT),
        same_columns("gold.user_engagement_daily", "activity, recency, scores and risk of each day", _ENGAGEMENT),
    ]
