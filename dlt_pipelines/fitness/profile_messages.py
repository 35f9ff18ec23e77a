"""Messages about a member's profile: new, update or delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.database_changes import ADDED_FIELDS, day_of, with_change
from fitness.envelope import MESSAGE_COLUMNS, MESSAGE_SCHEMA, messages
from fitness.event_time import event_time, event_time_doubt
from fitness.identifiers import numeric_id
from fitness.json_text import rescued, with_json_object
from fitness.rules import INGEST_POSITION, VERDICT_SCHEMA, judged, valid

if TYPE_CHECKING:
    from fitness.settings import Settings

PERSON = ("dob", "sex", "gender", "first_name", "last_name")
ADDRESS = ("street_address", "city", "state", "zip")
PROFILE = (*PERSON, *ADDRESS)
CHANGE = ("user_id", "update_type", "action", "timestamp")
FIELDS = (*CHANGE, *PROFILE, "address", "user_profile", *ADDED_FIELDS)

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
    update_type STRING COMMENT 'new, update or delete; tombstone, truncate or message: changes no profile',
    event_time TIMESTAMP COMMENT 'When the profile changed',
    sequence BIGINT COMMENT 'Orders changes of one instant: place in the log of the database, else the Kafka offset',
    {PROFILE_SCHEMA},
    {MESSAGE_SCHEMA},
    {VERDICT_SCHEMA}"""

CHANGES = ("new", "update", "delete")
NO_CHANGES = ("tombstone", "truncate", "message")


def checked_profile_messages(envelopes: DataFrame, settings: Settings) -> DataFrame:
    """Every profile message, typed, with the rules it violates.

    A message is flat, or has its profile in `user_profile` and its address in `address`, or is a change of the
    database's table.
    """
    received = with_change(messages(envelopes, "user_info"))
    message = with_json_object(received, text="text", fields=FIELDS, into="message")
    person = with_json_object(message, text="message.user_profile", fields=(*PERSON, "address"), into="person")
    located = person.withColumn("address_text", sf.coalesce("message.address", "person.address"))
    address = with_json_object(located, text="address_text", fields=ADDRESS, into="address")
    time = sf.coalesce("change.at", "message.timestamp")
    zone = settings.local_time_zone
    texts = {name: sf.coalesce(f"message.{name}", f"person.{name}") for name in PERSON}
    texts |= {name: sf.coalesce(f"address.{name}", f"message.{name}") for name in ADDRESS}
    typed = address.select(
        numeric_id(sf.col("message.user_id")).alias("user_id"),
        _update_type().alias("update_type"),
        event_time(time, zone).alias("event_time"),
        event_time_doubt(time, zone).alias("event_time_doubt"),
        sf.coalesce("change.sequence", "event_sequence", "offset").alias("sequence"),
        _birth_date(texts["dob"]).alias("dob"),
        *(texts[name].alias(name) for name in PROFILE if name not in ("dob", "zip")),
        texts["zip"].try_cast("int").alias("zip"),
        texts["dob"].alias("dob_text"),
        texts["zip"].alias("zip_text"),
        _rescued().alias("rescued_data"),
        "message",
        "event_id",
        "event_is_complete",
        "raw",
        *INGEST_POSITION,
    )
    columns = ("user_id", "update_type", "event_time", "sequence", *PROFILE, *MESSAGE_COLUMNS)
    return judged(typed, columns=columns, data_set="user_info_checked", clocks=("event_time",))


def profile_changes(checked: DataFrame) -> DataFrame:
    """The changes to apply to the profiles; two changes of one instant are in the order of their sequence."""
    changes = valid(checked).where(sf.col("update_type").isin(*CHANGES))
    updated_at = sf.col("event_time").alias("updated_at")
    return changes.select("user_id", "update_type", *PROFILE, updated_at, sequence().alias("offset"))


def sequence() -> Column:
    """The order of a member's changes of one instant."""
    return sf.coalesce("sequence", "offset", sf.lit(-1))


def _update_type() -> Column:
    registers = sf.when(sf.lower(sf.trim("message.action")) == "register", "new")
    stated = sf.coalesce(sf.lower(sf.trim("message.update_type")), registers, sf.lower(sf.trim("message.action")))
    says_nothing = sf.col("text").isNull() & sf.col("change").isNull() & sf.col("names_its_subject")
    return sf.when(says_nothing, "tombstone").otherwise(sf.coalesce("change.kind", stated))


def _birth_date(text: Column) -> Column:
    forms = [sf.try_to_date(text, form) for form in ("M/d/yyyy", "yyyy-MM-dd")]
    return sf.coalesce(*forms, sf.when(sf.col("change").isNotNull(), day_of(text)))


def _rescued() -> Column:
    def unread(name: str, text: str) -> Column:
        """What a nested object says beyond its fields; all of it if it is no object."""
        return sf.coalesce(rescued(f"{name}_unknown"), sf.when(sf.col(name).isNull(), sf.col(text)))

    nested = {"user_profile": unread("person", "message.user_profile"), "address": unread("address", "address_text")}
    return rescued("message_unknown", nested)
