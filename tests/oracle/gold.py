"""The summaries: one row a workout, one row a visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.oracle.settings import LIMITS
from tests.oracle.times import seconds

if TYPE_CHECKING:
    from datetime import date, datetime

    from tests.oracle.visits import Visit
    from tests.oracle.workout_bpm import WorkoutReading
    from tests.oracle.workouts import Workout

Row = dict[str, object]

AGE_BANDS = ((18, "under 18"), (25, "18-24"), *((top, f"{top - 10}-{top - 1}") for top in range(35, 96, 10)))
OLDEST_AGE = 120


def heart_rate_summary(workout: Workout, readings: list[WorkoutReading]) -> Row:
    """Extremes, and the average weighted by the seconds that each reading stands for."""
    weight = sum(reading.weight_s for reading in readings)
    coverage = weight / (workout.active_s or 0)
    return {
        "samples": len(readings),
        "min_bpm": min(reading.bpm for reading in readings),
        "avg_bpm": sum(reading.bpm * reading.weight_s for reading in readings) / weight,
        "max_bpm": max(reading.bpm for reading in readings),
        "coverage": coverage,
        "low_coverage": coverage < LIMITS.low_coverage,
    }


def age_band(born: date | None, on: date) -> str:
    """Completed years on a day, in bands of ten."""
    if born is None:
        return "unknown"
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    if not 0 <= age <= OLDEST_AGE:
        return "unknown"
    return next((band for top, band in AGE_BANDS if age < top), "95+")


def visit_summary(visit: Visit, member_workouts: list[Workout]) -> Row:
    """Minutes at the gym, and in motion: active time clipped to the visit, an open one up to the longest usual stay."""
    end = visit.logout or visit.login + LIMITS.visit
    exercised = [(w, _seconds_within(w, visit.login, end)) for w in member_workouts]
    there = sorted(((w, s) for w, s in exercised if s > 0), key=lambda pair: str(pair[0].started_at))
    stayed = visit.status in {"closed", "inferred"}
    return {
        "minutes_in_gym": round(seconds(end - visit.login) / 60, 2) if stayed else None,
        "minutes_exercising": round(sum(s for _, s in there) / 60, 2),
        "workouts": [
            {
                "workout_id": workout.workout_id,
                "session_id": workout.session_id,
                "started_at": workout.started_at,
                "ended_at": workout.ended_at,
                "minutes_exercising": round(inside / 60, 2),
            }
            for workout, inside in there
        ],
    }


def _seconds_within(workout: Workout, start: datetime, end: datetime) -> float:
    overlaps = (
        min(interval.interval_end, end) - max(interval.interval_start, start)
        for interval in workout.intervals
        if interval.interval_end is not None
    )
    return sum(max(seconds(overlap), 0.0) for overlap in overlaps)
