"""Months of a member's visits: when the member counts as about to leave, and as gone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from fitness.engagement import user_engagement_daily
from fitness.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import DataFrame, Row, SparkSession

WORKOUTS = "user_id BIGINT, started_at TIMESTAMP, active_s DOUBLE"
LATEST = datetime(2026, 7, 1, 12, tzinfo=UTC)

EVERY_OTHER_DAY, EVERY_20_DAYS, LOST_INTEREST, NEVER_CAME = 1, 2, 3, 4


def days(first: date, last: date, *, step: int = 1) -> list[date]:
    return [first + timedelta(days=after) for after in range(0, (last - first).days + 1, step)]


VISITS = {
    EVERY_OTHER_DAY: days(date(2026, 4, 1), date(2026, 5, 1), step=2),
    EVERY_20_DAYS: days(date(2026, 3, 3), date(2026, 5, 2), step=20),
    LOST_INTEREST: [
        *days(date(2026, 3, 1), date(2026, 5, 31)),
        date(2026, 6, 10),
        date(2026, 6, 20),
        date(2026, 6, 28),
    ],
}


@pytest.fixture(scope="module")
def engagement(spark: SparkSession) -> dict[tuple[int, date], Row]:
    visits = [(user, datetime.combine(day, time(8, tzinfo=UTC))) for user, came in VISITS.items() for day in came]
    result = user_engagement_daily(
        spark.createDataFrame(visits, "user_id BIGINT, login TIMESTAMP"),
        spark.createDataFrame([], WORKOUTS),
        registered(spark, [NEVER_CAME]),
        spark.createDataFrame([(LATEST,)], "latest_event_at TIMESTAMP"),
        Settings(landing_path="not read"),
    )
    return {(row["user_id"], row["date"]): row for row in result.collect()}


def registered(spark: SparkSession, users: Iterable[int]) -> DataFrame:
    rows = [(user, datetime(2026, 4, 1, 8, tzinfo=UTC)) for user in users]
    return spark.createDataFrame(rows, "user_id BIGINT, registered_at TIMESTAMP")


def test_risk_after_two_weeks_away(engagement: dict[tuple[int, date], Row]) -> None:
    # The last visit is on 1 May, the usual gap 2 days. Seven visits since 18 April; nine in the 84 days before, so 3.
    last_safe, first_at_risk = (engagement[EVERY_OTHER_DAY, date(2026, 5, day)] for day in (15, 16))
    assert (last_safe["recency_days"], last_safe["is_churn_risk"]) == (14, False)
    assert (last_safe["actual_visits"], last_safe["expected_visits"], last_safe["usual_gap_days"]) == (7, 3.0, 2.0)
    assert (first_at_risk["recency_days"], first_at_risk["is_churn_risk"]) == (15, True)


def test_lost_after_sixty_days(engagement: dict[tuple[int, date], Row]) -> None:
    rows = [engagement[EVERY_OTHER_DAY, date(2026, 6, day)] for day in (29, 30)]
    assert [(row["recency_days"], row["is_churned"]) for row in rows] == [(59, False), (60, True)]


def test_a_long_pause_is_usual_for_some(engagement: dict[tuple[int, date], Row]) -> None:
    # 25 days away are within 3 * 20. Since 30 April one visit, in the 84 days before three.
    row = engagement[EVERY_20_DAYS, date(2026, 5, 27)]
    assert (row["recency_days"], row["usual_gap_days"], row["is_churn_risk"]) == (25, 20.0, False)
    # 40 days away still are, but 0 visits are less than half of 4 / 3.
    row = engagement[EVERY_20_DAYS, date(2026, 6, 11)]
    assert (row["recency_days"], row["actual_visits"], row["is_churn_risk"]) == (40, 0, True)
    assert row["expected_visits"] == pytest.approx(4 / 3)


def test_far_fewer_visits_than_before_are_a_risk(engagement: dict[tuple[int, date], Row]) -> None:
    # Since 4 June three visits; from 12 March to 3 June 20 + 30 + 31.
    row = engagement[LOST_INTEREST, date(2026, 7, 1)]
    assert (row["recency_days"], row["actual_visits"], row["expected_visits"]) == (3, 3, 27.0)
    assert row["is_churn_risk"]
    assert row["frequency_90"] == 28 + 31 + 3  # since 3 April


def test_tiers(engagement: dict[tuple[int, date], Row]) -> None:
    assert engagement[LOST_INTEREST, date(2026, 5, 31)]["tier"] == "daily"
    assert engagement[LOST_INTEREST, date(2026, 3, 20)]["tier"] == "daily"
    assert engagement[LOST_INTEREST, date(2026, 3, 19)]["tier"] == "regular"
    assert engagement[EVERY_OTHER_DAY, date(2026, 4, 28)]["tier"] == "regular"
    assert engagement[EVERY_20_DAYS, date(2026, 5, 27)]["tier"] == "occasional"
    assert engagement[EVERY_20_DAYS, date(2026, 6, 11)]["tier"] == "dormant"


def test_who_never_comes_is_away_since_the_registration(engagement: dict[tuple[int, date], Row]) -> None:
    at_risk = [engagement[NEVER_CAME, date(2026, 4, day)]["is_churn_risk"] for day in (15, 16)]
    assert at_risk == [False, True]
    churned = [engagement[NEVER_CAME, day]["is_churned"] for day in (date(2026, 5, 30), date(2026, 5, 31))]
    assert churned == [False, True]
    assert engagement[NEVER_CAME, date(2026, 5, 31)]["recency_days"] is None
