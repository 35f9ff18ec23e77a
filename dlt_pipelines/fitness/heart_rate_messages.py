"""Messages of a heart-rate device: one reading each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.envelope import MESSAGE_COLUMNS, MESSAGE_SCHEMA, messages
from fitness.event_time import event_time, event_time_doubt
from fitness.identifiers import numeric_id
from fitness.json_text import rescued, with_json_object
from fitness.rules import INGEST_POSITION, VERDICT_SCHEMA, judged

if TYPE_CHECKING:
    from fitness.settings import Settings

FIELDS = ("device_id", "time", "heartrate")

CHECKED = f"""
    device_id BIGINT COMMENT 'Device',
    event_time TIMESTAMP COMMENT 'When the device measured',
    bpm DOUBLE COMMENT 'Beats per minute as received; 0 or NULL without contact',
    envelope_time TIMESTAMP COMMENT 'When Kafka took the message',
    {MESSAGE_SCHEMA},
    {VERDICT_SCHEMA}"""


def checked_heart_rate_messages(envelopes: DataFrame, settings: Settings) -> DataFrame:
    """Every heart-rate message, typed, with the rules it violates."""
    received = with_json_object(messages(envelopes, "bpm"), text="text", fields=FIELDS, into="message")
    time, zone = sf.col("message.time"), settings.local_time_zone
    typed = received.select(
        numeric_id(sf.col("message.device_id")).alias("device_id"),
        event_time(time, zone).alias("event_time"),
        event_time_doubt(time, zone).alias("event_time_doubt"),
        sf.col("message.heartrate").try_cast("double").alias("bpm"),
        rescued("message_unknown").alias("rescued_data"),
        "message",
        "envelope_time",
        "event_id",
        "event_is_complete",
        "raw",
        *INGEST_POSITION,
    )
    columns = ("device_id", "event_time", "bpm", "envelope_time", *MESSAGE_COLUMNS)
    return judged(typed, columns=columns, data_set="bpm_checked", clocks=("event_time",))
