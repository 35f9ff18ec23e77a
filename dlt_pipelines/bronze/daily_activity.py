"""Daily activity as received."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.daily_activity import LANDING
from fitness.landing_files import LINEAGE_SCHEMA, with_lineage
from fitness.settings import bronze, landing

spark = SparkSession.active()


@dp.table(
    name=bronze("daily_activity_bz"),
    comment="Records of a member's day, as received.",
    schema=f"{LANDING}, {LINEAGE_SCHEMA}",
)
def daily_activity_bz() -> DataFrame:
    """One row per line that is not blank."""
    files = (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", "text")
        .schema(LANDING)
        .load(landing("daily_activity"))
    )
    return with_lineage(files).where("trim(value) <> ''")
