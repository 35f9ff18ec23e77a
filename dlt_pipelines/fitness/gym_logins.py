"""Logins and logouts at the door of a gym, as lines of a visit keyed by MAC address, or as events of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.envelope import MESSAGE_COLUMNS, MESSAGE_SCHEMA, messages
from fitness.event_time import event_time, event_time_doubt
from fitness.identifiers import mac_address, numeric_id
from fitness.json_text import rescued, with_json_object
from fitness.rules import (
    INGEST_POSITION,
    VERDICT_SCHEMA,
    judged,
    without_kafka_position,
)

if TYPE_CHECKING:
    from fitness.settings import Settings

RECEIVED = ("mac_address", "gym", "login", "logout", "_rescued_data")
LANDING = """
    mac_address STRING COMMENT 'MAC address at the door, as received',
    gym STRING COMMENT 'Gym, as received',
    login STRING COMMENT 'When the member came, as received',
    logout STRING COMMENT 'When the member left, as received; NULL as long as nobody said so',
    _rescued_data STRING COMMENT 'Fields that the feed does not have, as JSON'"""
FIELDS = ("mac_address", "device_id", "gym", "gym_id", "action", "timestamp")

CHECKED = f"""
    mac_address STRING COMMENT 'MAC address at the door, lower case with colons; NULL if the door names the device',
    device_id BIGINT COMMENT 'Device; NULL if the door names the MAC address',
    gym BIGINT COMMENT 'Gym',
    login TIMESTAMP COMMENT 'When the member came; NULL for the event of a logout',
    logout TIMESTAMP COMMENT 'When the member left; NULL as long as nobody said so',
    {MESSAGE_SCHEMA},
    {VERDICT_SCHEMA}"""

DATA_SET = "gym_logins_checked"
_OF_A_TIME = ("readable", "has_a_zone", "not_in_future", "occurs_once", "occurs")
OF_EVENTS = (
    "message_is_one_json_object",
    "cloud_event_is_complete",
    "action_is_login_or_logout",
    "device_is_named",
    "event_time_since_2010",
    *(f"event_time_{fact}" for fact in _OF_A_TIME),
)
"""Rules that a line has nothing to do with."""
OF_LINES = (
    "login_since_2010",
    "logout_after_login",
    *(f"{time}_{fact}" for time in ("login", "logout") for fact in _OF_A_TIME),
)
"""Rules that an event has nothing to do with."""

COLUMNS = ("mac_address", "device_id", "gym", "login", "logout", *MESSAGE_COLUMNS)


def checked_gym_logins(received: DataFrame, settings: Settings, *, data_set: str = DATA_SET) -> DataFrame:
    """Every line of the door, typed, with the rules of a data set that it violates."""
    zone = settings.local_time_zone
    typed = without_kafka_position(received).select(
        mac_address(sf.col("mac_address")).alias("mac_address"),
        _nothing("bigint").alias("device_id"),
        numeric_id(sf.col("gym")).alias("gym"),
        *(event_time(sf.col(name), zone).alias(name) for name in ("login", "logout")),
        *(event_time_doubt(sf.col(name), zone).alias(f"{name}_doubt") for name in ("login", "logout")),
        sf.col("logout").alias("logout_text"),
        _nothing("string").alias("event_id"),
        sf.col("_rescued_data").alias("rescued_data"),
        sf.to_json(sf.struct(*RECEIVED)).alias("raw"),
        *INGEST_POSITION,
    )
    return judged(typed, columns=COLUMNS, data_set=data_set, clocks=("login", "logout"), without=OF_EVENTS)


def checked_gym_login_events(envelopes: DataFrame, settings: Settings) -> DataFrame:
    """Every message of a door, typed, with the rules it violates; which login a logout ends is found out later."""
    received = with_json_object(messages(envelopes, "gym_logins"), text="text", fields=FIELDS, into="message")
    time, zone = sf.col("message.timestamp"), settings.local_time_zone
    events = received.select(
        mac_address(sf.col("message.mac_address")).alias("mac_address"),
        numeric_id(sf.col("message.device_id")).alias("device_id"),
        numeric_id(sf.coalesce("message.gym", "message.gym_id")).alias("gym"),
        sf.lower(sf.trim("message.action")).alias("action"),
        event_time(time, zone).alias("event_time"),
        event_time_doubt(time, zone).alias("event_time_doubt"),
        rescued("message_unknown").alias("rescued_data"),
        "message",
        "event_id",
        "event_is_complete",
        "raw",
        *INGEST_POSITION,
    )
    typed = events.withColumns(
        {
            "login": sf.when(sf.col("action") == "login", sf.col("event_time")),
            "logout": sf.when(sf.col("action") == "logout", sf.col("event_time")),
        }
    )
    return judged(typed, columns=COLUMNS, data_set=DATA_SET, clocks=("event_time",), without=OF_LINES)


def _nothing(of_type: str) -> Column:
    return sf.lit(None).cast(of_type)
