"""The features of a day are the same whether or not anybody knows what came after it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from fitness.engagement import user_engagement_daily
from fitness.member_features import efforts_by_end, member_features_daily
from fitness.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SETTINGS = Settings(landing_path="not read")
FIRST = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 12
MEMBERS = (1, 2, 3)

WORKOUTS = "user_id BIGINT, started_at TIMESTAMP, ended_at TIMESTAMP, status STRING, active_s DOUBLE"
SUMMARIES = "user_id BIGINT, workout_date DATE, ended_at TIMESTAMP, trimp_banister DOUBLE, params_version STRING"
HEARTS = "user_id BIGINT, hr_date DATE, resting_hr DOUBLE, baseline_hr DOUBLE, drift_bpm DOUBLE, wear_minutes BIGINT"


def features(spark: SparkSession, *, until: datetime) -> list[dict[str, Any]]:
    """Of members who come and train on their own days, at times through midnight, as known at an instant."""

    def table(rows: list[tuple[object, ...]], schema: str) -> DataFrame:
        return spark.createDataFrame(rows, schema)

    came = [
        (member, FIRST + timedelta(days=day, hours=17 + member)) for member in MEMBERS for day in range(0, DAYS, member)
    ]
    trained = [(member, login + timedelta(hours=3), login + timedelta(hours=5)) for member, login in came]
    visits = [row for row in came if row[1] < until]
    workouts = [
        (member, start, end, "completed", 3000.0) if end < until else (member, start, None, "open", None)
        for member, start, end in trained
        if start < until
    ]
    summaries = [
        (member, start.date(), end, 40.0 + 7 * start.day, "v") for member, start, end in trained if end < until
    ]
    days = [(FIRST + timedelta(days=day)).date() for day in range(DAYS) if FIRST + timedelta(days=day) < until]
    hearts = [(member, day, 60.0 + day.day, 60.0, float(day.day), 600) for member in MEMBERS for day in days]
    activity = [(member, day, 1000 * day.day) for member in MEMBERS for day in days]
    clock = table([(until - timedelta(seconds=1),)], "latest_event_at TIMESTAMP")
    members = table([(member, FIRST) for member in MEMBERS], "user_id BIGINT, registered_at TIMESTAMP")
    of_workouts = table(list(workouts), WORKOUTS)
    engagement = user_engagement_daily(
        table(list(visits), "user_id BIGINT, login TIMESTAMP"), of_workouts, members, clock, SETTINGS
    )
    efforts = efforts_by_end(of_workouts, table(list(summaries), SUMMARIES), clock, SETTINGS)
    made = member_features_daily(
        engagement,
        efforts,
        table(list(hearts), HEARTS),
        table(list(activity), "user_id BIGINT, date DATE, steps BIGINT"),
        SETTINGS,
    )
    return [row.asDict() for row in made.collect()]


@pytest.fixture(scope="module")
def with_hindsight(spark: SparkSession) -> list[dict[str, Any]]:
    return features(spark, until=FIRST + timedelta(days=DAYS))


@pytest.mark.parametrize("day", [1, 4, 7])
def test_later_events_change_no_feature(spark: SparkSession, with_hindsight: list[dict[str, Any]], day: int) -> None:
    known_then = features(spark, until=FIRST + timedelta(days=day))
    last = (FIRST + timedelta(days=day - 1)).date()
    assert {row["date"] for row in known_then} == {FIRST.date() + timedelta(days=n) for n in range(day)}
    assert in_order(known_then) == in_order([row for row in with_hindsight if row["date"] <= last])


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def key(row: dict[str, Any]) -> tuple[int, date]:
        return row["user_id"], row["date"]

    return sorted(rows, key=key)
