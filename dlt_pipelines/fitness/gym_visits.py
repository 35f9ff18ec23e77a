"""Visits to a gym: what the lines of the door mean when logouts come late, twice or never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, Window, WindowSpec
from pyspark.sql import functions as sf

from fitness.device_owners import owners
from fitness.event_time import after

if TYPE_CHECKING:
    from fitness.settings import Settings

GYM_LOGS = """
    gym BIGINT COMMENT 'Gym',
    mac_address STRING COMMENT 'MAC address of the device at the door',
    user_id BIGINT COMMENT 'Member who wore the device at the login; NULL if unknown',
    login TIMESTAMP COMMENT 'Start of the visit',
    logout TIMESTAMP COMMENT 'End of the visit; assumed if auto_closed, NULL while open',
    status STRING COMMENT 'closed, inferred (by the next login), auto_closed (no believable logout) or open'"""


def gym_logs(logins: DataFrame, registrations: DataFrame, clock: DataFrame, settings: Settings) -> DataFrame:
    """One row per visit (mac_address, gym, login), with its member and status."""
    merged = visits(lines_of_the_door(logins), settings)
    ended = with_status(merged.crossJoin(clock), settings)
    return with_member(ended, owners(registrations, of="mac_address"))


def lines_of_the_door(logins: DataFrame) -> DataFrame:
    """One row per device, gym and login with the latest logout: a line may come again once the member has left."""
    return logins.groupBy("mac_address", "gym", "login").agg(sf.max("logout").alias("logout"))


def visits(lines: DataFrame, settings: Settings) -> DataFrame:
    """Lines joined to visits: a login at the same gym soon after one that has not ended belongs to the same visit."""
    in_time = _in_time()
    previous_logout = sf.lag("logout").over(in_time)
    continues = (
        (sf.lag("gym").over(in_time) == sf.col("gym"))
        & (sf.col("login") <= after(sf.lag("login").over(in_time), minutes=settings.same_visit_minutes))
        & (previous_logout.isNull() | (previous_logout > sf.col("login")))
    )
    begins = (~sf.coalesce(continues, sf.lit(False))).cast("int")
    numbered = lines.withColumn("begins", begins).withColumn("visit", sf.sum("begins").over(in_time))
    return numbered.groupBy("mac_address", "gym", "visit").agg(
        sf.min("login").alias("login"), sf.max("logout").alias("logout")
    )


def with_status(visits: DataFrame, settings: Settings) -> DataFrame:
    """Each visit's status and end, as of the latest event of all feeds (`latest_event_at`)."""
    next_login = sf.lead("login").over(_in_time())
    on_site_until = after(sf.col("login"), minutes=settings.max_visit_minutes)
    believable = sf.col("logout") <= after(sf.col("login"), hours=settings.longest_visit_hours)
    status = (
        sf.when(believable, "closed")
        .when(sf.col("logout").isNotNull(), "auto_closed")
        .when(next_login <= on_site_until, "inferred")
        .when(sf.col("latest_event_at") > on_site_until, "auto_closed")
        .otherwise("open")
    )
    end = (
        sf.when(sf.col("status") == "closed", sf.col("logout"))
        .when(sf.col("status") == "inferred", sf.col("next_login"))
        .when(sf.col("status") == "auto_closed", on_site_until)
    )
    return visits.withColumns({"next_login": next_login, "status": status}).withColumn("logout", end)


def with_member(visits: DataFrame, owners: DataFrame) -> DataFrame:
    """Each visit with the member who wore the device at the login."""
    at_login = (
        (sf.col("visit.mac_address") == sf.col("owner.mac_address"))
        & (sf.col("visit.login") >= sf.col("owner.valid_from"))
        & (sf.col("owner.valid_to").isNull() | (sf.col("visit.login") < sf.col("owner.valid_to")))
    )
    joined = visits.alias("visit").join(owners.alias("owner"), at_login, "left")
    return joined.select(
        "visit.gym", "visit.mac_address", "owner.user_id", "visit.login", "visit.logout", "visit.status"
    )


def _in_time() -> WindowSpec:
    return Window.partitionBy("mac_address").orderBy("login", "gym")
