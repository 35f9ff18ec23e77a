"""Messages of a workout: a session starts or stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.envelope import MESSAGE_COLUMNS, MESSAGE_SCHEMA, messages
from fitness.event_time import event_time, event_time_doubt
from fitness.identifiers import numeric_id
from fitness.json_text import rescued, with_json_object
from fitness.rules import INGEST_POSITION, VERDICT_SCHEMA, judged, valid

if TYPE_CHECKING:
    from fitness.settings import Settings

FIELDS = ("user_id", "workout_id", "timestamp", "action", "session_id")

EVENTS = """
    user_id BIGINT COMMENT 'Member',
    workout_id BIGINT COMMENT 'Kind of workout as the device counts it',
    session_id BIGINT COMMENT 'Session as the device counts it; begins at 1 for each member',
    event_time TIMESTAMP COMMENT 'When the session started or stopped',
    action STRING COMMENT 'start or stop'"""
CHECKED = f"{EVENTS}, {MESSAGE_SCHEMA}, {VERDICT_SCHEMA}"

COLUMNS = ("user_id", "workout_id", "session_id", "event_time", "action")


def checked_workout_messages(envelopes: DataFrame, settings: Settings) -> DataFrame:
    """Every workout message, typed, with the rules it violates; what it says of exercises is kept as rescued data."""
    received = with_json_object(messages(envelopes, "workout"), text="text", fields=FIELDS, into="message")
    time, zone = sf.col("message.timestamp"), settings.local_time_zone
    typed = received.select(
        *(numeric_id(sf.col(f"message.{name}")).alias(name) for name in ("user_id", "workout_id", "session_id")),
        event_time(time, zone).alias("event_time"),
        event_time_doubt(time, zone).alias("event_time_doubt"),
        sf.lower(sf.trim("message.action")).alias("action"),
        rescued("message_unknown").alias("rescued_data"),
        "message",
        "event_id",
        "event_is_complete",
        "raw",
        *INGEST_POSITION,
    )
    columns = (*COLUMNS, *MESSAGE_COLUMNS)
    return judged(typed, columns=columns, data_set="workout_checked", clocks=("event_time",))


def workout_events(checked: DataFrame) -> DataFrame:
    """Each start and stop once, however often it was sent."""
    return valid(checked).select(*COLUMNS).distinct()
