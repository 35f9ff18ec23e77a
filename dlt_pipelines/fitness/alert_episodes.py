"""Stretches of heart rate that deserve a notification: each one row, however many readings it has."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as sf

EPISODE = """
    alert_id STRING COMMENT 'Follows from rule, member, device and detection: the same episode has the same id',
    rule STRING COMMENT '{rules}',
    severity STRING COMMENT '{severity}',
    user_id BIGINT COMMENT 'Member',
    device_id BIGINT COMMENT 'Device that measured',
    started_at TIMESTAMP COMMENT 'First reading of the stretch that raised it',
    detected_at TIMESTAMP COMMENT 'Instant at which the rule was met',
    ended_at TIMESTAMP COMMENT 'Reading at which it was over, or the last one before the watch ended',
    min_bpm DOUBLE COMMENT 'Lowest reading of the episode',
    avg_bpm DOUBLE COMMENT 'Average over time',
    max_bpm DOUBLE COMMENT 'Highest reading of the episode',
    samples BIGINT COMMENT '{samples}',
    coverage DOUBLE COMMENT 'Share of the time from start to end that readings stand for, 0 to 1'"""
"""Columns of a row per episode."""

INVARIANTS = {
    "started_detected_ended_in_order": "started_at <= detected_at AND detected_at <= ended_at",
    "average_between_lowest_and_highest": "avg_bpm IS NULL OR avg_bpm BETWEEN min_bpm - 1e-6 AND max_bpm + 1e-6",
    "coverage_between_0_and_1": "coverage BETWEEN 0 AND 1",
}

COLUMNS = (
    "alert_id", "rule", "severity", "user_id", "device_id", "started_at", "detected_at", "ended_at",
    "min_bpm", "avg_bpm", "max_bpm", "samples", "coverage",
)  # fmt: skip
ALERT_ID_LENGTH = 32
_WATCH = ("user_id", "device_id", "watch")
_BPM, _SECONDS = "decimal(18,14)", "decimal(10,6)"


@dataclass(frozen=True, slots=True)
class Rule:
    """When a notification is raised, and when it is over. Both conditions are SQL over the reading's `bpm`.

    Each must hold for every reading of the trailing seconds (0: for the one reading), with no silence in them. To raise
    it, readings must also stand for the given share of these seconds.
    """

    name: str
    severity: str
    raised_if: str
    raised_after_s: int
    cleared_if: str
    cleared_after_s: int
    coverage_percent: int = 0


def episodes(readings: DataFrame, rule: Rule, *, gap_limit_s: int) -> DataFrame:
    """One row per episode of the rule.

    `readings` are rows of worn_heart_rate with `is_watched`: whether the rule looks at the reading. A silence longer
    than the gap limit, or a reading the rule does not look at, ends the watch and the episode in it.
    """
    judged = _with_signal(_watched(readings, gap_limit_s), rule)
    return _summed(_numbered(judged), rule)


def _watched(readings: DataFrame, gap_limit_s: int) -> DataFrame:
    in_time = Window.partitionBy("user_id", "device_id").orderBy("event_time")
    silence_us = _us("event_time") - sf.lag(_us("event_time")).over(in_time)
    is_first = sf.coalesce((silence_us > gap_limit_s * 1_000_000) | ~sf.lag("is_watched").over(in_time), sf.lit(True))
    return (
        readings.withColumns({"starts_watch": is_first.cast("int"), "weight_s": sf.col("stands_s").cast(_SECONDS)})
        .withColumn("watch", sf.sum("starts_watch").over(in_time))
        .where("is_watched")
        .withColumn("watched_us", _us("event_time") - sf.min(_us("event_time")).over(Window.partitionBy(*_WATCH)))
    )


def _with_signal(watched: DataFrame, rule: Rule) -> DataFrame:
    raised = _held(rule.raised_if, rule.raised_after_s) & _covered(rule)
    cleared = _held(rule.cleared_if, rule.cleared_after_s)
    signal = sf.when(raised, True).when(cleared, False)
    so_far = _in_time().rowsBetween(Window.unboundedPreceding, Window.currentRow)
    is_on = sf.coalesce(sf.last("signal", ignorenulls=True).over(so_far), sf.lit(False))
    return watched.withColumn("signal", signal).withColumn("is_on", is_on)


def _numbered(judged: DataFrame) -> DataFrame:
    turns_on = sf.col("is_on") & ~sf.coalesce(sf.lag("is_on").over(_in_time()), sf.lit(False))
    return (
        judged.withColumn("turns_on", turns_on)
        .withColumn("episode", sf.count_if("turns_on").over(_in_time()))
        .withColumn("next_at", sf.lead("event_time").over(_in_time()))
    )


def _summed(numbered: DataFrame, rule: Rule) -> DataFrame:
    before = _trailing(rule.raised_after_s)
    turns_on, bpm = sf.col("turns_on"), sf.col("bpm")
    beats = bpm.cast(_BPM) * sf.col("weight_s")
    # The row that turns the episode on brings the readings that led to it.
    facts = {
        "start": sf.when(turns_on, sf.min("event_time").over(before)),
        "lowest": sf.when(turns_on, sf.min("bpm").over(before)).otherwise(bpm),
        "highest": sf.when(turns_on, sf.max("bpm").over(before)).otherwise(bpm),
        "readings": sf.when(turns_on, sf.count("*").over(before)).otherwise(1),
        "beats": sf.when(turns_on, sf.sum(beats).over(before)).otherwise(beats),
        "seconds": sf.when(turns_on, sf.sum("weight_s").over(before)).otherwise(sf.col("weight_s")),
    }
    # The last reading of a watch stands beyond the end of the episode.
    beyond = sf.coalesce(sf.max(sf.when(sf.col("next_at").isNull(), sf.col("weight_s"))), sf.lit(0))
    length_s = sf.nullif((_us("ended_at") - _us("started_at")) / 1_000_000, sf.lit(0.0))
    return (
        numbered.withColumns(facts)
        .where("is_on")
        .groupBy(*_WATCH, "episode")
        .agg(
            sf.min("start").alias("started_at"),
            sf.min("event_time").alias("detected_at"),
            sf.max(sf.coalesce("next_at", "event_time")).alias("ended_at"),
            sf.min("lowest").alias("min_bpm"),
            (sf.sum("beats").cast("double") / sf.sum("seconds").cast("double")).alias("avg_bpm"),
            sf.max("highest").alias("max_bpm"),
            sf.sum("readings").alias("samples"),
            (sf.sum("seconds") - beyond).cast("double").alias("covered_s"),
        )
        .withColumn("coverage", sf.coalesce(sf.col("covered_s") / length_s, sf.lit(1.0)))
        .transform(lambda rows: identified(rows, rule.name, rule.severity))
    )


def identified(rows: DataFrame, rule: str, severity: str) -> DataFrame:
    """Rows with the columns of an episode, with the name of their rule and an id that follows from them."""
    key = sf.concat_ws("|", sf.lit(rule), "user_id", "device_id", _us("detected_at").cast("string"))
    alert_id = sf.left(sf.sha2(key, 256), sf.lit(ALERT_ID_LENGTH))
    named = rows.withColumns({"alert_id": alert_id, "rule": sf.lit(rule), "severity": sf.lit(severity)})
    return named.select(*COLUMNS)


def _held(condition: str, seconds: int) -> Column:
    long_enough = sf.col("watched_us") >= seconds * 1_000_000
    return long_enough & sf.bool_and(sf.expr(condition)).over(_trailing(seconds))


def _covered(rule: Rule) -> Column:
    if not rule.coverage_percent:
        return sf.lit(True)
    # The reading itself stands for what comes after it.
    before = _in_time().rangeBetween(-rule.raised_after_s * 1_000_000, -1)
    covered_s = sf.sum("weight_s").over(before).cast("double")
    return sf.coalesce(covered_s * 100 >= rule.coverage_percent * rule.raised_after_s, sf.lit(False))


def _trailing(seconds: int) -> WindowSpec:
    return Window.partitionBy(*_WATCH).orderBy("watched_us").rangeBetween(-seconds * 1_000_000, 0)


def _in_time() -> WindowSpec:
    return Window.partitionBy(*_WATCH).orderBy("watched_us")


def _us(column: str) -> Column:
    return sf.unix_micros(column)
