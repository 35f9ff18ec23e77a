"""Logins and logouts at the door of a gym, keyed by the MAC address of the member's device."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.event_time import event_time
from fitness.identifiers import MAC_FORM, mac_address, numeric_id
from fitness.rules import INGEST_POSITION, VERDICT_SCHEMA, clock_rules, judged, without_kafka_position

RECEIVED = ("mac_address", "gym", "login", "logout", "_rescued_data")
LANDING = ", ".join(f"{column} STRING" for column in RECEIVED)

CHECKED = f"""
    mac_address STRING COMMENT 'MAC address at the door, lower case with colons',
    gym BIGINT COMMENT 'Gym',
    login TIMESTAMP COMMENT 'When the member came',
    logout TIMESTAMP COMMENT 'When the member left; NULL as long as nobody said so',
    {VERDICT_SCHEMA}"""

RULES = {
    "mac_address_has_six_pairs": f"mac_address RLIKE '{MAC_FORM}'",
    "gym_is_a_number": "gym IS NOT NULL",
    **clock_rules("login"),
    "logout_readable": "logout IS NOT NULL OR coalesce(trim(logout_text), '') = ''",
    "logout_after_login": "coalesce(logout > login, true)",
    "logout_not_in_future": "coalesce(logout <= ingested_at + INTERVAL 5 MINUTES, true)",
}


def checked_gym_logins(received: DataFrame) -> DataFrame:
    """Every line of the door, typed, with the rules it violates."""
    typed = without_kafka_position(received).select(
        mac_address(sf.col("mac_address")).alias("mac_address"),
        numeric_id(sf.col("gym")).alias("gym"),
        event_time(sf.col("login")).alias("login"),
        event_time(sf.col("logout")).alias("logout"),
        sf.col("logout").alias("logout_text"),
        sf.to_json(sf.struct(*RECEIVED)).alias("raw"),
        *INGEST_POSITION,
    )
    return judged(typed, columns=("mac_address", "gym", "login", "logout"), rules=RULES)
