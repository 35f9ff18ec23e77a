"""Messages of a heart-rate device: one reading each."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.envelope import messages
from fitness.event_time import event_time
from fitness.identifiers import numeric_id
from fitness.json_text import with_json_object
from fitness.rules import INGEST_POSITION, VERDICT_SCHEMA, clock_rules, judged

MESSAGE = "device_id: STRING, time: STRING, heartrate: STRING"

CHECKED = f"""
    device_id BIGINT COMMENT 'Device',
    event_time TIMESTAMP COMMENT 'When the device measured',
    bpm DOUBLE COMMENT 'Beats per minute as received; 0 or NULL without contact',
    envelope_time TIMESTAMP COMMENT 'When Kafka took the message',
    {VERDICT_SCHEMA}"""

RULES = {
    "message_is_one_json_object": "message IS NOT NULL",
    "device_id_is_a_number": "device_id IS NOT NULL",
    **clock_rules("event_time"),
    "heartrate_is_a_number": "bpm IS NOT NULL OR message.heartrate IS NULL",
    "bpm_between_0_and_300": "coalesce(bpm BETWEEN 0 AND 300, true)",
}


def checked_heart_rate_messages(envelopes: DataFrame) -> DataFrame:
    """Every heart-rate message, typed, with the rules it violates."""
    received = with_json_object(messages(envelopes, "bpm"), text="raw", fields=MESSAGE, into="message")
    typed = received.select(
        numeric_id(sf.col("message.device_id")).alias("device_id"),
        event_time(sf.col("message.time")).alias("event_time"),
        sf.col("message.heartrate").try_cast("double").alias("bpm"),
        "message",
        "envelope_time",
        "raw",
        *INGEST_POSITION,
    )
    return judged(typed, columns=("device_id", "event_time", "bpm", "envelope_time"), rules=RULES)
