"""What the member was doing when a reading was taken, as far as workouts tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.daily_heart_rate import of_one_device_a_day, worn_readings
from fitness.event_time import after
from fitness.time_bins import readings_within
from fitness.workout_heart_rate import active_spans

if TYPE_CHECKING:
    from fitness.settings import Settings


def readings_with_state(
    heart_rate: DataFrame, intervals: DataFrame, user_devices: DataFrame, settings: Settings
) -> DataFrame:
    """Valid readings of members by one device a day, with `state`.

    It is workout in active time, recovery for `recovery_minutes` after it, also in a pause, and rest otherwise.
    """
    moved = readings_near_exercise(heart_rate, intervals, user_devices, settings)
    readings = of_one_device_a_day(worn_readings(heart_rate, user_devices, settings))
    return readings.join(moved, ["user_id", "device_id", "event_time"], "left").withColumn(
        "state", sf.coalesce("state", sf.lit("rest"))
    )


def readings_near_exercise(
    heart_rate: DataFrame, intervals: DataFrame, user_devices: DataFrame, settings: Settings
) -> DataFrame:
    """`state` of the readings in active time or soon after, one row per reading."""
    active = active_spans(intervals, settings).withColumn("active_end", sf.col("span_end"))
    spans = active.withColumn("span_end", after(sf.col("active_end"), minutes=settings.recovery_minutes))
    exercising = sf.coalesce(sf.col("event_time") < sf.col("active_end"), sf.lit(False))
    near = readings_within(spans, heart_rate, user_devices)
    states = near.groupBy("user_id", "device_id", "event_time").agg(sf.bool_or(exercising).alias("exercising"))
    state = sf.when(sf.col("exercising"), "workout").otherwise("recovery")
    return states.select("user_id", "device_id", "event_time", state.alias("state"))
