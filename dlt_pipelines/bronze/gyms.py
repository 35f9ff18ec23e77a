"""What is known about the gyms, as received."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.gyms import LANDING
from fitness.landing_files import LINEAGE_SCHEMA, with_lineage
from fitness.settings import bronze, landing

spark = SparkSession.active()


@dp.table(
    name=bronze("gyms_bz"),
    comment="Lines about the gyms, as received; the feed may be absent.",
    schema=f"{LANDING}, {LINEAGE_SCHEMA}",
)
def gyms_bz() -> DataFrame:
    """One row per line of a CSV file."""
    files = (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", "csv")
        .option("header", "true")
        .option("rescuedDataColumn", "_rescued_data")
        .schema(LANDING)
        .load(landing("gyms"))
    )
    return with_lineage(files)
