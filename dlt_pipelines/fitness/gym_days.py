"""A gym's day: visits, visitors, how long they stayed, when it was fullest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.calendar_days import iso_weekday
from fitness.gyms import gym_name

if TYPE_CHECKING:
    from fitness.settings import Settings

GYM_DAILY = """
    gym BIGINT COMMENT 'Gym, under its own number',
    local_date DATE COMMENT 'Day in the zone of the gym; a visit belongs to the day of its login',
    has_door_data BOOLEAN COMMENT 'Whether the door was online in some of the day; else nobody knows who came',
    visits BIGINT COMMENT 'Visits begun; NULL if suppressed or without door data',
    unique_members BIGINT COMMENT 'Different visitors, an unknown device being one; NULL like visits',
    dwell_p50_minutes DOUBLE COMMENT 'Median length of closed visits; NULL if suppressed or without closed visit',
    dwell_p90_minutes DOUBLE COMMENT 'Length that 90 % of the closed visits do not exceed; NULL like the median',
    is_suppressed BOOLEAN COMMENT 'Whether numbers are withheld because they are about too few people',
    mean_occupancy DOUBLE COMMENT 'People there on average over the opening hours; NULL without door data',
    max_occupancy BIGINT COMMENT 'Most people there at one time; NULL without door data',
    utilisation DOUBLE COMMENT 'mean_occupancy as a share of the capacity; NULL if either is unknown',
    peak_weekday INT COMMENT 'Weekday of the fullest hour of the week over 28 days, 1 for Monday to 7 for Sunday',
    peak_hour INT COMMENT 'Local hour, 0 to 23, of the fullest hour of the week; the earliest of several',
    offline_minutes DOUBLE COMMENT 'Minutes of the opening hours with the door offline; averages leave them out',
    gym_name STRING COMMENT 'Name of the gym; unknown gym N for a number that no list of gyms has'"""

PEAK_DAYS = 28


def gym_daily(stays: DataFrame, occupancy: DataFrame, gyms: DataFrame, settings: Settings) -> DataFrame:
    """One row per gym and local day, from the gym's first visit to the end of the data."""
    day = ["gym", "local_date"]
    joined = (
        occupancy_of_days(occupancy).join(visits_of_days(stays), day, "left").join(peak_hours(occupancy), day, "left")
    )
    named = gyms.select("gym", "name", sf.lit(True).alias("is_known"))
    counts = {name: sf.when(sf.col("has_door_data"), sf.coalesce(name, sf.lit(0))) for name in _PEOPLE}
    counted = joined.withColumns(counts).join(named, "gym", "left")
    name = gym_name(sf.col("gym"), sf.col("name"), sf.col("is_known"))
    return _without_small_groups(counted, settings).select(
        *day,
        "has_door_data",
        "visits",
        "unique_members",
        "dwell_p50_minutes",
        "dwell_p90_minutes",
        "is_suppressed",
        "mean_occupancy",
        "max_occupancy",
        "utilisation",
        "peak_weekday",
        "peak_hour",
        "offline_minutes",
        name.alias("gym_name"),
    )


_PEOPLE = ("visits", "unique_members", "closed_members")


def visits_of_days(stays: DataFrame) -> DataFrame:
    """Visits, visitors and lengths of closed visits per gym and day of the login."""
    visitor = sf.coalesce(sf.col("user_id").cast("string"), "mac_address")
    is_closed = sf.col("dwell_minutes").isNotNull()
    return stays.groupBy("gym", sf.col("login_date").alias("local_date")).agg(
        sf.count("*").alias("visits"),
        sf.count_distinct(visitor).alias("unique_members"),
        sf.count_distinct(sf.when(is_closed, visitor)).alias("closed_members"),
        sf.percentile("dwell_minutes", 0.5).alias("dwell_p50_minutes"),
        sf.percentile("dwell_minutes", 0.9).alias("dwell_p90_minutes"),
    )


def occupancy_of_days(occupancy: DataFrame) -> DataFrame:
    """Occupancy over the opening hours of a day with the door online; the most at one time also after hours."""
    is_known, is_open = sf.col("has_door_data"), sf.col("is_open")
    open_us = sf.sum(sf.when(is_open & is_known, _exact("bucket_s")))
    people_s = sf.sum(sf.when(is_open & is_known, _exact("occupancy_minutes") * 60))
    offline_s = sf.sum(sf.when(is_open & ~is_known, _exact("bucket_s")).otherwise(0))
    mean = people_s.cast("double") / sf.nullif(open_us.cast("double"), sf.lit(0.0))
    return occupancy.groupBy("gym", "local_date").agg(
        sf.bool_or("has_door_data").alias("has_door_data"),
        mean.alias("mean_occupancy"),
        sf.max("max_occupancy").alias("max_occupancy"),
        (mean / sf.max("capacity")).alias("utilisation"),
        (offline_s.cast("double") / 60).alias("offline_minutes"),
    )


def peak_hours(occupancy: DataFrame) -> DataFrame:
    """`peak_weekday` and `peak_hour` per gym and day: the fullest hour of the week over the 28 days up to that day."""
    known = occupancy.where("has_door_data").withColumns(
        {"weekday": iso_weekday(sf.col("local_date")), "hour": sf.substring("local_clock", 1, 2).cast("int")}
    )
    hours = known.groupBy("gym", "local_date", "weekday", "hour").agg(
        sf.sum(_exact("occupancy_minutes")).alias("minutes"), sf.sum(_exact("bucket_s")).alias("seconds")
    )
    days = sf.sequence(sf.col("local_date"), sf.date_add("local_date", PEAK_DAYS - 1))
    reaching = hours.withColumn("local_date", sf.explode(days)).join(
        occupancy.select("gym", "local_date").distinct(), ["gym", "local_date"], "left_semi"
    )
    means = reaching.groupBy("gym", "local_date", "weekday", "hour").agg(
        (sf.sum("minutes").cast("double") / sf.sum("seconds").cast("double")).alias("mean")
    )
    fullest = sf.max(sf.struct("mean", -sf.col("weekday"), -sf.col("hour")).cast(_FULLEST)).alias("fullest")
    return (
        means.groupBy("gym", "local_date")
        .agg(fullest)
        .select(
            "gym",
            "local_date",
            (-sf.col("fullest.minus_weekday")).alias("peak_weekday"),
            (-sf.col("fullest.minus_hour")).alias("peak_hour"),
        )
    )


# Of equally full hours the earliest is the highest by its negated weekday and hour.
_FULLEST = "struct<mean: double, minus_weekday: int, minus_hour: int>"


def _without_small_groups(counted: DataFrame, settings: Settings) -> DataFrame:
    few = (sf.col("unique_members") > 0) & (sf.col("unique_members") < settings.smallest_group)
    few_closed = (sf.col("closed_members") > 0) & (sf.col("closed_members") < settings.smallest_group)
    shown = {name: sf.when(~few, sf.col(name)) for name in ("visits", "unique_members")}
    lengths = {name: sf.when(~few_closed, sf.col(name)) for name in ("dwell_p50_minutes", "dwell_p90_minutes")}
    flag = sf.coalesce(few | few_closed, sf.lit(False))
    return counted.withColumns({**shown, **lengths, "is_suppressed": flag})


def _exact(column: str) -> Column:
    """In decimals, because a sum of doubles depends on the order of the rows."""
    return sf.col(column).cast("decimal(18,9)")
