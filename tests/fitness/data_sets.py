"""How the cases make each data set: which tables they may give, and the pure functions that follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pyspark.sql import functions as sf

from fitness import (
    activity_summary,
    calendar_days,
    daily_activity,
    daily_heart_rate,
    data_clock,
    data_quality,
    deleted_members,
    deliveries,
    device_health,
    device_owners,
    engagement,
    envelope,
    gym_data_gaps,
    gym_days,
    gym_hours,
    gym_logins,
    gym_occupancy,
    gym_stays,
    gym_summary,
    gym_visits,
    gyms,
    health_alerts,
    heart_rate,
    heart_rate_anomalies,
    heart_rate_limits,
    heart_rate_messages,
    heart_rate_recovery,
    heart_rate_windows,
    member_events,
    member_features,
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

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame

SETTINGS = Settings(landing_path="not read")


class Table(Protocol):
    """The tables of a case by name, and its settings."""

    @property
    def settings(self) -> Settings: ...

    def __call__(self, name: str) -> DataFrame: ...


KAFKA_RECORDS = """key BINARY, value BINARY, topic STRING, partition INT, offset BIGINT, timestamp TIMESTAMP,
    headers ARRAY<STRUCT<key: STRING, value: BINARY>>"""

SOURCES: Mapping[str, str] = {
    "registered_users_bz": f"{registrations.LANDING}, {LINEAGE_SCHEMA}",
    "gym_logins_bz": f"{gym_logins.LANDING}, {LINEAGE_SCHEMA}",
    "gyms_bz": f"{gyms.LANDING}, {LINEAGE_SCHEMA}",
    "kafka_multiplex_bz": f"{envelope.ENVELOPE}, {LINEAGE_SCHEMA}",
    "kafka_records": KAFKA_RECORDS,
    "daily_activity_bz": f"{daily_activity.LANDING}, {LINEAGE_SCHEMA}",
    "data_clock": data_clock.DATA_CLOCK,
    "user_profile_latest": profile_messages.USER_PROFILE,
    "user_profile_versions": profile_messages.USER_PROFILE_HISTORY,
}
"""Tables that a case can only give."""


def _registered_users_checked(table: Table) -> DataFrame:
    lines = registrations.checked_registrations(table("registered_users_bz"), table.settings)
    return lines.union(registrations.checked_registration_events(table("kafka_multiplex_bz"), table.settings))


def _gym_logins_checked(table: Table) -> DataFrame:
    lines = gym_logins.checked_gym_logins(table("gym_logins_bz"), table.settings)
    return lines.union(gym_logins.checked_gym_login_events(table("kafka_multiplex_bz"), table.settings))


def _gym_logs(table: Table) -> DataFrame:
    logins, registered = table("gym_logins_checked"), table("registered_users_checked")
    absences = table("member_absences")
    lines = member_events.logins_of_members(logins, registered, absences)
    claims = member_events.registrations_of_members(registered, absences)
    return gym_visits.gym_logs(lines, claims, table("data_clock"), SETTINGS)


def _intervals(table: Table) -> DataFrame:
    names = ("workout_steps", "data_clock", "heart_rate", "user_devices")
    steps, clock, readings, devices = (table(name) for name in names)
    return workout_intervals.workout_intervals(steps, clock, readings, devices, SETTINGS)


def _workout_bpm(table: Table) -> DataFrame:
    readings, intervals = table("heart_rate"), table("workout_intervals")
    return workout_heart_rate.workout_bpm(readings, intervals, table("user_devices"), SETTINGS)


def _workout_bpm_summary(table: Table) -> DataFrame:
    completed = workouts.completed_workouts(_present(table, "workouts", "started_at"))
    names = ("workout_intervals", "heart_rate", "user_devices", "workout_bpm")
    recovery = heart_rate_recovery.heart_rate_recovery(*(table(name) for name in names))
    readings, profiles, days = table("workout_bpm"), table("user_profile"), table("hr_daily")
    return workout_summary.workout_bpm_summary(completed, readings, profiles, recovery, days, SETTINGS)


def _gym_summary(table: Table) -> DataFrame:
    visits, trained = _present(table, "gym_logs", "login"), _present(table, "workouts", "started_at")
    return gym_summary.gym_summary(visits, table("workout_intervals"), trained, SETTINGS)


def _gym_stays(table: Table) -> DataFrame:
    return gym_stays.gym_stays(table("gym_logs"), table("gyms"), table("data_clock"), SETTINGS)


def _gym_occupancy_15m(table: Table) -> DataFrame:
    stays, places, gaps, clock = (table(name) for name in ("gym_stays", "gyms", "gym_data_gaps", "data_clock"))
    return gym_occupancy.gym_occupancy_15m(stays, places, gaps, clock, SETTINGS)


def _gym_daily(table: Table) -> DataFrame:
    return gym_days.gym_daily(table("gym_stays"), table("gym_occupancy_15m"), table("gyms"), SETTINGS)


def _user_engagement_daily(table: Table) -> DataFrame:
    visits, trained = _present(table, "gym_logs", "login"), _present(table, "workouts", "started_at")
    members = deleted_members.from_their_return(table("users"), table("member_absences"), start="registered_at")
    return engagement.user_engagement_daily(visits, trained, members, table("data_clock"), SETTINGS)


def _retention_cohorts(table: Table) -> DataFrame:
    visits, trained, members = (table(name) for name in ("gym_logs", "workouts", "users"))
    return retention.retention_cohorts(visits, trained, members, table("data_clock"), SETTINGS)


def _daily_activity_summary(table: Table) -> DataFrame:
    visits, trained = _present(table, "gym_logs", "login"), _present(table, "workouts", "started_at")
    day_end = calendar_days.last_instant(sf.col("date"), SETTINGS.time_zone)
    days = deleted_members.without_deleted_members(table("daily_activity"), table("member_absences"), at=day_end)
    return activity_summary.daily_activity_summary(days, visits, trained, SETTINGS)


def _present(table: Table, name: str, at: str) -> DataFrame:
    return deleted_members.without_deleted_members(table(name), table("member_absences"), at=sf.col(at))


def _worn_heart_rate(table: Table) -> DataFrame:
    readings, intervals = table("heart_rate"), table("workout_intervals")
    return worn_heart_rate.worn_heart_rate(readings, intervals, table("user_devices"), SETTINGS)


def _worn_by_members(table: Table) -> DataFrame:
    return _present(table, "worn_heart_rate", "event_time")


def _training_load_daily(table: Table) -> DataFrame:
    return training_load.training_load_daily(table("workout_bpm_summary"), table("data_clock"), SETTINGS)


def _workout_completion_daily(table: Table) -> DataFrame:
    return workout_completion.workout_completion_daily(_present(table, "workouts", "started_at"), SETTINGS)


def _claims(table: Table) -> DataFrame:
    return member_events.registrations_of_members(table("registered_users_checked"), table("member_absences"))


def _registered_users_quarantine(table: Table) -> DataFrame:
    checked = table("registered_users_checked")
    later = member_events.registrations_of_deleted_members(checked, table("member_absences"))
    return rules.quarantine(checked).unionByName(later)


def _gym_logins_quarantine(table: Table) -> DataFrame:
    checked, registered = table("gym_logins_checked"), table("registered_users_checked")
    absences = table("member_absences")
    of_members = member_events.logins_of_members(checked, registered, absences)
    astray = gym_visits.rejected_events(of_members, _claims(table), table.settings)
    later = member_events.logins_of_deleted_members(checked, registered, absences)
    return rules.quarantine(checked).unionByName(later).unionByName(astray)


def _workout_quarantine(table: Table) -> DataFrame:
    checked = table("workout_checked")
    later = member_events.workout_messages_of_deleted_members(checked, table("member_absences"))
    return rules.quarantine(checked).unionByName(later)


def _member_features_daily(table: Table) -> DataFrame:
    workouts, summaries = _present(table, "workouts", "started_at"), table("workout_bpm_summary")
    efforts = member_features.efforts_by_end(workouts, summaries, table("data_clock"), SETTINGS)
    hearts, days = table("hr_daily"), table("daily_activity_summary")
    return member_features.member_features_daily(table("user_engagement_daily"), efforts, hearts, days, SETTINGS)


def _data_quality_daily(table: Table) -> DataFrame:
    feeds = data_quality.DATA_SETS_OF_FEEDS
    checked = {feed: table(f"{feed}_checked") for feed in feeds if feed != "kafka_multiplex"}
    quarantines = {feed: table(f"{feed}_quarantine") for feed in feeds}
    return data_quality.data_quality_daily(checked, quarantines, SETTINGS)


def _bpm_quarantine(table: Table) -> DataFrame:
    checked = table("bpm_checked")
    later = member_events.readings_of_deleted_members(checked, table("user_devices"), table("member_absences"))
    return deliveries.each_message_once(rules.quarantine(checked).unionByName(later))


def _daily_activity_quarantine(table: Table) -> DataFrame:
    checked = table("daily_activity_checked")
    later = member_events.days_of_deleted_members(checked, table("member_absences"), SETTINGS)
    return deliveries.each_message_once(rules.quarantine(checked).unionByName(later), in_envelope=True)


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
    "gym_data_gaps",
    "user_engagement_daily",
    "gym_occupancy_15m",
)

DATA_SETS: Mapping[str, DataSet] = {
    "kafka_envelopes": DataSet(envelope.ENVELOPE, lambda table: envelope.kafka_records(table("kafka_records"))),
    "registered_users_checked": DataSet(
        registrations.CHECKED,
        _registered_users_checked,
    ),
    "gym_logins_checked": DataSet(
        gym_logins.CHECKED,
        _gym_logins_checked,
    ),
    "user_info_checked": DataSet(
        profile_messages.CHECKED,
        lambda table: profile_messages.checked_profile_messages(table("kafka_multiplex_bz"), table.settings),
    ),
    "bpm_checked": DataSet(
        heart_rate_messages.CHECKED,
        lambda table: heart_rate_messages.checked_heart_rate_messages(table("kafka_multiplex_bz"), table.settings),
    ),
    "workout_checked": DataSet(
        workout_messages.CHECKED,
        lambda table: workout_messages.checked_workout_messages(table("kafka_multiplex_bz"), table.settings),
    ),
    "daily_activity_checked": DataSet(
        daily_activity.CHECKED,
        lambda table: daily_activity.checked_daily_activity(table("daily_activity_bz"), table.settings),
    ),
    "kafka_multiplex_quarantine": DataSet(
        rules.QUARANTINE_SCHEMA,
        lambda table: deliveries.each_message_once(
            envelope.rejected_envelopes(table("kafka_multiplex_bz")), in_envelope=True
        ),
    ),
    "bpm_quarantine": DataSet(rules.QUARANTINE_SCHEMA, _bpm_quarantine),
    "registered_users_quarantine": DataSet(rules.QUARANTINE_SCHEMA, _registered_users_quarantine),
    "gym_logins_quarantine": DataSet(rules.QUARANTINE_SCHEMA, _gym_logins_quarantine),
    "workout_quarantine": DataSet(rules.QUARANTINE_SCHEMA, _workout_quarantine),
    "daily_activity_quarantine": DataSet(rules.QUARANTINE_SCHEMA, _daily_activity_quarantine),
    "data_quality_daily": DataSet(data_quality.DATA_QUALITY_DAILY, _data_quality_daily),
    "member_features_daily": DataSet(member_features.MEMBER_FEATURES_DAILY, _member_features_daily),
    "member_absences": DataSet(
        deleted_members.MEMBER_ABSENCES,
        lambda table: deleted_members.member_absences(profile_messages.profile_changes(table("user_info_checked"))),
    ),
    "user_devices": DataSet(
        device_owners.USER_DEVICES,
        lambda table: device_owners.user_devices(_claims(table)),
    ),
    "users": DataSet(
        device_owners.USERS,
        lambda table: device_owners.first_registrations(_claims(table)),
    ),
    "gym_logs": DataSet(gym_visits.GYM_LOGS, _gym_logs),
    "workout_events": DataSet(
        workout_messages.EVENTS,
        lambda table: workout_messages.workout_events(
            member_events.workout_messages_of_members(table("workout_checked"), table("member_absences"))
        ),
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
        lambda table: heart_rate.heart_rate(
            member_events.readings_of_members(table("bpm_checked"), table("user_devices"), table("member_absences")),
            SETTINGS,
        ),
    ),
    "workout_bpm": DataSet(workout_heart_rate.WORKOUT_BPM, _workout_bpm),
    "daily_activity": DataSet(
        daily_activity.DAY,
        lambda table: daily_activity.daily_activity(
            member_events.days_of_members(table("daily_activity_checked"), table("member_absences"), SETTINGS)
        ),
    ),
    "workout_bpm_summary": DataSet(workout_summary.WORKOUT_BPM_SUMMARY, _workout_bpm_summary),
    "worn_heart_rate": DataSet(worn_heart_rate.WORN_HEART_RATE, _worn_heart_rate),
    "hr_daily": DataSet(
        daily_heart_rate.HR_DAILY,
        lambda table: daily_heart_rate.hr_daily(_worn_by_members(table), SETTINGS),
    ),
    "heart_rate_windows": DataSet(
        heart_rate_windows.HEART_RATE_WINDOWS,
        lambda table: heart_rate_windows.heart_rate_windows(_worn_by_members(table), SETTINGS),
    ),
    "health_alerts": DataSet(
        health_alerts.HEALTH_ALERTS,
        lambda table: health_alerts.health_alerts(
            _worn_by_members(table), table("hr_daily"), table("user_profile"), SETTINGS
        ),
    ),
    "heart_rate_limits": DataSet(
        heart_rate_limits.HEART_RATE_LIMITS,
        lambda table: heart_rate_limits.heart_rate_limits(
            table("user_devices"),
            table("user_profile"),
            table("workouts"),
            table("hr_daily"),
            table("data_clock"),
            SETTINGS,
        ),
    ),
    "device_health": DataSet(
        device_health.DEVICE_HEALTH,
        lambda table: device_health.device_health(
            _worn_by_members(table),
            _present(table, "workout_bpm", "event_time"),
            table("workout_intervals"),
            SETTINGS,
        ),
    ),
    "heart_rate_anomalies": DataSet(
        heart_rate_anomalies.HEART_RATE_ANOMALIES,
        lambda table: heart_rate_anomalies.heart_rate_anomalies(_worn_by_members(table), table.settings),
    ),
    "workout_completion_daily": DataSet(workout_completion.WORKOUT_COMPLETION_DAILY, _workout_completion_daily),
    "training_load_daily": DataSet(training_load.TRAINING_LOAD_DAILY, _training_load_daily),
    "gym_summary": DataSet(gym_summary.GYM_SUMMARY, _gym_summary),
    "gyms_checked": DataSet(gyms.CHECKED, lambda table: gyms.checked_gyms(table("gyms_bz"))),
    "gyms_quarantine": DataSet(
        rules.QUARANTINE_SCHEMA,
        lambda table: rules.quarantine(table("gyms_checked")),
    ),
    "gyms": DataSet(gyms.GYMS, lambda table: gyms.gyms(table("gyms_checked"))),
    "gym_stays": DataSet(gym_stays.GYM_STAYS, _gym_stays),
    "gym_data_gaps": DataSet(
        gym_data_gaps.GYM_DATA_GAPS,
        lambda table: gym_data_gaps.gym_data_gaps(table("gym_stays"), table("data_clock"), SETTINGS),
    ),
    "gym_hourly": DataSet(
        gym_hours.GYM_HOURLY,
        lambda table: gym_hours.gym_hourly(table("gym_stays"), table("gyms"), table("data_clock"), SETTINGS),
    ),
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
