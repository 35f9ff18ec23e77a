"""Members without their names."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import user_bins as bins
from fitness.settings import settings, silver

spark = SparkSession.active()


@dp.materialized_view(
    name=silver("user_bins"),
    comment="Sex, age band, city and state of each member, as of the last day of the data.",
    schema=bins.USER_BINS,
)
def user_bins() -> DataFrame:
    """One row per member with a profile (user_id)."""
    return bins.user_bins(spark.read.table(silver("user_profile")), spark.read.table(silver("data_clock")), settings())
