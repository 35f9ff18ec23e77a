"""Registrations: a member and the device that member wears from then on."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.event_time import event_time
from fitness.identifiers import MAC_FORM, mac_address, numeric_id
from fitness.rules import INGEST_POSITION, VERDICT_SCHEMA, clock_rules, judged, without_kafka_position

RECEIVED = ("user_id", "device_id", "mac_address", "registration_timestamp", "_rescued_data")
LANDING = ", ".join(f"{column} STRING" for column in RECEIVED)

CHECKED = f"""
    user_id BIGINT COMMENT 'Member',
    device_id BIGINT COMMENT 'Device',
    mac_address STRING COMMENT 'MAC address of the device, lower case with colons',
    registered_at TIMESTAMP COMMENT 'From when on the member wears the device',
    {VERDICT_SCHEMA}"""

RULES = {
    "user_id_is_a_number": "user_id IS NOT NULL",
    "device_id_is_a_number": "device_id IS NOT NULL",
    "mac_address_has_six_pairs": f"mac_address RLIKE '{MAC_FORM}'",
    **clock_rules("registered_at"),
}


def checked_registrations(received: DataFrame) -> DataFrame:
    """Every registration, typed, with the rules it violates."""
    typed = without_kafka_position(received).select(
        numeric_id(sf.col("user_id")).alias("user_id"),
        numeric_id(sf.col("device_id")).alias("device_id"),
        mac_address(sf.col("mac_address")).alias("mac_address"),
        event_time(sf.col("registration_timestamp")).alias("registered_at"),
        sf.to_json(sf.struct(*RECEIVED)).alias("raw"),
        *INGEST_POSITION,
    )
    return judged(typed, columns=("user_id", "device_id", "mac_address", "registered_at"), rules=RULES)
