"""How many rows of each feed kept each rule, by the day on which they came in."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.calendar_days import local_day
from fitness.deleted_members import MEMBER_IS_NOT_DELETED
from fitness.envelope import TOPICS
from fitness.gym_visits import EVENT_REASONS
from fitness.rule_files import rules_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fitness.settings import Settings

DATA_QUALITY_DAILY = """
    feed STRING COMMENT 'Feed: a folder of the landing zone, or a topic',
    rule STRING COMMENT 'Name of the rule',
    date DATE COMMENT 'Local day on which bronze took the rows in',
    passed BIGINT COMMENT 'Rows that keep the rule, also those that violate another',
    failed BIGINT COMMENT 'Rows that violate it',
    quarantined BIGINT COMMENT 'Of these, rows in quarantine, for this rule or another; the others are only flagged'"""

DATA_SETS_OF_FEEDS: Mapping[str, str] = {
    "registered_users": "registered_users_checked",
    "gym_logins": "gym_logins_checked",
    "gyms": "gyms_checked",
    "user_info": "user_info_checked",
    "workout": "workout_checked",
    "bpm": "bpm_checked",
    "daily_activity": "daily_activity_checked",
    "kafka_multiplex": "kafka_multiplex_bz",
}
"""Whose rules the rows of each feed are judged by."""

_LATER_RULES = (*EVENT_REASONS, MEMBER_IS_NOT_DELETED)
_WITHOUT_MEMBERS = ("gyms", "kafka_multiplex")


def rules_of_feed(feed: str) -> tuple[str, ...]:
    """Names of the rules that a row of the feed may violate, also of those that only other feeds can tell."""
    events = EVENT_REASONS if feed == "gym_logins" else ()
    members = () if feed in _WITHOUT_MEMBERS else (MEMBER_IS_NOT_DELETED,)
    return (*rules_of(DATA_SETS_OF_FEEDS[feed]), *events, *members)


def data_quality_daily(
    checked: Mapping[str, DataFrame], quarantines: Mapping[str, DataFrame], settings: Settings
) -> DataFrame:
    """One row per feed, rule and day on which rows of the feed came in; rows that came twice count twice.

    `checked` has the checked table of every feed but kafka_multiplex, `quarantines` that of every feed.
    """
    zone = settings.time_zone
    verdicts = {feed: _verdicts(rows, zone) for feed, rows in checked.items()}
    by_rule = [
        _by_rule(rows.unionByName(_later_verdicts(quarantines[feed], zone)), feed) for feed, rows in verdicts.items()
    ]
    envelopes = _envelopes([verdicts[topic] for topic in TOPICS], quarantines["kafka_multiplex"], zone)
    return reduce(DataFrame.unionByName, [*by_rule, _by_rule(envelopes, "kafka_multiplex")])


def _verdicts(checked: DataFrame, zone: str) -> DataFrame:
    """Rows by day and by the rules that they violate: date, violations, is_quarantined, is_message, rows."""
    violations = sf.concat("reasons", "flags") if "flags" in checked.columns else sf.col("reasons")
    date = local_day(sf.col("ingested_at"), zone).alias("date")
    is_message = sf.col("topic").isNotNull().alias("is_message")
    return checked.groupBy(date, violations.alias("violations"), "is_quarantined", is_message).agg(
        sf.count("*").alias("rows")
    )


def _later_verdicts(quarantine: DataFrame, zone: str) -> DataFrame:
    """Valid rows that are in quarantine because of what other feeds tell: once as violating it, once taken back."""
    is_later = sf.arrays_overlap("reasons", sf.array(*map(sf.lit, _LATER_RULES)))
    judged = _verdicts(quarantine.where(is_later).withColumn("is_quarantined", sf.lit(True)), zone)
    counted_as_valid = judged.select(
        "date",
        sf.array().cast("array<string>").alias("violations"),
        sf.lit(False).alias("is_quarantined"),
        "is_message",
        (-sf.col("rows")).alias("rows"),
    )
    return judged.unionByName(counted_as_valid)


def _envelopes(topics: list[DataFrame], quarantine: DataFrame, zone: str) -> DataFrame:
    """Messages of the topics have kept the rules of the envelope; lines of files never had one."""
    # As a condition on the feeds themselves it would make Spark read each of them twice.
    messages = sf.when(sf.col("is_message"), sf.col("rows")).otherwise(0)
    readable = reduce(DataFrame.unionByName, topics).select(
        "date",
        sf.array().cast("array<string>").alias("violations"),
        sf.lit(False).alias("is_quarantined"),
        sf.lit(True).alias("is_message"),
        messages.alias("rows"),
    )
    readable = readable.where("rows > 0")
    return readable.unionByName(_verdicts(quarantine.withColumn("is_quarantined", sf.lit(True)), zone))


def _by_rule(verdicts: DataFrame, feed: str) -> DataFrame:
    names = sf.array(*(sf.lit(rule) for rule in rules_of_feed(feed)))
    is_violated = sf.array_contains("violations", sf.col("rule"))
    count = {
        "passed": sf.when(~is_violated, sf.col("rows")),
        "failed": sf.when(is_violated, sf.col("rows")),
        "quarantined": sf.when(is_violated & sf.col("is_quarantined"), sf.col("rows")),
    }
    sums = (sf.sum(sf.coalesce(rows, sf.lit(0))).alias(name) for name, rows in count.items())
    per_rule = verdicts.withColumn("rule", sf.explode(names)).groupBy("rule", "date").agg(*sums)
    return per_rule.select(sf.lit(feed).alias("feed"), "rule", "date", "passed", "failed", "quarantined")
