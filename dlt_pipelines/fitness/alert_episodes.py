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

    Each must hold for a stretch of readings as long as the given seconds (0: one reading), with no silence in it. To
    raise it, the readings of that stretch must also stand for the given share of its time.
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
        readings.withColumn("starts_watch", is_first.cast("int"))
        .withColumn("watch", sf.sum("starts_watch").over(in_time))
        .where("is_watched")
        .withColumns({"us": _us("event_time"), "weight_us": sf.round(sf.col("stands_s") * 1_000_000).cast("bigint")})
    )


def _with_signal(watched: DataFrame, rule: Rule) -> DataFrame:
    """`is_on`, and the stretch of readings, if any, that may raise or has raised the rule."""
    stretches = _with_stretch(_with_stretch(watched, "raising", rule.raised_if), "clearing", rule.cleared_if)
    raised = _lasts("raising", rule.raised_after_s) & _is_covered("raising", rule.coverage_percent)
    cleared = _lasts("clearing", rule.cleared_after_s)
    signal = sf.when(raised, True).when(cleared, False)
    is_on = sf.coalesce(sf.last("signal", ignorenulls=True).over(_in_time()), sf.lit(False))
    return stretches.withColumn("signal", signal).withColumn("is_on", is_on)


def _with_stretch(watched: DataFrame, name: str, condition: str) -> DataFrame:
    """A struct for each reading that meets the condition: when its stretch of such readings began.

    Every window is one of all readings so far, never of the last ten minutes: that would cost a pass each.
    """
    met = sf.coalesce(sf.expr(condition), sf.lit(False))
    begins = sf.col("met") & ~sf.coalesce(sf.lag("met").over(_in_time()), sf.lit(False))
    # The reading itself stands for what comes after it.
    covered = sf.sum("weight_us").over(_in_time()) - sf.col("weight_us")
    beginning = sf.when(sf.col("begins"), sf.struct("us", "covered"))
    latest = sf.last(beginning, ignorenulls=True).over(_in_time())
    return (
        watched.withColumn("met", met)
        .withColumns({"begins": begins, "covered": covered})
        .withColumn(name, sf.when(sf.col("met"), latest))
        .withColumn(f"{name}_us", sf.col("us") - sf.col(f"{name}.us"))
        .withColumn(f"{name}_covered_us", sf.col("covered") - sf.col(f"{name}.covered"))
        .drop("met", "begins", "covered")
    )


def _lasts(stretch: str, seconds: int) -> Column:
    return sf.coalesce(sf.col(f"{stretch}_us") >= seconds * 1_000_000, sf.lit(False))


def _is_covered(stretch: str, percent: int) -> Column:
    return sf.col(f"{stretch}_covered_us") * 100 >= sf.col(f"{stretch}_us") * percent


def _numbered(judged: DataFrame) -> DataFrame:
    """The readings of episodes with `episode`; the stretch that raised one belongs to it from its beginning."""
    turns_on = sf.col("is_on") & ~sf.coalesce(sf.lag("is_on").over(_in_time()), sf.lit(False))
    of_stretch = Window.partitionBy(*_WATCH, "raising.us")
    raises = sf.col("raising").isNotNull() & sf.max("turns_on").over(of_stretch)
    so_far = sf.count_if("turns_on").over(_in_time())
    leads = ~sf.col("is_on") & raises
    return (
        judged.withColumn("turns_on", turns_on)
        .withColumns({"next_at": sf.lead("event_time").over(_in_time()), "so_far": so_far})
        .withColumn("leads", leads)
        .where("is_on OR leads")
        .withColumn("episode", sf.col("so_far") + sf.col("leads").cast("int"))
    )


def _summed(numbered: DataFrame, rule: Rule) -> DataFrame:
    weight_s = (sf.col("weight_us") / 1_000_000).cast(_SECONDS)
    beats = sf.col("bpm").cast(_BPM) * weight_s
    # The last reading of a watch stands beyond the end of the episode.
    beyond = sf.coalesce(sf.max(sf.when(sf.col("next_at").isNull(), weight_s)), sf.lit(0))
    length_s = sf.nullif((_us("ended_at") - _us("started_at")) / 1_000_000, sf.lit(0.0))
    return (
        numbered.groupBy(*_WATCH, "episode")
        .agg(
            sf.min("event_time").alias("started_at"),
            sf.min(sf.when(sf.col("turns_on"), sf.col("event_time"))).alias("detected_at"),
            sf.max(sf.coalesce("next_at", "event_time")).alias("ended_at"),
            sf.min("bpm").alias("min_bpm"),
            (sf.sum(beats).cast("double") / sf.sum(weight_s).cast("double")).alias("avg_bpm"),
            sf.max("bpm").alias("max_bpm"),
            sf.count("*").alias("samples"),
            (sf.sum(weight_s) - beyond).cast("double").alias("covered_s"),
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


def _in_time() -> WindowSpec:
    return Window.partitionBy(*_WATCH).orderBy("us")


def _us(column: str) -> Column:
    return sf.unix_micros(column)
