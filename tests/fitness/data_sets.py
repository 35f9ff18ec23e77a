"""How the cases make each data set: which tables they may give, and the pure functions that follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame

from fitness import (
    activity_summary,
    daily_activity,
    daily_heart_rate,
    data_clock,
    deleted_members,
    device_health,
    device_owners,
    engagement,
    envelope,
    gym_days,
    gym_logins,
    gym_occupancy,
    gym_stays,
    gym_summary,
    gym_visits,
    gyms,
    health_alerts,
    heart_rate,
    heart_rate_anomalies,
    heart_rate_messages,
    heart_rate_recovery,
    heart_rate_windows,
    member_lives,
    profile_messages,
    registrations,
    retention,
    rules,
    training_load,
    user_bins,
    workout_completion,
    workout_heart_rate,
    workout_intervals,
    workout_messages,
    workout_steps,
    workout_summary,
    workouts,
    worn_heart_rate,
)
from fitness.landing_files import LINEAGE_SCHEMA
from fitness.settings import Settings

SETTINGS = Settings(landing_path="not read")

Table = Callable[[str], DataFrame]

SOURCES: Mapping[str, str] = {
    "registered_users_bz": f"{registrations.LANDING}, {LINEAGE_SCHEMA}",
    "gym_logins_bz": f"{gym_logins.LANDING}, {LINEAGE_SCHEMA}",
    "gyms_bz": f"{gyms.LANDING}, {LINEAGE_SCHEMA}",
    "kafka_multiplex_bz": f"{envelope.ENVELOPE}, {LINEAGE_SCHEMA}",
    "daily_activity_bz": f"{daily_activity.LANDING}, {LINEAGE_SCHEMA}",
    "data_clock": data_clock.DATA_CLOCK,
    "user_profile_latest": profile_messages.USER_PROFILE,
    "user_profile_versions": profile_messages.USER_PROFILE_HISTORY,
}
"""Tables that a case can only give."""


def _gym_logs(table: Table) -> DataFrame:
    logins, registered = table("gym_logins_checked"), table("registered_users_checked")
    return gym_visits.gym_logs(rules.valid(logins), rules.valid(registered), table("data_clock"), SETTINGS)


def _intervals(table: Table) -> DataFrame:
    names = ("workout_steps", "data_clock", "heart_rate", "user_devices")
    steps, clock, readings, devices = (table(name) for name in names)
    return workout_intervals.workout_intervals(steps, clock, readings, devices, SETTINGS)


def _workout_bpm(table: Table) -> DataFrame:
    readings, intervals = table("heart_rate"), table("workout_intervals")
    return workout_heart_rate.workout_bpm(readings, intervals, table("user_devices"), SETTINGS)


def _workout_bpm_summary(table: Table) -> DataFrame:
    completed = workouts.completed_workouts(_present(table, "workouts"))
    names = ("workout_intervals", "heart_rate", "user_devices", "workout_bpm")
    recovery = heart_rate_recovery.heart_rate_recovery(*(table(name) for name in names))
    readings, profiles, days = table("workout_bpm"), table("user_profile"), table("hr_daily")
    return workout_summary.workout_bpm_summary(completed, readings, profiles, recovery, days, SETTINGS)


def _gym_summary(table: Table) -> DataFrame:
    visits = _present(table, "gym_logs")
    return gym_summary.gym_summary(visits, table("workout_intervals"), table("workouts"), SETTINGS)


def _gym_stays(table: Table) -> DataFrame:
    return gym_stays.gym_stays(table("gym_logs"), table("gyms"), table("data_clock"), SETTINGS)


def _gym_occupancy_15m(table: Table) -> DataFrame:
    return gym_occupancy.gym_occupancy_15m(table("gym_stays"), table("gyms"), table("data_clock"), SETTINGS)


def _gym_daily(table: Table) -> DataFrame:
    return gym_days.gym_daily(table("gym_stays"), table("gym_occupancy_15m"), SETTINGS)


def _user_engagement_daily(table: Table) -> DataFrame:
    visits, trained, members = (_present(table, name) for name in ("gym_logs", "workouts", "users"))
    return engagement.user_engagement_daily(visits, trained, members, table("data_clock"), SETTINGS)


def _retention_cohorts(table: Table) -> DataFrame:
    visits, trained, members = (table(name) for name in ("gym_logs", "workouts", "users"))
    return retention.retention_cohorts(visits, trained, members, table("data_clock"), SETTINGS)


def _daily_activity_summary(table: Table) -> DataFrame:
    days, visits, trained = (_present(table, name) for name in ("daily_activity", "gym_logs", "workouts"))
    return activity_summary.daily_activity_summary(days, visits, trained, SETTINGS)


def _present(table: Table, name: str) -> DataFrame:
    return deleted_members.without_deleted_members(table(name), table("user_profile_history"))


def _worn_heart_rate(table: Table) -> DataFrame:
    readings, intervals = table("heart_rate"), table("workout_intervals")
    return worn_heart_rate.worn_heart_rate(readings, intervals, table("user_devices"), SETTINGS)


def _training_load_daily(table: Table) -> DataFrame:
    return training_load.training_load_daily(table("workout_bpm_summary"), table("data_clock"), SETTINGS)


def _workout_completion_daily(table: Table) -> DataFrame:
    return workout_completion.workout_completion_daily(_present(table, "workouts"), SETTINGS)


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set as the pipeline declares it."""

    schema: str
    query: Callable[[Table], DataFrame]


