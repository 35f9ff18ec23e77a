"""Which rows of bronze are about a member: what has to go when the member asks to be forgotten.

A row is found by a hash of what was received, because neither files nor Kafka positions are keys. Rows that no rule
can read (no JSON, no user id) are about nobody that could be found here. A message that says no more than that a
member was deleted is kept: it keeps later deliveries about the member out of silver.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.daily_activity import checked_daily_activity
from fitness.device_owners import owners
from fitness.gym_logins import checked_gym_login_events, checked_gym_logins
from fitness.gym_visits import with_mac_address
from fitness.heart_rate_messages import checked_heart_rate_messages
from fitness.profile_messages import checked_profile_messages
from fitness.registrations import checked_registration_events, checked_registrations
from fitness.rules import valid
from fitness.workout_messages import checked_workout_messages

if TYPE_CHECKING:
    from fitness.settings import Settings

_LINEAGE = ("source_file", "ingested_at")
_FIELDS_OF_A_PLAIN_DELETE = ("user_id", "update_type", "timestamp")


@dataclass(frozen=True, slots=True)
class Bronze:
    """The tables of bronze that hold rows about members."""

    registered_users_bz: DataFrame
    gym_logins_bz: DataFrame
    kafka_multiplex_bz: DataFrame
    daily_activity_bz: DataFrame


def row_key(rows: DataFrame) -> Column:
    """What was received, as a SHA-256; rows with the same key say the same about the same member."""
    received = [sf.col(f"`{name}`") for name in rows.columns if name not in _LINEAGE]
    return sf.sha2(sf.to_json(sf.struct(*received)), 256)


def rows_about(members: DataFrame, bronze: Bronze, settings: Settings) -> dict[str, DataFrame]:
    """Keys (`row_key`) of the rows about `members` (`user_id`), by table of bronze; each key once.

    Delete in this order: registrations, which say who wore a device, go last.
    Readings and log-ins count for whoever wore the device then, also after a delete, until somebody else registers it.
    """
    envelopes = _traced(bronze.kafka_multiplex_bz.where(~_is_plain_delete()))
    registered = checked_registrations(_traced(bronze.registered_users_bz), settings)
    registered_by_message = checked_registration_events(envelopes, settings)
    registrations = valid(registered.unionByName(registered_by_message))
    door = (
        checked_gym_logins(_traced(bronze.gym_logins_bz), settings),
        checked_gym_login_events(envelopes, settings),
    )
    lines, door_messages = (_at_the_door_of(members, logins, registrations) for logins in door)
    of_members = [
        registered_by_message,
        checked_profile_messages(envelopes, settings),
        checked_workout_messages(envelopes, settings),
    ]
    messages = [
        *(_of(members, checked) for checked in of_members),
        _worn_by(members, checked_heart_rate_messages(envelopes, settings), registrations),
        door_messages,
    ]
    return {
        "gym_logins_bz": _keys(lines),
        "daily_activity_bz": _keys(_of(members, checked_daily_activity(_traced(bronze.daily_activity_bz), settings))),
        "kafka_multiplex_bz": reduce(DataFrame.unionByName, map(_keys, messages)).distinct(),
        "registered_users_bz": _keys(_of(members, registered)),
    }


def _traced(rows: DataFrame) -> DataFrame:
    """The checks carry the file of a row along; here it is the row's key."""
    return rows.withColumn("source_file", row_key(rows))


def _keys(rows: DataFrame) -> DataFrame:
    return rows.select(sf.col("source_file").alias("row_key")).distinct()


def _of(members: DataFrame, checked: DataFrame) -> DataFrame:
    return checked.join(members, "user_id", "left_semi")


def _worn_by(members: DataFrame, readings: DataFrame, registrations: DataFrame) -> DataFrame:
    return _in_time(readings, _of(members, owners(registrations, of="device_id")), "device_id", sf.col("event_time"))


def _at_the_door_of(members: DataFrame, logins: DataFrame, registrations: DataFrame) -> DataFrame:
    worn = _of(members, owners(registrations, of="mac_address"))
    return _in_time(with_mac_address(logins, registrations), worn, "mac_address", sf.coalesce("login", "logout"))


def _in_time(rows: DataFrame, assignments: DataFrame, key: str, at: Column) -> DataFrame:
    """`rows` of a device while it was assigned."""
    timed = rows.withColumn("_at", at)
    worn = assignments.select(key, "valid_from", "valid_to").withColumnRenamed(key, "_worn")
    until = sf.col("valid_to").isNull() | (sf.col("_at") < sf.col("valid_to"))
    return timed.join(worn, (sf.col(key) == sf.col("_worn")) & (sf.col("_at") >= sf.col("valid_from")) & until, "semi")


def _is_plain_delete() -> Column:
    """Whether a message names the member and the delete, and nothing else."""
    fields = sf.json_object_keys("value")
    known = sf.array(*map(sf.lit, _FIELDS_OF_A_PLAIN_DELETE))
    names_nothing_else = sf.size(sf.array_except(fields, known)) == 0
    is_delete = sf.get_json_object("value", "$.update_type") == "delete"
    return sf.coalesce((sf.col("topic") == "user_info") & is_delete & names_nothing_else, sf.lit(False))
