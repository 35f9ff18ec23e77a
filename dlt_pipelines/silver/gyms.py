"""The gyms: lines typed and judged, the rejected ones, and what holds for each gym."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import gyms as dimension
from fitness.rules import QUARANTINE_SCHEMA, as_expectations, quarantine
from fitness.settings import bronze, silver

spark = SparkSession.active()


@dp.table(
    name=silver("gyms_checked"),
    comment="Lines about the gyms, typed, each with the names of the rules it violates.",
    schema=dimension.CHECKED,
    partition_cols=["is_quarantined"],
    private=True,
)
@dp.expect_all(as_expectations("gyms_checked"))
def gyms_checked() -> DataFrame:
    """One row per line in bronze."""
    return dimension.checked_gyms(spark.readStream.table(bronze("gyms_bz")))


@dp.materialized_view(
    name=silver("gyms_quarantine"),
    comment="Lines about the gyms that violate a rule, as received, with the names of these rules.",
    schema=QUARANTINE_SCHEMA,
)
def gyms_quarantine() -> DataFrame:
    """One row per rejected line."""
    return quarantine(spark.read.table(silver("gyms_checked")))


@dp.materialized_view(
    name=silver("gyms"),
    comment="The gyms: time zone, opening hours, capacity, other numbers. The latest line about each.",
    schema=dimension.GYMS,
)
def gyms() -> DataFrame:
    """One row per gym (gym)."""
    return dimension.gyms(spark.read.table(silver("gyms_checked")))
