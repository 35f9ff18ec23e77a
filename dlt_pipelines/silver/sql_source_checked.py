"""Rows of an operational database, typed and judged like those of files; one view per feed has the rows of all sources.

Nothing is declared for a feed that no database brings.
"""

from __future__ import annotations

from functools import reduce

from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession

from fitness import gym_logins, registrations
from fitness.rules import as_expectations
from fitness.settings import bronze, settings, silver
from fitness.sql_rows import current_registrations, known_visits
from fitness.sql_source import ASSIGNMENTS, REGISTRATIONS, has_sql_source, sql_tables

spark = SparkSession.active()

if has_sql_source("registered_users"):

    @dp.materialized_view(
        name=silver("sql_registrations_checked"),
        comment="Registrations and devices of a database, typed, each with the names of the rules it violates.",
        schema=registrations.CHECKED,
        partition_cols=["is_quarantined"],
        private=True,
    )
    @dp.expect_all(as_expectations("sql_registrations_checked"))
    def sql_registrations_checked() -> DataFrame:
        """One row per row that the database has."""
        tables = {REGISTRATIONS: "sql_registrations_bz", ASSIGNMENTS: "sql_device_assignments_bz"}
        configured = [bronze(table) for setting, table in tables.items() if setting in sql_tables(settings())]
        lines = [current_registrations(spark.read.table(table)) for table in configured]
        return registrations.checked_registrations(
            reduce(DataFrame.unionByName, lines), settings(), data_set="sql_registrations_checked"
        )

    @dp.temporary_view(comment="Checked registrations from files, messages and a database.")
    def registered_users_of_all_sources() -> DataFrame:
        """One row per row of any source."""
        others = spark.read.table(silver("registered_users_checked"))
        return others.unionByName(spark.read.table(silver("sql_registrations_checked")))


if has_sql_source("gym_logins"):

    @dp.materialized_view(
        name=silver("sql_visits_checked"),
        comment="Visits of a database, typed, each with the names of the rules it violates.",
        schema=gym_logins.CHECKED,
        partition_cols=["is_quarantined"],
        private=True,
    )
    @dp.expect_all(as_expectations("sql_visits_checked"))
    def sql_visits_checked() -> DataFrame:
        """One row per row that the database has or, of visits long ago, had when it was last read."""
        return gym_logins.checked_gym_logins(
            known_visits(spark.read.table(bronze("sql_visits_bz"))), settings(), data_set="sql_visits_checked"
        )

    @dp.temporary_view(comment="Checked visits and events of the doors from files, messages and a database.")
    def gym_logins_of_all_sources() -> DataFrame:
        """One row per row of any source."""
        others = spark.read.table(silver("gym_logins_checked"))
        return others.unionByName(spark.read.table(silver("sql_visits_checked")))
