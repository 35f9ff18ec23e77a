"""Stretches of heart rate that deserve a notification: each one row, however many readings it has."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as sf

ALERT_ID_LENGTH = 32
_WATCH = ("user_id", "device_id", "watch")
_BPM, _SECONDS = "decimal(18,14)", "decimal(10,6)"


@dataclass(frozen=True, slots=True)
class Rule:
    """When a notification is raised, and when it is over. Both conditions are SQL over the reading's `bpm`.

    Each must hold for every reading of the trailing seconds (0: for the one reading), with no silence in them.
    """

    name: str
    severity: str
    raised_if: str
    raised_after_s: int
    cleared_if: str
    cleared_after_s: int


def episodes(readings: DataFrame, rule: Rule, *, gap_limit_s: int) -> DataFrame:
    """One row per episode of the rule.

    `readings` has user_id, device_id, event_time and bpm, and `is_watched`: whether the rule looks at the reading. A
    silence longer than the gap limit, or a reading the rule does not look at, ends the watch and the episode in it.
    """
    judged = _with_signal(_watched(readings, gap_limit_s), rule)
    return _summed(_numbered(judged), rule)


def _watched(readings: DataFrame, gap_limit_s: int) -> DataFrame:
    in_time = Window.partitionBy("user_id", "device_id").orderBy("event_time")
    silence_us = _us("event_time") - sf.lag(_us("event_time")).over(in_time)
    is_first = sf.coalesce((silence_us > gap_limit_s * 1_000_000) | ~sf.lag("is_watched").over(in_time), sf.lit(True))
    until_next_us = sf.lead(_us("event_time")).over(in_time) - _us("event_time")
    weight_us = sf.least(until_next_us, sf.lit(gap_limit_s * 1_000_000))
    return (
        readings.withColumns({"starts_watch": is_first.cast("int"), "weight_s": (weight_us / 1_000_000).cast(_SECONDS)})
        .withColumn("watch", sf.sum("starts_watch").over(in_time))
        .where("is_watched")
        .withColumn("watched_us", _us("event_time") - sf.min(_us("event_time")).over(Window.partitionBy(*_WATCH)))
    )


def _with_signal(watched: DataFrame, rule: Rule) -> DataFrame:
    raised = _held(rule.raised_if, rule.raised_after_s)
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
        )
        .select(
            _alert_id(rule).alias("alert_id"), sf.lit(rule.name).alias("rule"),
            sf.lit(rule.severity).alias("severity"), "user_id", "device_id",
            "started_at", "detected_at", "ended_at", "min_bpm", "avg_bpm", "max_bpm", "samples",
        )
    )  # fmt: skip


def _alert_id(rule: Rule) -> Column:
    key = sf.concat_ws("|", sf.lit(rule.name), "user_id", "device_id", _us("detected_at").cast("string"))
    return sf.left(sf.sha2(key, 256), sf.lit(ALERT_ID_LENGTH))


def _held(condition: str, seconds: int) -> Column:
    long_enough = sf.col("watched_us") >= seconds * 1_000_000
    return long_enough & sf.bool_and(sf.expr(condition)).over(_trailing(seconds))


def _trailing(seconds: int) -> WindowSpec:
    return Window.partitionBy(*_WATCH).orderBy("watched_us").rangeBetween(-seconds * 1_000_000, 0)


def _in_time() -> WindowSpec:
    return Window.partitionBy(*_WATCH).orderBy("watched_us")


def _us(column: str) -> Column:
    return sf.unix_micros(column)
