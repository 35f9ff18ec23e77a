"""One line about the heart rate in a workout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness import training_parameters as parameters
from fitness.calendar_days import local_day
from fitness.demographics import OLDEST, age, age_band
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
    state STRING COMMENT 'State of the profile',
    z0_s DOUBLE COMMENT 'Seconds below zone 1; like all zones NULL without a highest heart rate',
    z1_s DOUBLE COMMENT 'Seconds in zone 1; by default from 50 % of the highest heart rate',
    z2_s DOUBLE COMMENT 'Seconds in zone 2; by default from 60 %',
    z3_s DOUBLE COMMENT 'Seconds in zone 3; by default from 70 %',
    z4_s DOUBLE COMMENT 'Seconds in zone 4; by default from 80 %',
    z5_s DOUBLE COMMENT 'Seconds in zone 5; by default from 90 %',
    gap_s DOUBLE COMMENT 'Active seconds that no reading stands for',
    trimp_banister DOUBLE COMMENT 'Training impulse by Banister, summed over the readings; NULL without a highest rate',
    trimp_edwards DOUBLE COMMENT 'Training impulse by Edwards: minutes times number of the zone',
    intensity_class STRING COMMENT 'very light, light, moderate, vigorous or near-max, of the average',
    kcal_est DOUBLE COMMENT 'Energy by Keytel, an estimate; NULL without body weight, which no feed brings so far',
    hrr60 DOUBLE COMMENT 'Heart-rate recovery: highest of the last 30 s minus a minute after; NULL if not seen',
    hr_max DOUBLE COMMENT 'Highest heart rate by age, of the configured formula; NULL without a believable age',
    resting_hr DOUBLE COMMENT 'Resting heart rate that was used: the baseline of hr_daily, else the configured one',
    flags ARRAY<STRING> COMMENT 'What is assumed: age_unknown, sex_unknown, resting_hr_assumed',
    params_version STRING COMMENT 'Settings that the zones and loads were computed with'"""

# Decimals, because a sum of doubles depends on the order in which files and partitions are read.
_BPM, _SECONDS, _LOAD = "decimal(18,14)", "decimal(10,6)", "decimal(18,12)"


def workout_bpm_summary(
    completed: DataFrame,
    workout_bpm: DataFrame,
    profiles: DataFrame,
    recovery: DataFrame,
    days: DataFrame,
    settings: Settings,
) -> DataFrame:
    """One row per completed workout that has a valid reading, with the member's demographics where known.

    `recovery` has `hrr60` per workout, `days` the `baseline_hr` per member and `hr_date`.
    """
    people = with_limits(completed, profiles, days, settings)
    coverage = sf.col("covered_s") / sf.col("active_s")
    average, resting, highest = sf.col("avg_bpm"), sf.col("resting_hr"), sf.col("hr_max")
    return (
        people.join(heart_rate_of_workouts(workout_bpm, people, settings), [*WORKOUT])
        .join(recovery.select(*WORKOUT, "hrr60"), [*WORKOUT], "left")
        .withColumn("coverage", coverage)
        .withColumns(
            {
                "age_band": age_band(sf.col("age")),
                "low_coverage": sf.col("coverage") < LOW_COVERAGE,
                "gap_s": sf.round(sf.col("active_s") - sf.col("covered_s"), 6),
                "trimp_edwards": sf.round(parameters.edwards([sf.col(f"z{n}_s") for n in parameters.ZONES]), 6),
                "intensity_class": parameters.intensity_class(average, resting, highest, settings),
                "flags": _flags(),
                "params_version": sf.lit(parameters.params_version(settings)),
            }
        )
        .select(
            *WORKOUT, "ended_at", "workout_date", "elapsed_s", "active_s",
            "samples", "min_bpm", "avg_bpm", "max_bpm", "coverage", "low_coverage",
            "sex", "age_band", "city", "state",
            *(f"z{n}_s" for n in parameters.ZONES), "gap_s",
            "trimp_banister", "trimp_edwards", "intensity_class", "kcal_est", "hrr60",
            "hr_max", "resting_hr", "flags", "params_version",
        )
    )  # fmt: skip


def with_limits(workouts: DataFrame, profiles: DataFrame, days: DataFrame, settings: Settings) -> DataFrame:
    """Workouts with their local date and the member's age, highest and resting heart rate on it."""
    years = age(sf.col("dob"), sf.col("workout_date"))
    believable = sf.when(years.between(0, OLDEST), years)
    baselines = days.select("user_id", sf.col("hr_date").alias("workout_date"), "baseline_hr")
    return (
        workouts.join(profiles.select("user_id", "dob", "sex", "city", "state"), "user_id", "left")
        .withColumn("workout_date", local_day(sf.col("started_at"), settings.time_zone))
        .join(baselines, ["user_id", "workout_date"], "left")
        .withColumn("age", believable)
        .withColumns(
            {
                "hr_max": parameters.hr_max(sf.col("age"), sf.col("sex"), settings).cast("double"),
                "resting_hr": sf.coalesce("baseline_hr", sf.lit(float(settings.default_resting_hr))),
                "weight_kg": sf.lit(None).cast("double"),
            }
        )
    )


def heart_rate_of_workouts(workout_bpm: DataFrame, people: DataFrame, settings: Settings) -> DataFrame:
    """Readings summed up per workout, with time in zones, training impulse and energy of the member."""
    member = people.select(*WORKOUT, "age", "sex", "weight_kg", "hr_max", "resting_hr")
    weight, bpm = sf.col("weight_s").cast(_SECONDS), sf.col("bpm")
    zone = parameters.zone(bpm, sf.col("resting_hr"), sf.col("hr_max"), settings)
    load = parameters.banister_per_minute(bpm, sf.col("resting_hr"), sf.col("hr_max"), sf.col("sex"))
    energy = parameters.keytel_kcal_per_minute(bpm, sf.col("weight_kg"), sf.col("age"), sf.col("sex"))
    in_effort = sf.when(bpm >= settings.kcal_min_bpm, energy).when(energy.isNotNull(), 0.0)
    readings = workout_bpm.join(member, [*WORKOUT]).withColumn("zone", zone)
    return readings.groupBy(*WORKOUT).agg(
        sf.count("*").alias("samples"),
        sf.min("bpm").alias("min_bpm"),
        (sf.sum(bpm.cast(_BPM) * weight).cast("double") / sf.sum(weight).cast("double")).alias("avg_bpm"),
        sf.max("bpm").alias("max_bpm"),
        sf.sum(weight).cast("double").alias("covered_s"),
        *(_seconds_in_zone(number, weight).alias(f"z{number}_s") for number in parameters.ZONES),
        _over_time(load).alias("trimp_banister"),
        _over_time(in_effort).alias("kcal_est"),
    )


def _seconds_in_zone(number: int, weight: Column) -> Column:
    elsewhere = sf.when(sf.col("zone").isNotNull(), 0)
    return sf.sum(sf.when(sf.col("zone") == number, weight).otherwise(elsewhere)).cast("double")


def _over_time(per_minute: Column) -> Column:
    return sf.round(sf.sum((per_minute * sf.col("weight_s") / 60).cast(_LOAD)).cast("double"), 6)


def _flags() -> Column:
    return sf.array_compact(
        sf.array(
            sf.when(sf.col("age").isNull(), "age_unknown"),
            sf.when(~sf.coalesce(sf.col("sex").isin("M", "F"), sf.lit(False)), "sex_unknown"),
            sf.when(sf.col("baseline_hr").isNull(), "resting_hr_assumed"),
        )
    )
