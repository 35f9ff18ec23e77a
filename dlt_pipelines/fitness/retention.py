"""Of the members who registered in a month: how many still came in the months after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.calendar_days import local_day, month_start
from fitness.member_days import visits_and_workouts

if TYPE_CHECKING:
    from fitness.settings import Settings

RETENTION_COHORTS = """
    cohort_month DATE COMMENT 'First day of the local month of the first registration',
    k INT COMMENT 'Months after it; 0 is the month of registration itself',
    cohort_size BIGINT COMMENT 'Members who registered in that month; NULL if too few to be shown',
    retained_members BIGINT COMMENT 'Those with a visit or workout in month k; NULL if it is not over, or too few',
    retention DOUBLE COMMENT 'retained_members as a share of cohort_size; NULL if either is',
    is_complete BOOLEAN COMMENT 'Whether the data cover month k to its end',
    is_suppressed BOOLEAN COMMENT 'Whether a number is withheld because it is about too few people'"""


def retention_cohorts(
    visits: DataFrame, workouts: DataFrame, users: DataFrame, clock: DataFrame, settings: Settings
) -> DataFrame:
    """One row per month of registration and month since, up to the month in which the data end."""
    members = cohorts(users, settings)
    cells = cohort_months(members, clock, settings)
    retained = retained_members(members, visits_and_workouts(visits, workouts, settings))
    counted = cells.join(retained, ["cohort_month", "k"], "left").withColumn(
        "retained", sf.when(sf.col("is_complete"), sf.coalesce("retained", sf.lit(0)))
    )
    few_members, few_retained = (sf.col(name) < settings.smallest_group for name in ("members", "retained"))
    size = sf.when(~few_members, sf.col("members"))
    shown = sf.when(~few_members & ~few_retained, sf.col("retained"))
    return counted.select(
        "cohort_month",
        "k",
        size.alias("cohort_size"),
        shown.alias("retained_members"),
        (shown / size).alias("retention"),
        "is_complete",
        (few_members | sf.coalesce(few_retained, sf.lit(False))).alias("is_suppressed"),
    )


def cohorts(users: DataFrame, settings: Settings) -> DataFrame:
    """Each member with the month of the first registration."""
    registered = local_day(sf.col("registered_at"), settings.time_zone)
    return users.select("user_id", month_start(registered).alias("cohort_month"))


def cohort_months(members: DataFrame, clock: DataFrame, settings: Settings) -> DataFrame:
    """A row for each cohort and month up to the end of the data, with the members of the cohort."""
    sizes = members.groupBy("cohort_month").agg(sf.count("*").alias("members"))
    today = local_day(sf.col("latest_event_at"), settings.time_zone)
    months = sf.explode(sf.sequence(sf.lit(0), _months_from("cohort_month", "today")))
    cells = sizes.crossJoin(clock.select(today.alias("today"))).select("*", months.alias("k"))
    next_month = sf.add_months("cohort_month", sf.col("k") + 1)
    return cells.withColumn("is_complete", sf.col("today") >= next_month).drop("today")


def retained_members(members: DataFrame, days: DataFrame) -> DataFrame:
    """Members of each cohort with a visit or workout in month k; months before the registration have no cell."""
    k = _months_from("cohort_month", "date")
    months = members.join(days, "user_id").select("user_id", "cohort_month", k.alias("k"))
    return months.where("k >= 0").groupBy("cohort_month", "k").agg(sf.count_distinct("user_id").alias("retained"))


def _months_from(month: str, day: str) -> Column:
    return sf.months_between(sf.trunc(day, "month"), sf.col(month)).cast("int")
