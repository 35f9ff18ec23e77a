"""Heart-rate readings."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import heart_rate as readings
from fitness.member_events import readings_of_members
from fitness.settings import settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=silver("heart_rate"),
    comment="Heart-rate readings, one per device and instant, with what each is worth.",
    schema=readings.HEART_RATE,
)
def heart_rate() -> DataFrame:
    """One row per reading (device_id, event_time)."""
    of_members = readings_of_members(
        spark.read.table(silver("bpm_checked")),
        spark.read.table(silver("user_devices")),
        spark.read.table(silver("member_absences")),
    )
    return readings.heart_rate(of_members, settings())
