"""One line about the heart rate in a workout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.demographics import age, age_band
from fitness.event_time import local_date
from fitness.workout_intervals import WORKOUT

if TYPE_CHECKING:
    from fitness.settings import Settings

LOW_COVERAGE = 0.7

WORKOUT_BPM_SUMMARY = """
    user_id BIGINT COMMENT 'Member',
    workout_id BIGINT COMMENT 'Kind of workout as the device counts it',
    session_id BIGINT COMMENT 'Session as the device counts it',
    started_at TIMESTAMP COMMENT 'First start',
    ended_at TIMESTAMP COMMENT 'Last stop',
    workout_date DATE COMMENT 'Local day of the start',
    elapsed_s DOUBLE COMMENT 'Seconds from start to end, pauses included',
    active_s DOUBLE COMMENT 'Seconds in which the timer ran',
    samples BIGINT COMMENT 'Valid readings in active time',
    min_bpm DOUBLE COMMENT 'Lowest reading',
    avg_bpm DOUBLE COMMENT 'Average over time: each reading counts for the seconds it stands for',
    max_bpm DOUBLE COMMENT 'Highest reading',
    coverage DOUBLE COMMENT 'Share of the active time that readings stand for, 0 to 1',
    low_coverage BOOLEAN COMMENT 'Whether the coverage is below 0.7',
    sex STRING COMMENT 'Sex as stated in the profile',
    age_band STRING COMMENT 'Age in completed years on the workout date',
    city STRING COMMENT 'City of the profile',
    state STRING COMMENT 'State of the profile'"""

# Decimals, because a sum of doubles depends on the order in which files and partitions are read.
_BPM, _SECONDS = "decimal(18,14)", "decimal(10,6)"


def workout_bpm_summary(
    completed: DataFrame, workout_bpm: DataFrame, profiles: DataFrame, settings: Settings
) -> DataFrame:
    """One row per completed workout that has a valid reading, with the member's demographics where known."""
    workout_date = local_date(sf.col("started_at"), settings.time_zone)
    years = age(sf.col("dob"), sf.col("workout_date"))
    coverage = sf.col("covered_s").cast("double") / sf.col("active_s")
    return (
        completed.join(heart_rate_of_workouts(workout_bpm), [*WORKOUT])
        .join(profiles.select("user_id", "dob", "sex", "city", "state"), "user_id", "left")
        .withColumns({"workout_date": workout_date, "coverage": coverage})
        .withColumns({"age_band": age_band(years), "low_coverage": sf.col("coverage") < LOW_COVERAGE})
        .select(
            *WORKOUT, "ended_at", "workout_date", "elapsed_s", "active_s",
            "samples", "min_bpm", "avg_bpm", "max_bpm", "coverage", "low_coverage",
            "sex", "age_band", "city", "state",
        )
    )  # fmt: skip


def heart_rate_of_workouts(workout_bpm: DataFrame) -> DataFrame:
    """Readings summed up per workout."""
    weight = sf.col("weight_s").cast(_SECONDS)
    beats = sf.sum(sf.col("bpm").cast(_BPM) * weight)
    return workout_bpm.groupBy(*WORKOUT).agg(
        sf.count("*").alias("samples"),
        sf.min("bpm").alias("min_bpm"),
        (beats.cast("double") / sf.sum(weight).cast("double")).alias("avg_bpm"),
        sf.max("bpm").alias("max_bpm"),
        sf.sum(weight).alias("covered_s"),
    )
