"""Messages about a member's profile: new, update or delete."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.envelope import messages
from fitness.event_time import event_time
from fitness.identifiers import numeric_id
from fitness.json_text import with_json_object
from fitness.rules import INGEST_POSITION, VERDICT_SCHEMA, clock_rules, judged, valid, violated

MESSAGE = """
    user_id: STRING, update_type: STRING, timestamp: STRING, dob: STRING, sex: STRING, gender: STRING,
    first_name: STRING, last_name: STRING,
    address: STRUCT<street_address: STRING, city: STRING, state: STRING, zip: STRING>"""

PROFILE_SCHEMA = """
    dob DATE COMMENT 'Date of birth; NULL if unreadable',
    sex STRING COMMENT 'Sex as stated',
    gender STRING COMMENT 'Gender as stated',
    first_name STRING COMMENT 'First name',
    last_name STRING COMMENT 'Last name',
    street_address STRING COMMENT 'Street and number',
    city STRING COMMENT 'City',
    state STRING COMMENT 'State',
    zip INT COMMENT 'Postal code; NULL if it is no number'"""
USER_PROFILE = f"user_id BIGINT COMMENT 'Member', {PROFILE_SCHEMA}"
USER_PROFILE_HISTORY = f"""{USER_PROFILE},
    __START_AT STRUCT<updated_at: TIMESTAMP, offset: BIGINT> COMMENT 'Change from which the version holds',
    __END_AT STRUCT<updated_at: TIMESTAMP, offset: BIGINT> COMMENT 'Change that ended it; NULL for the current one'"""

CHECKED = f"""
    user_id BIGINT COMMENT 'Member',
    update_type STRING COMMENT 'new, update or delete',
    event_time TIMESTAMP COMMENT 'When the profile changed',
    {PROFILE_SCHEMA},
    flags ARRAY<STRING> COMMENT 'Names of the violated rules that do not reject the message',
    {VERDICT_SCHEMA}"""

RULES = {
    "message_is_one_json_object": "message IS NOT NULL",
    "user_id_is_a_number": "user_id IS NOT NULL",
    "update_type_is_known": "update_type IN ('new', 'update', 'delete')",
    **clock_rules("event_time"),
}

FLAGS = {
    "dob_readable": "dob IS NOT NULL OR message.dob IS NULL",
    "dob_in_the_past_120_years": "coalesce(dob <= event_time AND dob > event_time - INTERVAL 121 YEARS, true)",
    "zip_is_a_number": "zip IS NOT NULL OR message.address.zip IS NULL",
}

PROFILE = ("dob", "sex", "gender", "first_name", "last_name", "street_address", "city", "state", "zip")


def checked_profile_messages(envelopes: DataFrame) -> DataFrame:
    """Every profile message, typed, with the rules it violates."""
    received = with_json_object(messages(envelopes, "user_info"), text="raw", fields=MESSAGE, into="message")
    typed = received.select(
        numeric_id(sf.col("message.user_id")).alias("user_id"),
        sf.lower(sf.trim("message.update_type")).alias("update_type"),
        event_time(sf.col("message.timestamp")).alias("event_time"),
        sf.coalesce(*(sf.try_to_date("message.dob", form) for form in ("M/d/yyyy", "yyyy-MM-dd"))).alias("dob"),
        *(f"message.{name}" for name in ("sex", "gender", "first_name", "last_name")),
        *(f"message.address.{name}" for name in ("street_address", "city", "state")),
        sf.col("message.address.zip").try_cast("int").alias("zip"),
        "message",
        "raw",
        *INGEST_POSITION,
    )
    columns = ("user_id", "update_type", "event_time", *PROFILE, "flags")
    return judged(typed.withColumn("flags", violated(FLAGS)), columns=columns, rules=RULES)


def profile_changes(checked: DataFrame) -> DataFrame:
    """The changes to apply to the profiles; two changes of one instant are in the order of their offsets."""
    offset = sf.coalesce("offset", sf.lit(-1)).alias("offset")
    return valid(checked).select("user_id", "update_type", *PROFILE, sf.col("event_time").alias("updated_at"), offset)
