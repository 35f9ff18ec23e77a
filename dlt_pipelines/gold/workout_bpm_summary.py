"""One row per completed workout with heart rate: duration, heart rate, demographics."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from fitness import workout_summary
from fitness.deleted_members import without_deleted_members
from fitness.heart_rate_recovery import heart_rate_recovery
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("workout_bpm_summary"),
    comment="Heart rate in completed workouts: average over time, zones, training load.",
    schema=workout_summary.WORKOUT_BPM_SUMMARY,
)
@dp.expect_all(rules_of("workout_bpm_summary"))
def workout_bpm_summary() -> DataFrame:
    """One row per completed workout that has a valid reading (user_id, workout_id, session_id, started_at).

    Deleted members have none.
    """
    present = without_deleted_members(
        spark.read.table(silver("completed_workouts")),
        spark.read.table(silver("member_absences")),
        at=sf.col("started_at"),
    )
    readings = spark.read.table(silver("workout_bpm"))
    recovery = heart_rate_recovery(
        spark.read.table(silver("workout_intervals")),
        spark.read.table(silver("heart_rate")),
        spark.read.table(silver("user_devices")),
        readings,
    )
    return workout_summary.workout_bpm_summary(
        present,
        readings,
        spark.read.table(silver("user_profile")),
        recovery,
        spark.read.table(gold("hr_daily")),
        settings(),
    )
