"""Tables of gold against what follows from the expected silver; columns that are not named are not compared."""

from __future__ import annotations

from simulator.checking.comparison import Check

_SESSION = "user_id, workout_id, session_id, started_at"
_SUMMARY = (
    f"{_SESSION}, ended_at, elapsed_s, active_s, samples, min_bpm, round(avg_bpm, 6) AS avg_bpm, max_bpm,"
    " round(coverage, 9) AS coverage, low_coverage, sex, city, state, round(hr_max, 6) AS hr_max,"
    " round(z0_s, 6) AS z0_s, round(z1_s, 6) AS z1_s, round(z2_s, 6) AS z2_s, round(z3_s, 6) AS z3_s,"
    " round(z4_s, 6) AS z4_s, round(z5_s, 6) AS z5_s, round(gap_s, 6) AS gap_s,"
    " round(trimp_edwards, 6) AS trimp_edwards, round(trimp_banister, 6) AS trimp_banister,"
    " round(resting_hr, 6) AS resting_hr, workout_date, age_band, list_sort(flags) AS flags, intensity_class"
)
_VISIT = "visit_date, gym, user_id, login, logout, status, round(minutes_in_gym, 2) AS minutes_in_gym, "
_DAY = (
    "user_id, hr_date, device_id, samples, min_bpm, max_bpm, wear_minutes, gaps, round(resting_hr, 6) AS resting_hr,"
    " baseline_values, round(baseline_hr, 6) AS baseline_hr, round(baseline_mad, 6) AS baseline_mad,"
    " round(drift_bpm, 6) AS drift_bpm"
)
_LOAD = (
    "user_id, load_date, round(load, 6) AS load, workouts, workouts_without_load, round(ctl, 6) AS ctl,"
    " round(atl, 6) AS atl, round(tsb, 6) AS tsb, decay_mode"
)
_COMPLETION = (
    "user_id, workout_date, started, completed, too_short, abandoned, superseded, still_open,"
    " round(completion_rate, 9) AS completion_rate"
)


def gold_checks() -> list[Check]:
    """Workouts with heart rate, visits, and days with heart rate."""
    return [
        Check(
            "gold.workout_bpm_summary",
            "times, samples, averages, zones and loads of each workout",
            f"SELECT {_SUMMARY} FROM expected.workout_bpm_summary",
            f"SELECT {_SUMMARY} FROM gold.workout_bpm_summary",
        ),
        Check(
            "gold.gym_summary",
            "visits with minutes at the gym and in motion",
            f"SELECT {_VISIT} minutes_exercising, sessions FROM expected.gym_summary",
            f"""SELECT {_VISIT} minutes_exercising, list_sort([x.session_id for x in workouts]) AS sessions
              FROM gold.gym_summary""",
        ),
        Check(
            "gold.hr_daily",
            "device, samples, extremes, wear and rest of each day",
            f"SELECT {_DAY} FROM expected.hr_daily",
            f"SELECT {_DAY} FROM gold.hr_daily",
        ),
        Check(
            "gold.training_load_daily",
            "load, fitness, fatigue and form of each day",
            f"SELECT {_LOAD} FROM expected.training_load_daily",
            f"SELECT {_LOAD} FROM gold.training_load_daily",
        ),
        Check(
            "gold.workout_completion_daily",
            "workouts started on each day, by what became of them",
            f"SELECT {_COMPLETION} FROM expected.workout_completion_daily",
            f"SELECT {_COMPLETION} FROM gold.workout_completion_daily",
        ),
    ]
