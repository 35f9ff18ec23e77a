"""One row per episode in which a device did not measure."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from fitness import device_health as devices
from fitness.deleted_members import without_deleted_members
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("device_health"),
    comment="Episodes in which a device measured nothing: stuck on one value, or silent in a workout.",
    schema=devices.DEVICE_HEALTH,
)
@dp.expect_all(rules_of("device_health"))
def device_health() -> DataFrame:
    """One row per episode (alert_id); none of deleted members."""
    absences, at = spark.read.table(silver("member_absences")), sf.col("event_time")
    present = without_deleted_members(spark.read.table(silver("worn_heart_rate")), absences, at=at)
    return devices.device_health(
        present,
        without_deleted_members(spark.read.table(silver("workout_bpm")), absences, at=at),
        spark.read.table(silver("workout_intervals")),
        settings(),
    )
