"""What is usual in a gym at an hour of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.calendar_days import local_day, local_time
from fitness.gyms import with_gym

if TYPE_CHECKING:
    from fitness.settings import Settings

GYM_HOURLY = """
    gym BIGINT COMMENT 'Gym, under its own number',
    local_hour INT COMMENT 'Hour of the login by the clock of the gym, 0 to 23',
    first_date DATE COMMENT 'First local day that is counted',
    last_date DATE COMMENT 'Last local day that is counted, that of the end of the data',
    visits BIGINT COMMENT 'Visits begun in the hour; NULL if suppressed',
    unique_members BIGINT COMMENT 'Different visitors, an unknown device being one; NULL if suppressed',
    dwell_p50_minutes DOUBLE COMMENT 'Median length of their closed visits; NULL if suppressed or without closed visit',
    dwell_p90_minutes DOUBLE COMMENT 'Length that 90 % of the closed visits do not exceed; NULL like the median',
    is_suppressed BOOLEAN COMMENT 'Whether numbers are withheld because they are about too few people'"""

HOURLY_DAYS = 28


def gym_hourly(stays: DataFrame, gyms: DataFrame, clock: DataFrame, settings: Settings) -> DataFrame:
    """One row per gym and hour of the day with a visit in the last 28 local days of the data."""
    zone = sf.col("time_zone")
    last_date = local_day(sf.col("latest_event_at"), zone)
    dated = (
        with_gym(stays, gyms, settings)
        .crossJoin(clock)
        .withColumns(
            {
                "local_hour": sf.hour(local_time(sf.col("login"), zone)),
                "first_date": sf.date_sub(last_date, HOURLY_DAYS - 1),
                "last_date": last_date,
            }
        )
    )
    visitor = sf.coalesce(sf.col("user_id").cast("string"), "mac_address")
    is_closed = sf.col("dwell_minutes").isNotNull()
    hours = dated.where("login_date >= first_date").groupBy("gym", "local_hour", "first_date", "last_date")
    counted = hours.agg(
        sf.count("*").alias("visits"),
        sf.count_distinct(visitor).alias("unique_members"),
        sf.count_distinct(sf.when(is_closed, visitor)).alias("closed_members"),
        sf.percentile("dwell_minutes", 0.5).alias("p50"),
        sf.percentile("dwell_minutes", 0.9).alias("p90"),
    )
    few = sf.col("unique_members") < settings.smallest_group
    few_closed = sf.col("closed_members") < settings.smallest_group
    return counted.select(
        "gym",
        "local_hour",
        "first_date",
        "last_date",
        sf.when(~few, sf.col("visits")).alias("visits"),
        sf.when(~few, sf.col("unique_members")).alias("unique_members"),
        sf.when(~few_closed, sf.col("p50")).alias("dwell_p50_minutes"),
        sf.when(~few_closed, sf.col("p90")).alias("dwell_p90_minutes"),
        (few | (few_closed & (sf.col("closed_members") > 0))).alias("is_suppressed"),
    )
