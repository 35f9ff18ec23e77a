"""How much the heart slows down in the minute after a workout."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.event_time import after
from fitness.time_bins import readings_within
from fitness.workout_intervals import WORKOUT

_BEFORE_S, _AFTER_S, _AROUND_S = 30, 60, 5
_BPM = "decimal(18,14)"


def heart_rate_recovery(
    intervals: DataFrame, heart_rate: DataFrame, user_devices: DataFrame, workout_bpm: DataFrame
) -> DataFrame:
    """`hrr60` per workout, where the workout's device measured on both sides of the last moment of exercise.

    It is the highest rate in the 30 s before the timer stopped for good, minus the mean from 55 to 65 s after.
    """
    devices = workout_bpm.select(*WORKOUT, "device_id").distinct()
    readings = readings_within(_last_moments(intervals), heart_rate, user_devices).join(
        devices, [*WORKOUT, "device_id"]
    )
    stop, bpm = sf.col("timer_stop"), sf.col("bpm")
    exercising = sf.col("event_time") < stop
    slowing = sf.col("event_time").between(
        after(stop, seconds=_AFTER_S - _AROUND_S), after(stop, seconds=_AFTER_S + _AROUND_S)
    )
    peak = sf.max(sf.when(exercising, bpm))
    recovered = sf.sum(sf.when(slowing, bpm.cast(_BPM))).cast("double") / sf.nullif(sf.count_if(slowing), sf.lit(0))
    return readings.groupBy(*WORKOUT).agg(sf.round(peak - recovered, 6).alias("hrr60"))


def _last_moments(intervals: DataFrame) -> DataFrame:
    stops = intervals.groupBy(*WORKOUT).agg(sf.max("interval_end").alias("timer_stop"))
    return stops.select(
        *WORKOUT,
        "timer_stop",
        after(sf.col("timer_stop"), seconds=-_BEFORE_S).alias("span_start"),
        after(sf.col("timer_stop"), seconds=_AFTER_S + _AROUND_S + 1).alias("span_end"),
    )
