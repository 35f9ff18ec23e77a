"""Who wears which device, and since when."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

USER_DEVICES = """
    device_id BIGINT COMMENT 'Device',
    user_id BIGINT COMMENT 'Member who wears it; NULL if two members claim it from the same instant',
    mac_address STRING COMMENT 'MAC address of the device',
    valid_from TIMESTAMP COMMENT 'First instant of the assignment',
    valid_to TIMESTAMP COMMENT 'First instant after it; NULL for the current one'"""

USERS = """
    user_id BIGINT COMMENT 'Member',
    registered_at TIMESTAMP COMMENT 'First registration',
    device_id BIGINT COMMENT 'Device of the first registration',
    mac_address STRING COMMENT 'MAC address of the first registration'"""


def user_devices(registrations: DataFrame) -> DataFrame:
    """One row per device and assignment; the assignments of a device neither overlap nor leave gaps."""
    return owners(registrations, of="device_id", with_columns=("mac_address",)).select(
        "device_id", "user_id", "mac_address", "valid_from", "valid_to"
    )


def owners(registrations: DataFrame, *, of: str, with_columns: tuple[str, ...] = ()) -> DataFrame:
    """The owner of each device (`of="device_id"`) or MAC address (`of="mac_address"`) over time.

    A registration ends the one before it. Claims of several members from the same instant leave the owner unknown
    until the next registration; a member who registers the same device again changes nothing.
    """
    claims = registrations.groupBy(of, sf.col("registered_at").alias("valid_from")).agg(
        *(_only_value(column).alias(column) for column in ("user_id", *with_columns))
    )
    in_time = Window.partitionBy(of).orderBy("valid_from")
    same_as_before = sf.lit(True)
    for column in ("user_id", *with_columns):
        same_as_before &= sf.col(column).eqNullSafe(sf.lag(column).over(in_time))
    is_first = sf.lag("valid_from").over(in_time).isNull()
    changes = claims.withColumn("is_change", is_first | ~same_as_before).where("is_change").drop("is_change")
    return changes.withColumn("valid_to", sf.lead("valid_from").over(in_time))


def first_registrations(registrations: DataFrame) -> DataFrame:
    """One row per member: the first registration, of the lowest device id if there were several at once."""
    first = sf.min(sf.struct("registered_at", "device_id", "mac_address")).alias("first")
    return registrations.groupBy("user_id").agg(first).select("user_id", "first.*")


def _only_value(column: str) -> Column:
    return sf.when(sf.min(column) == sf.max(column), sf.min(column))
