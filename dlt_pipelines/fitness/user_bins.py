"""Members without their names: sex, age band, city and state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.calendar_days import local_day
from fitness.demographics import age, age_band

if TYPE_CHECKING:
    from fitness.settings import Settings

USER_BINS = """
    user_id BIGINT COMMENT 'Member',
    as_of DATE COMMENT 'Day for which the age band holds: the last day of the data',
    sex STRING COMMENT 'Sex as stated',
    age_band STRING COMMENT 'Age in completed years on that day',
    city STRING COMMENT 'City of the profile',
    state STRING COMMENT 'State of the profile'"""


def user_bins(profiles: DataFrame, clock: DataFrame, settings: Settings) -> DataFrame:
    """One row per member with a profile."""
    as_of = local_day(sf.col("latest_event_at"), settings.time_zone)
    band = age_band(age(sf.col("dob"), sf.col("as_of")))
    dated = profiles.crossJoin(clock).withColumn("as_of", as_of)
    return dated.select("user_id", "as_of", "sex", band.alias("age_band"), "city", "state")
