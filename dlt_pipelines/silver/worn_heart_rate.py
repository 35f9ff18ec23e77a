"""Heart rate with the member who wore the device and what the member was doing."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import worn_heart_rate as worn
from fitness.settings import settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=silver("worn_heart_rate"),
    comment="Valid readings of members by the one device of each day: in a workout, in recovery or at rest.",
    schema=worn.WORN_HEART_RATE,
    private=True,
)
def worn_heart_rate() -> DataFrame:
    """One row per reading (user_id, event_time)."""
    return worn.worn_heart_rate(
        spark.read.table(silver("heart_rate")),
        spark.read.table(silver("workout_intervals")),
        spark.read.table(silver("user_devices")),
        settings(),
    )
