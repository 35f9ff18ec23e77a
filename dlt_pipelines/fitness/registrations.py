"""Registrations: a member and the device that member wears from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
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

RECEIVED = ("user_id", "device_id", "mac_address", "registration_timestamp", "_rescued_data")
LANDING = """
    user_id STRING COMMENT 'Member, as received',
    device_id STRING COMMENT 'Device, as received',
    mac_address STRING COMMENT 'MAC address of the device, as received',
    registration_timestamp STRING COMMENT 'From when on the member wears the device, as received',
    _rescued_data STRING COMMENT 'Fields that the feed does not have, as JSON'"""
FIELDS = ("user_id", "device_id", "mac_address", "registration_timestamp", "timestamp", "action")

CHECKED = f"""
    user_id BIGINT COMMENT 'Member',
    device_id BIGINT COMMENT 'Device',
    mac_address STRING COMMENT 'MAC address of the device, lower case with colons',
    registered_at TIMESTAMP COMMENT 'From when on the member wears the device',
    {MESSAGE_SCHEMA},
    {VERDICT_SCHEMA}"""

DATA_SET = "registered_users_checked"
OF_EVENTS = ("message_is_one_json_object", "cloud_event_is_complete", "action_is_register")
"""Rules that a line has nothing to do with."""

COLUMNS = ("user_id", "device_id", "mac_address", "registered_at", *MESSAGE_COLUMNS)
CLOCKS = ("registered_at",)


def checked_registrations(received: DataFrame, settings: Settings, *, data_set: str = DATA_SET) -> DataFrame:
    """Every line about a registration, typed, with the rules of a data set that it violates."""
    lines = without_kafka_position(received).select(
        *RECEIVED,
        sf.col("registration_timestamp").alias("time"),
        sf.lit(None).cast("string").alias("event_id"),
        sf.col("_rescued_data").alias("rescued_data"),
        sf.to_json(sf.struct(*RECEIVED)).alias("raw"),
        *INGEST_POSITION,
    )
    return judged(_typed(lines, settings), columns=COLUMNS, data_set=data_set, clocks=CLOCKS, without=OF_EVENTS)


def checked_registration_events(envelopes: DataFrame, settings: Settings) -> DataFrame:
    """Every message about a registration, typed, with the rules it violates."""
    received = with_json_object(messages(envelopes, "registered_users"), text="text", fields=FIELDS, into="message")
    events = received.select(
        *(f"message.{name}" for name in ("user_id", "device_id", "mac_address")),
        sf.coalesce("message.registration_timestamp", "message.timestamp").alias("time"),
        sf.lower(sf.trim("message.action")).alias("action"),
        rescued("message_unknown").alias("rescued_data"),
        "message",
        "event_id",
        "event_is_complete",
        "raw",
        *INGEST_POSITION,
    )
    return judged(_typed(events, settings), columns=COLUMNS, data_set=DATA_SET, clocks=CLOCKS)


def _typed(registrations: DataFrame, settings: Settings) -> DataFrame:
    return registrations.withColumns(
        {
            "user_id": numeric_id(sf.col("user_id")),
            "device_id": numeric_id(sf.col("device_id")),
            "mac_address": mac_address(sf.col("mac_address")),
            "registered_at": event_time(sf.col("time"), settings.local_time_zone),
            "registered_at_doubt": event_time_doubt(sf.col("time"), settings.local_time_zone),
        }
    )
