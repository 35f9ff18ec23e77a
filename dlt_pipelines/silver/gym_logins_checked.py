"""Lines of the doors, typed and judged: the valid ones feed silver, the others the quarantine."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.gym_logins import CHECKED, RULES, checked_gym_logins
from fitness.rules import QUARANTINE_SCHEMA, as_expectations, quarantine
from fitness.settings import bronze, silver

spark = SparkSession.active()


@dp.table(
    name=silver("gym_logins_checked"),
    comment="Lines of the doors, typed, each with the names of the rules it violates.",
    schema=CHECKED,
    partition_cols=["is_quarantined"],
    private=True,
)
@dp.expect_all(as_expectations(RULES))
def gym_logins_checked() -> DataFrame:
    """One row per line in bronze."""
    return checked_gym_logins(spark.readStream.table(bronze("gym_logins_bz")))


@dp.materialized_view(
    name=silver("gym_logins_quarantine"),
    comment="Lines of the doors that violate a rule, as received, with the names of these rules.",
    schema=QUARANTINE_SCHEMA,
)
def gym_logins_quarantine() -> DataFrame:
    """One row per rejected line."""
    return quarantine(spark.read.table(silver("gym_logins_checked")))
