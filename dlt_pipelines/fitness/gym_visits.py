"""Visits to a gym: what the lines of the door mean when logouts come late, twice or never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as sf

from fitness.device_owners import owners
from fitness.event_time import after
from fitness.rules import INGEST_POSITION

if TYPE_CHECKING:
    from fitness.settings import Settings

GYM_LOGS = """
    gym BIGINT COMMENT 'Gym',
    mac_address STRING COMMENT 'MAC address of the device at the door',
    user_id BIGINT COMMENT 'Member who wore the device at the login; NULL if unknown',
    login TIMESTAMP COMMENT 'Start of the visit',
    logout TIMESTAMP COMMENT 'End of the visit; assumed if auto_closed, NULL while open',
    status STRING COMMENT 'closed, inferred (by the next login), auto_closed (no believable logout) or open'"""

DEVICE_IS_REGISTERED = "device_is_registered"
LOGOUT_ENDS_A_VISIT = "logout_ends_a_visit"
EVENT_REASONS = (DEVICE_IS_REGISTERED, LOGOUT_ENDS_A_VISIT)


def gym_logs(logins: DataFrame, registrations: DataFrame, clock: DataFrame, settings: Settings) -> DataFrame:
    """One row per visit (mac_address, gym, login), with its member and status."""
    merged = visits(lines_of_the_door(logins, registrations, settings), settings)
    ended = with_status(merged.crossJoin(clock), settings)
    return with_member(ended, owners(registrations, of="mac_address"))


def with_mac_address(logins: DataFrame, registrations: DataFrame) -> DataFrame:
    """Where the door names a device: the MAC address of its latest registration; NULL if it was never registered."""
    latest = sf.max(sf.struct("registered_at", "mac_address"))["mac_address"].alias("device_mac_address")
    joined = logins.join(registrations.groupBy("device_id").agg(latest), "device_id", "left")
    return joined.withColumn("mac_address", sf.coalesce("mac_address", "device_mac_address")).drop("device_mac_address")


def lines_of_the_door(logins: DataFrame, registrations: DataFrame, settings: Settings) -> DataFrame:
    """One row per device, gym and login with its logout.

    A line may come again once the member has left: then the latest logout counts. A logout that came as an event ends
    the latest login before it, unless that has ended or is too long ago.
    """
    ended = sf.coalesce("logout", sf.when(_ends_here(settings), sf.lead("at").over(_at_the_door())))
    found = _logins_and_logouts(logins, registrations).withColumn("logout", ended)
    return found.where("login IS NOT NULL").select("mac_address", "gym", "login", "logout")


def rejected_events(logins: DataFrame, registrations: DataFrame, settings: Settings) -> DataFrame:
    """Valid events that belong to no visit, as rows of the quarantine; what was typed stands for what was received.

    Which these are may change when a login or a registration arrives late, so it is derived from all of them.
    """
    events = with_mac_address(logins, registrations).where("login IS NULL OR mac_address IS NULL")
    astray = _logouts_without_visit(logins, registrations, settings).withColumn("is_astray", sf.lit(True))
    marked = events.join(astray, ["mac_address", "gym", "logout"], "left")
    unknown_device = sf.when(sf.col("mac_address").isNull(), sf.lit(DEVICE_IS_REGISTERED))
    lost = sf.when(sf.col("is_astray"), sf.lit(LOGOUT_ENDS_A_VISIT))
    typed = sf.to_json(sf.struct("mac_address", "device_id", "gym", "login", "logout")).alias("raw")
    reasons = sf.array_compact(sf.array(unknown_device, lost)).alias("reasons")
    return marked.select(typed, reasons, *INGEST_POSITION).where(sf.size("reasons") > 0)


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


def _logins_and_logouts(logins: DataFrame, registrations: DataFrame) -> DataFrame:
    """One row per device, gym and login, and one per event of a logout, which has no login; `at` is their time."""
    keyed = with_mac_address(logins, registrations).where("mac_address IS NOT NULL")
    came = keyed.where("login IS NOT NULL").groupBy("mac_address", "gym", "login")
    left = keyed.where("login IS NULL").select("mac_address", "gym", sf.col("logout").alias("at")).distinct()
    lines = came.agg(sf.max("logout").alias("logout")).withColumn("at", sf.col("login"))
    return lines.unionByName(left, allowMissingColumns=True)


def _logouts_without_visit(logins: DataFrame, registrations: DataFrame, settings: Settings) -> DataFrame:
    """Device, gym and time of each logout that has no login before it, or one that ended at another time."""
    login, logout = (sf.lag(name).over(_at_the_door()) for name in ("login", "logout"))
    in_reach = sf.col("at") <= after(login, hours=settings.longest_visit_hours)
    belongs = in_reach & (logout.isNull() | (logout == sf.col("at")))
    found = _logins_and_logouts(logins, registrations).withColumn("belongs", sf.coalesce(belongs, sf.lit(False)))
    return found.where("login IS NULL AND NOT belongs").select("mac_address", "gym", sf.col("at").alias("logout"))


def _ends_here(settings: Settings) -> Column:
    """Whether the next thing at the door is the event of a logout, and soon enough."""
    next_login, next_at = (sf.lead(name).over(_at_the_door()) for name in ("login", "at"))
    return next_login.isNull() & (next_at <= after(sf.col("login"), hours=settings.longest_visit_hours))


def _at_the_door() -> WindowSpec:
    # At one instant a logout comes before a login, as the end of an earlier visit.
    return Window.partitionBy("mac_address", "gym").orderBy("at", sf.col("login").asc_nulls_first())


def _in_time() -> WindowSpec:
    return Window.partitionBy("mac_address").orderBy("login", "gym")
