"""Registrations as received."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.landing_files import LINEAGE_SCHEMA, with_lineage
from fitness.registrations import LANDING
from fitness.settings import bronze, landing

spark = SparkSession.active()


@dp.table(
    name=bronze("registered_users_bz"),
    comment="Registrations of members and their devices, as received.",
    schema=f"{LANDING}, {LINEAGE_SCHEMA}",
)
def registered_users_bz() -> DataFrame:
    """One row per line of a CSV file."""
    files = (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", "csv")
        .option("header", "true")
        .option("rescuedDataColumn", "_rescued_data")
        .schema(LANDING)
        .load(landing("registered_users"))
    )
    return with_lineage(files)
