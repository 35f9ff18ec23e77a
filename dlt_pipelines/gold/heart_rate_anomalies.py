"""One row per reading that is far from those shortly before it."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from fitness import heart_rate_anomalies as anomalies
from fitness.deleted_members import without_deleted_members
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("heart_rate_anomalies"),
    comment="Readings far from those shortly before them, at rest or in a workout: notices, not diagnoses.",
    schema=anomalies.HEART_RATE_ANOMALIES,
)
def heart_rate_anomalies() -> DataFrame:
    """One row per anomalous reading (device_id, event_time); none of deleted members."""
    present = without_deleted_members(
        spark.read.table(silver("worn_heart_rate")),
        spark.read.table(silver("member_absences")),
        at=sf.col("event_time"),
    )
    return anomalies.heart_rate_anomalies(present, settings())
