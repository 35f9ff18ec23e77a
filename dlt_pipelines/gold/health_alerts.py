"""One row per notification about a member's heart rate; not a diagnosis."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from fitness import health_alerts as alerts
from fitness.deleted_members import without_deleted_members
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("health_alerts"),
    comment="Episodes of heart rate worth a notice: high or drifting at rest, low, over the highest in a workout.",
    schema=alerts.HEALTH_ALERTS,
)
@dp.expect_all(rules_of("health_alerts"))
def health_alerts() -> DataFrame:
    """One row per episode (alert_id); none of deleted members."""
    absences, at = spark.read.table(silver("member_absences")), sf.col("event_time")
    present = without_deleted_members(spark.read.table(silver("worn_heart_rate")), absences, at=at)
    return alerts.health_alerts(
        present,
        spark.read.table(gold("hr_daily")),
        spark.read.table(silver("user_profile")),
        settings(),
    )