MADE_ON_THE_WAY = (
    "workout_steps",
    "workout_intervals",
    "workouts",
    "workout_bpm",
    "worn_heart_rate",
    "gym_stays",
    "gym_occupancy_15m",
)

DATA_SETS: Mapping[str, DataSet] = {
    "registered_users_checked": DataSet(
        registrations.CHECKED,
        lambda table: registrations.checked_registrations(table("registered_users_bz")),
    ),
    "gym_logins_checked": DataSet(
        gym_logins.CHECKED,
        lambda table: gym_logins.checked_gym_logins(table("gym_logins_bz")),
    ),
    "user_info_checked": DataSet(
        profile_messages.CHECKED,
        lambda table: profile_messages.checked_profile_messages(table("kafka_multiplex_bz")),
    ),
    "bpm_checked": DataSet(
        heart_rate_messages.CHECKED,
        lambda table: heart_rate_messages.checked_heart_rate_messages(table("kafka_multiplex_bz")),
    ),
    "workout_checked": DataSet(
        workout_messages.CHECKED,
        lambda table: workout_messages.checked_workout_messages(table("kafka_multiplex_bz")),
    ),
    "daily_activity_checked": DataSet(
        daily_activity.CHECKED,
        lambda table: daily_activity.checked_daily_activity(table("daily_activity_bz")),
    ),
    "kafka_multiplex_quarantine": DataSet(
        rules.QUARANTINE_SCHEMA,
        lambda table: envelope.rejected_envelopes(table("kafka_multiplex_bz")),
    ),
    "bpm_quarantine": DataSet(rules.QUARANTINE_SCHEMA, lambda table: rules.quarantine(table("bpm_checked"))),
    "user_devices": DataSet(
        device_owners.USER_DEVICES,
        lambda table: device_owners.user_devices(rules.valid(table("registered_users_checked"))),
    ),
    "users": DataSet(
        device_owners.USERS,
        lambda table: device_owners.first_registrations(rules.valid(table("registered_users_checked"))),
    ),
    "gym_logs": DataSet(gym_visits.GYM_LOGS, _gym_logs),
    "workout_events": DataSet(
        workout_messages.EVENTS,
        lambda table: workout_messages.workout_events(table("workout_checked")),
    ),
    "workout_steps": DataSet(
        workout_steps.WORKOUT_STEPS,
        lambda table: workout_steps.workout_steps(table("workout_events"), SETTINGS),
    ),
    "workout_intervals": DataSet(workout_intervals.WORKOUT_INTERVALS, _intervals),
    "workouts": DataSet(
        workouts.WORKOUTS,
        lambda table: workouts.workouts(table("workout_intervals"), table("workout_steps")),
    ),
    "heart_rate": DataSet(
        heart_rate.HEART_RATE,
        lambda table: heart_rate.heart_rate(rules.valid(table("bpm_checked")), SETTINGS),
    ),
    "workout_bpm": DataSet(workout_heart_rate.WORKOUT_BPM, _workout_bpm),
    "daily_activity": DataSet(
        daily_activity.DAY,
        lambda table: daily_activity.daily_activity(table("daily_activity_checked")),
    ),
    "workout_bpm_summary": DataSet(workout_summary.WORKOUT_BPM_SUMMARY, _workout_bpm_summary),
    "worn_heart_rate": DataSet(worn_heart_rate.WORN_HEART_RATE, _worn_heart_rate),
    "hr_daily": DataSet(
        daily_heart_rate.HR_DAILY,
        lambda table: daily_heart_rate.hr_daily(_present(table, "worn_heart_rate"), SETTINGS),
    ),
    "heart_rate_windows": DataSet(
        heart_rate_windows.HEART_RATE_WINDOWS,
        lambda table: heart_rate_windows.heart_rate_windows(_present(table, "worn_heart_rate"), SETTINGS),
    ),
    "health_alerts": DataSet(
        health_alerts.HEALTH_ALERTS,
        lambda table: health_alerts.health_alerts(
            _present(table, "worn_heart_rate"), _present(table, "hr_daily"), table("user_profile"), SETTINGS
        ),
    ),
    "device_health": DataSet(
        device_health.DEVICE_HEALTH,
        lambda table: device_health.device_health(
            _present(table, "worn_heart_rate"), _present(table, "workout_bpm"), table("workout_intervals"), SETTINGS
        ),
    ),
    "heart_rate_anomalies": DataSet(
        heart_rate_anomalies.HEART_RATE_ANOMALIES,
        lambda table: heart_rate_anomalies.heart_rate_anomalies(_present(table, "worn_heart_rate"), SETTINGS),
    ),
    "workout_completion_daily": DataSet(workout_completion.WORKOUT_COMPLETION_DAILY, _workout_completion_daily),
    "training_load_daily": DataSet(training_load.TRAINING_LOAD_DAILY, _training_load_daily),
    "gym_summary": DataSet(gym_summary.GYM_SUMMARY, _gym_summary),
    "gyms_checked": DataSet(gyms.CHECKED, lambda table: gyms.checked_gyms(table("gyms_bz"))),
    "gyms": DataSet(gyms.GYMS, lambda table: gyms.gyms(table("gyms_checked"))),
    "gym_stays": DataSet(gym_stays.GYM_STAYS, _gym_stays),
    "gym_occupancy_15m": DataSet(gym_occupancy.GYM_OCCUPANCY_15M, _gym_occupancy_15m),
    "gym_occupancy_balance": DataSet(
        gym_occupancy.GYM_OCCUPANCY_BALANCE,
        lambda table: gym_occupancy.gym_occupancy_balance(table("gym_stays"), table("gym_occupancy_15m")),
    ),
    "gym_daily": DataSet(gym_days.GYM_DAILY, _gym_daily),
    "user_engagement_daily": DataSet(engagement.USER_ENGAGEMENT_DAILY, _user_engagement_daily),
    "retention_cohorts": DataSet(retention.RETENTION_COHORTS, _retention_cohorts),
    "daily_activity_summary": DataSet(activity_summary.DAILY_ACTIVITY_SUMMARY, _daily_activity_summary),
    "weekly_activity_summary": DataSet(
        activity_summary.WEEKLY_ACTIVITY_SUMMARY,
        lambda table: activity_summary.weekly_activity_summary(table("daily_activity_summary")),
    ),
    "user_bins": DataSet(
        user_bins.USER_BINS,
        lambda table: user_bins.user_bins(table("user_profile"), table("data_clock"), SETTINGS),
    ),
    "user_info_quarantine": DataSet(
        rules.QUARANTINE_SCHEMA,
        lambda table: rules.quarantine(table("user_info_checked")).unionByName(
            member_lives.updates_of_nobody(table("user_info_checked"))
        ),
    ),
    "user_profile": DataSet(
        profile_messages.USER_PROFILE,
        lambda table: member_lives.profiles_of_members(
            table("user_profile_latest"), profile_messages.profile_changes(table("user_info_checked"))
        ),
    ),
    "user_profile_history": DataSet(
        profile_messages.USER_PROFILE_HISTORY,
        lambda table: member_lives.lived_versions(
            table("user_profile_versions"), profile_messages.profile_changes(table("user_info_checked"))
        ),
    ),
}
