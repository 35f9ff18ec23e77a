"""Lines of the doors, typed and judged: the valid ones feed silver, the others the quarantine."""

from __future__ import annotations

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness.gym_logins import CHECKED, RULES, checked_gym_logins
from fitness.member_events import logins_of_deleted_members
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
    comment="Lines of the doors that violate a rule, or of deleted members, with the names of the rules.",
    schema=QUARANTINE_SCHEMA,
)
def gym_logins_quarantine() -> DataFrame:
    """One row per rejected line."""
    checked = spark.read.table(silver("gym_logins_checked"))
    later = logins_of_deleted_members(
        checked, spark.read.table(silver("registered_users_checked")), spark.read.table(silver("member_absences"))
    )
    return quarantine(checked).unionByName(later)
