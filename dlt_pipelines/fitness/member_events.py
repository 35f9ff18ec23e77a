"""Events of each feed, parted into those of members and those of people who were deleted at that time.

`checked` is the checked table of the feed, `registered` that of the registrations, `absences` when who was no member.
Functions named `..._of_members` give the valid rows, those named `..._of_deleted_members` rows of the quarantine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.calendar_days import last_instant
from fitness.deleted_members import device_absences, of_deleted_members, of_members
from fitness.device_owners import owners
from fitness.gym_visits import with_mac_address
from fitness.rules import valid

if TYPE_CHECKING:
    from fitness.settings import Settings

_REGISTRATION = ("user_id", "device_id", "mac_address", "registered_at")
_LOGIN = ("mac_address", "gym", "login", "logout")
_WORKOUT_EVENT = ("user_id", "workout_id", "session_id", "event_time", "action")
_READING = ("device_id", "event_time", "bpm")
_DAY = ("user_id", "date", "steps", "calories_burned", "distance_km", "active_minutes", "sleep_hours", "heart_rate_avg")


def registrations_of_members(checked: DataFrame, absences: DataFrame) -> DataFrame:
    """Who registers while deleted gets no device by it."""
    return of_members(valid(checked), absences, key="user_id", at=sf.col("registered_at"))


def registrations_of_deleted_members(checked: DataFrame, absences: DataFrame) -> DataFrame:
    """By the time of the registration."""
    return of_deleted_members(checked, absences, key="user_id", at=sf.col("registered_at"), columns=_REGISTRATION)


def logins_of_members(checked: DataFrame, registered: DataFrame, absences: DataFrame) -> DataFrame:
    """Lines and events of the door, also of people whom nobody knows; a logout in the same line goes with its login."""
    away = _absences_at_the_door(registered, absences)
    keyed = with_mac_address(valid(checked), registrations_of_members(registered, absences))
    return of_members(keyed, away, key="mac_address", at=sf.coalesce("login", "logout"))


def logins_of_deleted_members(checked: DataFrame, registered: DataFrame, absences: DataFrame) -> DataFrame:
    """By the time of the login, or of the event of a logout."""
    away, at = _absences_at_the_door(registered, absences), sf.coalesce("login", "logout")
    keyed = with_mac_address(checked, registrations_of_members(registered, absences))
    return of_deleted_members(keyed, away, key="mac_address", at=at, columns=_LOGIN)


def workout_messages_of_members(checked: DataFrame, absences: DataFrame) -> DataFrame:
    """Starts and stops."""
    return of_members(valid(checked), absences, key="user_id", at=sf.col("event_time"))


def workout_messages_of_deleted_members(checked: DataFrame, absences: DataFrame) -> DataFrame:
    """By the time of the start or stop."""
    return of_deleted_members(checked, absences, key="user_id", at=sf.col("event_time"), columns=_WORKOUT_EVENT)


def readings_of_members(checked: DataFrame, user_devices: DataFrame, absences: DataFrame) -> DataFrame:
    """Readings, also of devices whose wearer nobody knows."""
    away = device_absences(user_devices, absences, of="device_id")
    return of_members(valid(checked), away, key="device_id", at=sf.col("event_time"))


def readings_of_deleted_members(checked: DataFrame, user_devices: DataFrame, absences: DataFrame) -> DataFrame:
    """By the time of the reading and who wore the device then."""
    away = device_absences(user_devices, absences, of="device_id")
    return of_deleted_members(checked, away, key="device_id", at=sf.col("event_time"), columns=_READING)


def days_of_members(checked: DataFrame, absences: DataFrame, settings: Settings) -> DataFrame:
    """Records of days that ended while the person was a member."""
    end = last_instant(sf.col("date"), settings.time_zone)
    return of_members(valid(checked), absences, key="user_id", at=end)


def days_of_deleted_members(checked: DataFrame, absences: DataFrame, settings: Settings) -> DataFrame:
    """By the end of the day: the day of the delete is not a member's, that of the return is."""
    end = last_instant(sf.col("date"), settings.time_zone)
    return of_deleted_members(checked, absences, key="user_id", at=end, columns=_DAY)


def _absences_at_the_door(registered: DataFrame, absences: DataFrame) -> DataFrame:
    worn = owners(registrations_of_members(registered, absences), of="mac_address")
    return device_absences(worn, absences, of="mac_address")
