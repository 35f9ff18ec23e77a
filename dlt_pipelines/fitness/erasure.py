"""Which rows of bronze are about a member: what has to go when the member asks to be forgotten.

A row is found by a hash of what was received, because neither files nor Kafka positions are keys. Rows that cannot be
read (broken JSON, unknown topics, no id) are about nobody that could be found here. A message that says no more than
that a member was deleted is kept: it keeps later deliveries about the member out of silver.
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
    from collections.abc import Callable

    from fitness.settings import Settings

_LINEAGE = ("source_file", "ingested_at")
_REGISTRATION = ("user_id", "device_id", "mac_address", "registered_at")
_LOGIN = ("mac_address", "device_id", "login", "logout")
_FIELDS_OF_A_PLAIN_DELETE = ("user_id", "update_type", "timestamp")


@dataclass(frozen=True, slots=True)
class Bronze:
    """The tables of bronze that hold rows about members."""

    registered_users_bz: DataFrame
    gym_logins_bz: DataFrame
    kafka_multiplex_bz: DataFrame
    daily_activity_bz: DataFrame


@dataclass(frozen=True, slots=True)
class Checked:
    """Rows of bronze as the pipeline reads them: whom they are about, and in `source_file` their `row_key`."""

    registrations: DataFrame
    registration_events: DataFrame
    gym_logins: DataFrame
    gym_login_events: DataFrame
    profile_messages: DataFrame
    workout_messages: DataFrame
    heart_rate_messages: DataFrame
    daily_activity: DataFrame


def checked_rows(bronze: Bronze, settings: Settings, kept: Callable[[DataFrame], DataFrame]) -> Checked:
    """Each feed read once; `kept` gives back the same rows from where reading them again costs nothing."""
    envelopes = _traced(bronze.kafka_multiplex_bz.where(~_is_plain_delete()))

    def read(checked: DataFrame, *columns: str) -> DataFrame:
        return kept(checked.select(*columns, "is_quarantined", "source_file"))

    return Checked(
        registrations=read(checked_registrations(_traced(bronze.registered_users_bz), settings), *_REGISTRATION),
        registration_events=read(checked_registration_events(envelopes, settings), *_REGISTRATION),
        gym_logins=read(checked_gym_logins(_traced(bronze.gym_logins_bz), settings), *_LOGIN),
        gym_login_events=read(checked_gym_login_events(envelopes, settings), *_LOGIN),
        profile_messages=read(checked_profile_messages(envelopes, settings), "user_id"),
        workout_messages=read(checked_workout_messages(envelopes, settings), "user_id"),
        heart_rate_messages=read(checked_heart_rate_messages(envelopes, settings), "device_id", "event_time"),
        daily_activity=read(checked_daily_activity(_traced(bronze.daily_activity_bz), settings), "user_id"),
    )


def row_key(rows: DataFrame) -> Column:
    """What was received, as a SHA-256; rows with the same key say the same about the same member."""
    received = [sf.col(f"`{name}`") for name in rows.columns if name not in _LINEAGE]
    return sf.sha2(sf.to_json(sf.struct(*received)), 256)


def rows_about(members: DataFrame, checked: Checked) -> dict[str, DataFrame]:
    """Keys (`row_key`) of the rows about `members` (`user_id`), by table of bronze; each key once.

    Readings and log-ins count for whoever wore the device then, also after a delete, until somebody else registers it;
    rejected ones, whose time may be wrong, for everybody who ever wore it.
    """
    registrations = valid(checked.registrations.unionByName(checked.registration_events))
    messages = [
        _of(members, checked.registration_events),
        _of(members, checked.profile_messages),
        _of(members, checked.workout_messages),
        _worn_by(members, checked.heart_rate_messages, registrations),
        _at_the_door_of(members, checked.gym_login_events, registrations),
    ]
    return {
        "registered_users_bz": _keys(_of(members, checked.registrations)),
        "gym_logins_bz": _keys(_at_the_door_of(members, checked.gym_logins, registrations)),
        "kafka_multiplex_bz": reduce(DataFrame.unionByName, map(_keys, messages)).distinct(),
        "daily_activity_bz": _keys(_of(members, checked.daily_activity)),
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
    """`rows` of a device while it was assigned, and all that were rejected."""
    timed = rows.withColumn("_at", at)
    worn = assignments.select(key, "valid_from", "valid_to").withColumnRenamed(key, "_worn")
    until = sf.col("valid_to").isNull() | (sf.col("_at") < sf.col("valid_to"))
    then = (sf.col("_at") >= sf.col("valid_from")) & until
    return timed.join(worn, (sf.col(key) == sf.col("_worn")) & (then | sf.col("is_quarantined")), "left_semi")


def _is_plain_delete() -> Column:
    """Whether a message names the member and the delete, and nothing else."""
    fields = sf.json_object_keys("value")
    known = sf.array(*map(sf.lit, _FIELDS_OF_A_PLAIN_DELETE))
    names_nothing_else = sf.size(sf.array_except(fields, known)) == 0
    is_delete = sf.get_json_object("value", "$.update_type") == "delete"
    return sf.coalesce((sf.col("topic") == "user_info") & is_delete & names_nothing_else, sf.lit(False))
