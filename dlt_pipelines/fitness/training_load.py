"""Fitness, fatigue and form: what the load of all earlier days leaves behind."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.calendar_days import local_day

if TYPE_CHECKING:
    from collections.abc import Callable

    from fitness.settings import Settings

TRAINING_LOAD_DAILY = """
    user_id BIGINT COMMENT 'Member',
    load_date DATE COMMENT 'Local day',
    load DOUBLE COMMENT 'Training impulse by Banister of the workouts that started on the day; 0 on a day off',
    workouts BIGINT COMMENT 'Workouts with heart rate that started on the day',
    workouts_without_load BIGINT COMMENT 'Of these, without a training impulse, for want of an age',
    ctl DOUBLE COMMENT 'Fitness: chronic load, average over the days so far that fades with the long time constant',
    atl DOUBLE COMMENT 'Fatigue: acute load, the same with the short time constant',
    tsb DOUBLE COMMENT 'Form: fitness minus fatigue of the day before',
    decay_mode STRING COMMENT 'How the averages fade: exp, 1/tau or 2/(n+1)',
    params_version STRING COMMENT 'Settings that the loads were computed with'"""

DECAY: dict[str, Callable[[int], float]] = {
    "exp": lambda days: 1 - math.exp(-1 / days),
    "1/tau": lambda days: 1 / days,
    "2/(n+1)": lambda days: 2 / (days + 1),
}
"""Share of the distance to the day's load that an average goes in one day."""

# Decimals, because a sum of doubles depends on the order in which files and partitions are read.
_LOAD = "decimal(18,6)"
_DAYS = "array<struct<load_date: date, ctl: double, atl: double, tsb: double>>"


def training_load_daily(summaries: DataFrame, clock: DataFrame, settings: Settings) -> DataFrame:
    """One row per member and calendar day, from the first workout with a load to the day of the latest event.

    `summaries` has user_id, workout_date, trimp_banister and params_version of each workout.
    """
    loads = daily_loads(summaries, clock, settings)
    faded = with_averages(loads, settings)
    return loads.join(faded, ["user_id", "load_date"]).select(
        "user_id", "load_date", "load", "workouts", "workouts_without_load",
        sf.round("ctl", 6).alias("ctl"), sf.round("atl", 6).alias("atl"), sf.round("tsb", 6).alias("tsb"),
        sf.lit(settings.load_decay).alias("decay_mode"), "params_version",
    )  # fmt: skip


def daily_loads(summaries: DataFrame, clock: DataFrame, settings: Settings) -> DataFrame:
    """Load per member and calendar day, 0 on days off."""
    trimp = sf.col("trimp_banister")
    worked = summaries.groupBy("user_id", sf.col("workout_date").alias("load_date")).agg(
        sf.sum(trimp.cast(_LOAD)).cast("double").alias("load"),
        sf.count("*").alias("workouts"),
        sf.count_if(trimp.isNull()).alias("workouts_without_load"),
    )
    versions = summaries.groupBy("user_id").agg(sf.max("params_version").alias("params_version"))
    today = local_day(sf.col("latest_event_at"), settings.time_zone)
    spans = worked.groupBy("user_id").agg(
        sf.min(sf.when(sf.col("load").isNotNull(), sf.col("load_date"))).alias("first_day"),
        sf.max("load_date").alias("last_day"),
    )
    days = sf.explode(sf.sequence("first_day", sf.greatest("last_day", today))).alias("load_date")
    calendar = spans.crossJoin(clock).where("first_day IS NOT NULL").select("user_id", days)
    return calendar.join(worked, ["user_id", "load_date"], "left").join(versions, "user_id").na.fill(0)


def with_averages(loads: DataFrame, settings: Settings) -> DataFrame:
    """Fitness, fatigue and form per member and day of an unbroken calendar of loads; the first day starts from 0."""
    ordered = sf.array_sort(sf.collect_list(sf.struct("load_date", "load")))
    nothing = sf.struct(sf.array().cast(_DAYS).alias("days"), sf.lit(0.0).alias("ctl"), sf.lit(0.0).alias("atl"))
    days = sf.aggregate(ordered, nothing, _next_day(settings), lambda state: state["days"])
    return loads.groupBy("user_id").agg(days.alias("days")).select("user_id", sf.inline("days"))


def _next_day(settings: Settings) -> Callable[[Column, Column], Column]:
    slow, fast = daily_share(settings, settings.ctl_days), daily_share(settings, settings.atl_days)

    def next_day(before: Column, day: Column) -> Column:
        ctl = before["ctl"] + (day["load"] - before["ctl"]) * slow
        atl = before["atl"] + (day["load"] - before["atl"]) * fast
        row = sf.struct(
            day["load_date"].alias("load_date"),
            ctl.alias("ctl"),
            atl.alias("atl"),
            (before["ctl"] - before["atl"]).alias("tsb"),
        )
        return sf.struct(sf.concat(before["days"], sf.array(row)).alias("days"), ctl.alias("ctl"), atl.alias("atl"))

    return next_day


def daily_share(settings: Settings, days: int) -> float:
    """The share by the configured mode."""
    if settings.load_decay not in DECAY:
        raise ValueError(f"fitness.load_decay is {settings.load_decay!r}; give one of {', '.join(DECAY)}")
    return DECAY[settings.load_decay](days)
