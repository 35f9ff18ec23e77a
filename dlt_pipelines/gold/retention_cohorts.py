"""One row per month of registration and month since: how many members still come."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import retention
from fitness.rule_files import rules_of
from fitness.settings import gold, settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=gold("retention_cohorts"),
    comment="Members by month of registration, and how many came in the months after. Deleted members are counted.",
    schema=retention.RETENTION_COHORTS,
)
@dp.expect_all(rules_of("retention_cohorts"))
def retention_cohorts() -> DataFrame:
    """One row per cohort and month since (cohort_month, k)."""
    return retention.retention_cohorts(
        spark.read.table(silver("gym_logs")),
        spark.read.table(silver("workouts")),
        spark.read.table(silver("users")),
        spark.read.table(silver("data_clock")),
        settings(),
    )
