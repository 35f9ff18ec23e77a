"""Logins and logouts as received."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.gym_logins import LANDING
from fitness.landing_files import LINEAGE_SCHEMA, with_lineage
from fitness.settings import bronze, landing

spark = SparkSession.active()


@dp.table(
    name=bronze("gym_logins_bz"),
    comment="Lines of the doors of the gyms, as received.",
    schema=f"{LANDING}, {LINEAGE_SCHEMA}",
)
def gym_logins_bz() -> DataFrame:
    """One row per line of a CSV file."""
    files = (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", "csv")
        .option("header", "true")
        .option("rescuedDataColumn", "_rescued_data")
        .schema(LANDING)
        .load(landing("gym_logins"))
    )
    return with_lineage(files)
