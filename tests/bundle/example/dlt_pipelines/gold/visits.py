"""Visits a day."""

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession


@dp.materialized_view()
def visits() -> DataFrame:
    """Visits a day."""
    return SparkSession.active().read.table("landed")
