"""How the cases make each data set: which tables they may give, and the pure functions that follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyspark.sql import DataFrame

from fitness import (
    daily_activity,
    data_clock,
    deleted_members,
    device_owners,
    envelope,
    gym_logins,
    gym_summary,
    gym_visits,
    heart_rate,
    heart_rate_messages,
    profile_messages,
    registrations,
    rules,
    workout_heart_rate,
    workout_intervals,
    workout_messages,
    workout_summary,
    workouts,
)
from fitness.landing_files import LINEAGE_SCHEMA
from fitness.settings import Settings

SETTINGS = Settings(landing_path="not read")

GIVEN = {
    "registered_users_bz": f"{registrations.LANDING}, {LINEAGE_SCHEMA}",
    "gym_logins_bz": f"{gym_logins.LANDING}, {LINEAGE_SCHEMA}",
    "kafka_multiplex_bz": f"{envelope.ENVELOPE}, {LINEAGE_SCHEMA}",
    "daily_activity_bz": f"{daily_activity.LANDING}, {LINEAGE_SCHEMA}",
    "registered_users_checked": registrations.CHECKED,
    "gym_logins_checked": gym_logins.CHECKED,
    "bpm_checked": heart_rate_messages.CHECKED,
    "workout_checked": workout_messages.CHECKED,
    "daily_activity_checked": daily_activity.CHECKED,
    "data_clock": data_clock.DATA_CLOCK,
    "user_devices": device_owners.USER_DEVICES,
    "heart_rate": heart_rate.HEART_RATE,
    "workout_events": workout_messages.EVENTS,
    "gym_logs": gym_visits.GYM_LOGS,
    "user_profile": profile_messages.USER_PROFILE,
    "user_profile_history": profile_messages.USER_PROFILE_HISTORY,
}

Given = Callable[[str], DataFrame]


def _gym_logs(given: Given) -> DataFrame:
    logins, owners = given("gym_logins_checked"), given("registered_users_checked")
    return gym_visits.gym_logs(rules.valid(logins), rules.valid(owners), given("data_clock"), SETTINGS)


def _intervals(given: Given) -> DataFrame:
    tables = (given(name) for name in ("workout_events", "data_clock", "heart_rate", "user_devices"))
    return workout_intervals.workout_intervals(*tables, SETTINGS)


def _workouts(given: Given) -> DataFrame:
    return workouts.workouts(_intervals(given), given("workout_events"), SETTINGS)


def _workout_bpm(given: Given) -> DataFrame:
    return workout_heart_rate.workout_bpm(given("heart_rate"), _intervals(given), given("user_devices"), SETTINGS)


def _present(rows: DataFrame, given: Given) -> DataFrame:
    return deleted_members.without_deleted_members(rows, given("user_profile_history"))


def _workout_bpm_summary(given: Given) -> DataFrame:
    completed = _present(workouts.completed_workouts(_workouts(given)), given)
    return workout_summary.workout_bpm_summary(completed, _workout_bpm(given), given("user_profile"), SETTINGS)


def _gym_summary(given: Given) -> DataFrame:
    return gym_summary.gym_summary(_present(given("gym_logs"), given), _intervals(given), _workouts(given), SETTINGS)


RESULTS: Mapping[str, tuple[str, Callable[[Given], DataFrame]]] = {
    "registered_users_checked": (
        registrations.CHECKED,
        lambda given: registrations.checked_registrations(given("registered_users_bz")),
    ),
    "gym_logins_checked": (gym_logins.CHECKED, lambda given: gym_logins.checked_gym_logins(given("gym_logins_bz"))),
    "user_info_checked": (
        profile_messages.CHECKED,
        lambda given: profile_messages.checked_profile_messages(given("kafka_multiplex_bz")),
    ),
    "bpm_checked": (
        heart_rate_messages.CHECKED,
        lambda given: heart_rate_messages.checked_heart_rate_messages(given("kafka_multiplex_bz")),
    ),
    "workout_checked": (
        workout_messages.CHECKED,
        lambda given: workout_messages.checked_workout_messages(given("kafka_multiplex_bz")),
    ),
    "daily_activity_checked": (
        daily_activity.CHECKED,
        lambda given: daily_activity.checked_daily_activity(given("daily_activity_bz")),
    ),
    "kafka_multiplex_quarantine": (
        rules.QUARANTINE_SCHEMA,
        lambda given: envelope.rejected_envelopes(given("kafka_multiplex_bz")),
    ),
    "bpm_quarantine": (rules.QUARANTINE_SCHEMA, lambda given: rules.quarantine(given("bpm_checked"))),
    "user_devices": (
        device_owners.USER_DEVICES,
        lambda given: device_owners.user_devices(rules.valid(given("registered_users_checked"))),
    ),
    "users": (
        device_owners.USERS,
        lambda given: device_owners.first_registrations(rules.valid(given("registered_users_checked"))),
    ),
    "gym_logs": (gym_visits.GYM_LOGS, _gym_logs),
    "workout_events": (
        workout_messages.EVENTS,
        lambda given: workout_messages.workout_events(given("workout_checked")),
    ),
    "workout_intervals": (workout_intervals.WORKOUT_INTERVALS, _intervals),
    "workouts": (workouts.WORKOUTS, _workouts),
    "heart_rate": (
        heart_rate.HEART_RATE,
        lambda given: heart_rate.heart_rate(rules.valid(given("bpm_checked"))),
    ),
    "workout_bpm": (workout_heart_rate.WORKOUT_BPM, _workout_bpm),
    "daily_activity": (
        daily_activity.DAY,
        lambda given: daily_activity.daily_activity(given("daily_activity_checked")),
    ),
    "workout_bpm_summary": (workout_summary.WORKOUT_BPM_SUMMARY, _workout_bpm_summary),
    "gym_summary": (gym_summary.GYM_SUMMARY, _gym_summary),
}
