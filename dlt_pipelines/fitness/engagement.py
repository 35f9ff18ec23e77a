"""How regularly a member comes, how that compares with before, and who is about to leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as sf

from fitness.calendar_days import local_day
from fitness.member_days import visits_and_workouts

if TYPE_CHECKING:
    from fitness.settings import Settings

USER_ENGAGEMENT_DAILY = """
    user_id BIGINT COMMENT 'Member',
    date DATE COMMENT 'Local day; all numbers are as of its end',
    is_active BOOLEAN COMMENT 'Whether the member came to a gym or started a workout that day',
    active_days_7 INT COMMENT 'Active days of the last 7',
    active_days_28 INT COMMENT 'Active days of the last 28',
    visits_per_week DOUBLE COMMENT 'Visits of the last 28 days, per week',
    streak_days INT COMMENT 'Active days in a row up to this day; 0 if this day is not active',
    actual_visits BIGINT COMMENT 'Visits of the last 28 days',
    expected_visits DOUBLE COMMENT 'Visits per 28 days in the 84 days before those',
    tier STRING COMMENT 'By active days of the last 28: daily (20 or more), regular (8), occasional (1) or dormant',
    recency_days INT COMMENT 'Days since the last visit or workout; NULL if there was none yet',
    frequency_90 BIGINT COMMENT 'Visits of the last 90 days',
    active_minutes_90 DOUBLE COMMENT 'Active minutes of workouts of the last 90 days',
    recency_score INT COMMENT 'Fifth of the active members by recency, 5 is the best; NULL if inactive for 90 days',
    frequency_score INT COMMENT 'Fifth by visits, 5 is the best; NULL if inactive for 90 days',
    active_minutes_score INT COMMENT 'Fifth by active minutes, 5 is the best; NULL if inactive for 90 days',
    usual_gap_days DOUBLE COMMENT 'Median days between two days with visits so far; NULL before the second',
    is_churn_risk BOOLEAN COMMENT 'Away for much longer than usual, or far fewer visits than expected',
    is_churned BOOLEAN COMMENT 'Without visit or workout for 60 days'"""

_PER_WEEK = 28 / 7
_REGULAR_DAYS_A_WEEK = 2
_DAILY_DAYS_A_WEEK = 5


def user_engagement_daily(
    visits: DataFrame, workouts: DataFrame, users: DataFrame, clock: DataFrame, settings: Settings
) -> DataFrame:
    """One row per member and local day, from the registration or first event to the end of the data."""
    events = visits_and_workouts(visits, workouts, settings)
    days = with_windows(every_day(events, users, clock, settings))
    return with_scores(with_churn(days, settings)).select(*_COLUMNS)


def every_day(events: DataFrame, users: DataFrame, clock: DataFrame, settings: Settings) -> DataFrame:
    """A row for each day of a member, also those without visit or workout."""
    registered = users.select("user_id", local_day(sf.col("registered_at"), settings.time_zone).alias("date"))
    first = (
        registered.union(events.select("user_id", "date")).groupBy("user_id").agg(sf.min("date").alias("first_date"))
    )
    today = local_day(sf.col("latest_event_at"), settings.time_zone)
    dates = sf.explode(sf.sequence("first_date", "last_date"))
    calendar = first.crossJoin(clock.select(today.alias("last_date"))).select(
        "user_id", "first_date", dates.alias("date")
    )
    counts = {name: sf.coalesce(name, sf.lit(0).cast("bigint")) for name in ("visits", "workouts", "active_us")}
    is_active = (sf.col("visits") + sf.col("workouts")) > 0
    return calendar.join(events, ["user_id", "date"], "left").withColumns(counts).withColumn("is_active", is_active)


def with_windows(days: DataFrame) -> DataFrame:
    """Sums over the last days of each member; as every day has a row, rows are days."""
    visit_date = sf.when(sf.col("visits") > 0, sf.col("date"))
    so_far = _days(Window.unboundedPreceding, 0)
    previous_visit = sf.max(visit_date).over(_days(Window.unboundedPreceding, -1))
    gaps = days.withColumn("gap", sf.date_diff(visit_date, previous_visit))
    last_pause = sf.max(sf.when(~sf.col("is_active"), sf.col("date"))).over(so_far)
    before_first = sf.date_sub("first_date", 1)
    last_active = sf.max(sf.when(sf.col("is_active"), sf.col("date"))).over(so_far)
    return gaps.withColumns(
        {
            "active_days_7": _active_days(6),
            "active_days_28": _active_days(27),
            "actual_visits": sf.sum("visits").over(_days(-27, 0)),
            "expected_visits": sf.coalesce(sf.sum("visits").over(_days(-111, -28)), sf.lit(0)) / 3,
            "streak_days": sf.date_diff("date", sf.coalesce(last_pause, before_first)),
            "recency_days": sf.date_diff("date", last_active),
            "frequency_90": sf.sum("visits").over(_days(-89, 0)),
            "active_us_90": sf.sum("active_us").over(_days(-89, 0)),
            "active_days_90": _active_days(89),
            "usual_gap_days": sf.percentile("gap", 0.5).over(so_far),
        }
    )


def with_churn(days: DataFrame, settings: Settings) -> DataFrame:
    """Risk and loss; who has never come is away since the first day."""
    away = sf.coalesce("recency_days", sf.date_diff("date", "first_date"))
    limit = sf.greatest(sf.lit(settings.risk_days), 3 * sf.col("usual_gap_days"))
    fewer = sf.col("actual_visits") < 0.5 * sf.col("expected_visits")
    return days.withColumns({"is_churn_risk": (away > limit) | fewer, "is_churned": away >= settings.churned_days})


def with_scores(days: DataFrame) -> DataFrame:
    """Fifths of the members who were active within 90 days, each day anew; ties go by user_id."""
    is_active = sf.col("active_days_90") > 0
    minutes = sf.col("active_us_90") / 60_000_000
    return days.withColumns(
        {
            "tier": _tier(),
            "visits_per_week": sf.col("actual_visits") / _PER_WEEK,
            "active_minutes_90": minutes,
            "recency_score": _fifth(sf.col("recency_days").desc(), is_active),
            "frequency_score": _fifth(sf.col("frequency_90").asc(), is_active),
            "active_minutes_score": _fifth(sf.col("active_us_90").asc(), is_active),
        }
    )


def _fifth(order: Column, is_active: Column) -> Column:
    ranked = Window.partitionBy("date", is_active).orderBy(order, "user_id")
    return sf.when(is_active, sf.ntile(5).over(ranked))


def _tier() -> Column:
    days = sf.col("active_days_28")
    return (
        sf.when(days >= _DAILY_DAYS_A_WEEK * _PER_WEEK, "daily")
        .when(days >= _REGULAR_DAYS_A_WEEK * _PER_WEEK, "regular")
        .when(days > 0, "occasional")
        .otherwise("dormant")
    )


def _active_days(before: int) -> Column:
    return sf.sum(sf.col("is_active").cast("int")).over(_days(-before, 0)).cast("int")


def _days(first: int, last: int) -> WindowSpec:
    return Window.partitionBy("user_id").orderBy("date").rowsBetween(first, last)


_COLUMNS = (
    "user_id", "date", "is_active", "active_days_7", "active_days_28", "visits_per_week", "streak_days",
    "actual_visits", "expected_visits", "tier", "recency_days", "frequency_90", "active_minutes_90",
    "recency_score", "frequency_score", "active_minutes_score", "usual_gap_days", "is_churn_risk", "is_churned",
)  # fmt: skip
