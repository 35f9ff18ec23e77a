"""Heart rate during workouts."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import workout_heart_rate
from fitness.settings import settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=silver("workout_bpm"),
    comment="Valid heart-rate readings of a member in the active time of a workout, with the seconds each stands for.",
    schema=workout_heart_rate.WORKOUT_BPM,
)
def workout_bpm() -> DataFrame:
    """One row per reading in a workout (user_id, event_time)."""
    return workout_heart_rate.workout_bpm(
        spark.read.table(silver("heart_rate")),
        spark.read.table(silver("workout_intervals")),
        spark.read.table(silver("user_devices")),
        settings(),
    )
