"""How long each visitor was in the gym, as far as the data tell or allow to assume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as sf

from fitness.calendar_days import local_day
from fitness.event_time import seconds_between
from fitness.gyms import with_gym

if TYPE_CHECKING:
    from fitness.settings import Settings

GYM_STAYS = """
    gym BIGINT COMMENT 'Gym, under its own number',
    mac_address STRING COMMENT 'MAC address of the device at the door',
    user_id BIGINT COMMENT 'Member; NULL if unknown',
    login TIMESTAMP COMMENT 'Start of the visit',
    login_date DATE COMMENT 'Day of the login in the zone of the gym',
    stay_end TIMESTAMP COMMENT 'First instant the visitor counts as gone; for an open visit the end of the data',
    dwell_minutes DOUBLE COMMENT 'Minutes from login to logout of a closed visit; NULL for all others',
    is_assumed BOOLEAN COMMENT 'Whether the end is assumed: nobody logged out'"""

TYPICAL_DAYS = 28


def gym_stays(visits: DataFrame, gyms: DataFrame, clock: DataFrame, settings: Settings) -> DataFrame:
    """One row per visit (mac_address, gym, login).

    A visit that was closed for want of a logout counts for the typical length of a visit to the gym, at most until
    the visitor's next login; an open one counts until the end of the data.
    """
    located = with_gym(visits, gyms, settings).crossJoin(clock)
    dwell = sf.when(sf.col("status") == "closed", seconds_between(sf.col("login"), sf.col("logout")))
    dated = located.withColumns(
        {
            "login_date": local_day(sf.col("login"), sf.col("time_zone")),
            "dwell_s": dwell,
            "next_login": sf.lead("login").over(Window.partitionBy("mac_address").orderBy("login", "gym")),
        }
    )
    typical = sf.coalesce("typical_s", sf.lit(60 * settings.assumed_visit_minutes))
    typical_end = sf.col("login") + sf.make_dt_interval(secs=typical.cast("decimal(18,6)"))
    # An automatically closed visit has the latest end that it may have as its logout.
    assumed = sf.least(typical_end, "logout", "next_login")
    end = (
        sf.when(sf.col("status") == "open", sf.col("latest_event_at"))
        .when(sf.col("status") == "auto_closed", assumed)
        .otherwise(sf.col("logout"))
    )
    return dated.join(typical_dwell(dated), ["gym", "login_date"], "left").select(
        "gym",
        "mac_address",
        "user_id",
        "login",
        "login_date",
        end.alias("stay_end"),
        (sf.col("dwell_s") / 60).alias("dwell_minutes"),
        sf.col("status").isin("open", "auto_closed").alias("is_assumed"),
    )


def typical_dwell(dated: DataFrame) -> DataFrame:
    """Median `typical_s` of the gym's closed visits of the 28 days before a day, for days that need it."""
    needed = dated.where("status = 'auto_closed'").select("gym", "login_date").distinct()
    following = sf.sequence(sf.date_add("login_date", 1), sf.date_add("login_date", TYPICAL_DAYS))
    closed = dated.where("status = 'closed'").select("gym", "dwell_s", sf.explode(following).alias("login_date"))
    median = sf.percentile("dwell_s", 0.5).alias("typical_s")
    return closed.join(needed, ["gym", "login_date"], "left_semi").groupBy("gym", "login_date").agg(median)
