"""The summaries: one row a workout, one row a visit."""

from __future__ import annotations

from fractions import Fraction
from math import exp
from typing import TYPE_CHECKING

from tests.oracle.settings import LIMITS
from tests.oracle.times import seconds

if TYPE_CHECKING:
    from datetime import date, datetime

    from tests.oracle.heart_rate import HeartRate
    from tests.oracle.visits import Visit
    from tests.oracle.workout_bpm import WorkoutReading
    from tests.oracle.workouts import Workout

Row = dict[str, object]

BANISTER = {"M": ((0.64, 1.92),), "F": ((0.86, 1.67),)}
ASSUMED_RESTING_BPM = 60.0
ZONE_SHARES = (Fraction(5, 10), Fraction(6, 10), Fraction(7, 10), Fraction(8, 10), Fraction(9, 10))
CLASSES = ((57, "very light"), (64, "light"), (77, "moderate"), (96, "vigorous"))
PARAMS_VERSION = "v=1;hr_max=tanaka;zones=hrmax;lthr=90.0;rest=60;baseline=7/28;gap=60;kcal_from=90;zone=UTC"

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


def training_load(
    workout: Workout, readings: list[WorkoutReading], born: date | None, sex: object, usual_rest: float | None = None
) -> Row:
    """Zones, loads and intensity; without a believable age there is no highest rate, and none of them."""
    resting = ASSUMED_RESTING_BPM if usual_rest is None else usual_rest
    assert workout.started_at is not None
    age = completed_years(born, workout.started_at.date())
    highest = None if age is None else Fraction(2080 - 7 * age, 10)
    zones = None if highest is None else _zone_seconds(readings, highest)
    average = sum(reading.bpm * reading.weight_s for reading in readings) / sum(r.weight_s for r in readings)
    return {
        **{f"z{zone}_s": zones[zone] if zones else None for zone in range(6)},
        "gap_s": (workout.active_s or 0) - sum(reading.weight_s for reading in readings),
        "trimp_banister": None if highest is None else _banister(readings, float(highest), resting, str(sex)),
        "trimp_edwards": sum(zone * zones[zone] / 60 for zone in range(1, 6)) if zones else None,
        "intensity_class": None if highest is None else _intensity(average / float(highest) * 100),
        "kcal_est": None,
        "hr_max": None if highest is None else float(highest),
        "resting_hr": resting,
        "flags": [
            *(["age_unknown"] if age is None else []),
            *([] if sex in BANISTER else ["sex_unknown"]),
            *(["resting_hr_assumed"] if usual_rest is None else []),
        ],
        "params_version": PARAMS_VERSION,
    }


def heart_rate_recovery(workout: Workout, device_id: int, member_readings: list[HeartRate]) -> float | None:
    """Peak of the last half minute of exercise minus the mean ten seconds around a minute later."""
    stop = max(interval.interval_end for interval in workout.intervals if interval.interval_end)
    own = [(seconds(r.event_time - stop), r.bpm or 0.0) for r in member_readings if r.device_id == device_id]
    before = [bpm for offset, bpm in own if -30 <= offset < 0]
    after = [bpm for offset, bpm in own if 55 <= offset <= 65]
    return max(before) - sum(after) / len(after) if before and after else None


def _zone_seconds(readings: list[WorkoutReading], highest: Fraction) -> list[float]:
    zones = [0.0] * 6
    for reading in readings:
        zones[sum(Fraction(str(reading.bpm)) >= share * highest for share in ZONE_SHARES)] += reading.weight_s
    return zones


def _banister(readings: list[WorkoutReading], highest: float, resting: float, sex: str) -> float:
    factors = BANISTER.get(sex) or (*BANISTER["M"], *BANISTER["F"])
    total = 0.0
    for reading in readings:
        share = (reading.bpm - resting) / (highest - resting)
        x = min(max(share, 0.0), 1.0)
        total += reading.weight_s / 60 * sum(a * x * exp(b * x) for a, b in factors) / len(factors)
    return total


def _intensity(percent: float) -> str:
    return next((name for top, name in CLASSES if percent < top), "near-max")


def completed_years(born: date | None, on: date) -> int | None:
    """Age on a day, if it is believable."""
    if born is None:
        return None
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return age if 0 <= age <= OLDEST_AGE else None


def age_band(born: date | None, on: date) -> str:
    """Completed years on a day, in bands of ten."""
    age = completed_years(born, on)
    if age is None:
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
