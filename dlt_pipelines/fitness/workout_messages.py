"""Messages of a workout: a session starts or stops."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.envelope import messages
from fitness.event_time import event_time
from fitness.identifiers import numeric_id
from fitness.json_text import with_json_object
from fitness.rules import INGEST_POSITION, VERDICT_SCHEMA, clock_rules, judged, valid

MESSAGE = "user_id: STRING, workout_id: STRING, timestamp: STRING, action: STRING, session_id: STRING"

EVENTS = """
    user_id BIGINT COMMENT 'Member',
    workout_id BIGINT COMMENT 'Kind of workout as the device counts it',
    session_id BIGINT COMMENT 'Session as the device counts it; begins at 1 for each member',
    event_time TIMESTAMP COMMENT 'When the session started or stopped',
    action STRING COMMENT 'start or stop'"""
CHECKED = f"{EVENTS}, {VERDICT_SCHEMA}"

RULES = {
    "message_is_one_json_object": "message IS NOT NULL",
    "user_id_is_a_number": "user_id IS NOT NULL",
    "workout_id_is_a_number": "workout_id IS NOT NULL",
    "session_id_is_a_number": "session_id IS NOT NULL",
    "action_is_start_or_stop": "action IN ('start', 'stop')",
    **clock_rules("event_time"),
}

COLUMNS = ("user_id", "workout_id", "session_id", "event_time", "action")


def checked_workout_messages(envelopes: DataFrame) -> DataFrame:
    """Every workout message, typed, with the rules it violates."""
    received = with_json_object(messages(envelopes, "workout"), text="raw", fields=MESSAGE, into="message")
    typed = received.select(
        *(numeric_id(sf.col(f"message.{name}")).alias(name) for name in ("user_id", "workout_id", "session_id")),
        event_time(sf.col("message.timestamp")).alias("event_time"),
        sf.lower(sf.trim("message.action")).alias("action"),
        "message",
        "raw",
        *INGEST_POSITION,
    )
    return judged(typed, columns=COLUMNS, rules=RULES)


def workout_events(checked: DataFrame) -> DataFrame:
    """Each start and stop once, however often it was sent."""
    return valid(checked).select(*COLUMNS).distinct()
