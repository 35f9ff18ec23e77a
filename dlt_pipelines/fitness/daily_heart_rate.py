"""Heart rate of a day: at rest, lowest and highest, how long the device was worn, and how the rest compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

if TYPE_CHECKING:
    from fitness.settings import Settings

HR_DAILY = """
    user_id BIGINT COMMENT 'Member',
    hr_date DATE COMMENT 'Local day',
    device_id BIGINT COMMENT 'Device with the most valid readings of the member on the day; others are not mixed in',
    samples BIGINT COMMENT 'Its valid readings',
    min_bpm DOUBLE COMMENT 'Lowest reading',
    max_bpm DOUBLE COMMENT 'Highest reading',
    wear_minutes BIGINT COMMENT 'Minutes with a valid reading',
    gaps BIGINT COMMENT 'Times that more than the gap limit passed between two readings',
    resting_hr DOUBLE COMMENT 'Lowest mean of 30 minutes of which 24 have readings at rest; NULL if there are none',
    baseline_hr DOUBLE COMMENT 'Median of the resting heart rates of the days before; NULL if they are too few',
    baseline_mad DOUBLE COMMENT 'Median distance of these from their median',
    baseline_values BIGINT COMMENT 'Number of these',
    drift_bpm DOUBLE COMMENT 'Resting heart rate minus baseline'"""

_RESTING_MINUTES, _MINUTES_NEEDED = 30, 24
_BPM = "decimal(18,14)"


def hr_daily(worn_heart_rate: DataFrame, settings: Settings) -> DataFrame:
    """One row per member and local day with a valid reading of a device they wore.

    Only readings at rest tell the resting heart rate: who wears the device in workouts alone has none.
    """
    day = ["user_id", "hr_date"]
    at_rest = worn_heart_rate.where("state = 'rest'")
    days = _worn_days(worn_heart_rate, settings).join(resting_heart_rates(at_rest), day, "left")
    return with_baseline(days, settings).select(
        *day, "device_id", "samples", "min_bpm", "max_bpm", "wear_minutes", "gaps",
        "resting_hr", "baseline_hr", "baseline_mad", "baseline_values", "drift_bpm",
    )  # fmt: skip


def resting_heart_rates(readings: DataFrame) -> DataFrame:
    """`resting_hr` per member and day: the lowest mean of 30 minutes, each minute with its mean, 24 of them known."""
    minute = sf.expr("unix_micros(event_time) div 60000000").alias("minute")
    minutes = readings.groupBy("user_id", "hr_date", minute).agg(
        (sf.sum(sf.col("bpm").cast(_BPM)) / sf.count("*")).cast(_BPM).alias("bpm")
    )
    half_hour = Window.partitionBy("user_id", "hr_date").orderBy("minute").rangeBetween(1 - _RESTING_MINUTES, 0)
    known = sf.count("*").over(half_hour)
    mean = sf.sum("bpm").over(half_hour).cast("double") / known
    means = minutes.select("user_id", "hr_date", sf.when(known >= _MINUTES_NEEDED, mean).alias("mean"))
    return means.groupBy("user_id", "hr_date").agg(sf.round(sf.min("mean"), 6).alias("resting_hr"))


def with_baseline(days: DataFrame, settings: Settings) -> DataFrame:
    """Each day with the median resting heart rate of the calendar days before it, the day itself not among them."""
    before = (
        Window.partitionBy("user_id")
        .orderBy(sf.unix_date("hr_date"))
        .rangeBetween(-settings.baseline_days, Window.currentRow - 1)
    )
    values = sf.col("values_before")
    distances = sf.transform(values, lambda value: sf.abs(value - sf.col("median")))
    enough = sf.size(values) >= settings.baseline_min_days
    return (
        days.withColumn("values_before", sf.collect_list("resting_hr").over(before))
        .withColumn("median", median(values))
        .withColumns(
            {
                "baseline_values": sf.size(values).cast("bigint"),
                "baseline_hr": sf.when(enough, sf.col("median")),
                "baseline_mad": sf.when(enough, sf.round(median(distances), 6)),
            }
        )
        .withColumn("drift_bpm", sf.round(sf.col("resting_hr") - sf.col("baseline_hr"), 6))
    )


def _worn_days(readings: DataFrame, settings: Settings) -> DataFrame:
    in_day = Window.partitionBy("user_id", "hr_date").orderBy("event_time")
    silence = sf.unix_micros("event_time") - sf.unix_micros(sf.lag("event_time").over(in_day))
    is_gap = silence > settings.gap_limit_s * 1_000_000
    return (
        readings.withColumn("is_gap", is_gap)
        .groupBy("user_id", "hr_date")
        .agg(
            sf.min("device_id").alias("device_id"),
            sf.count("*").alias("samples"),
            sf.min("bpm").alias("min_bpm"),
            sf.max("bpm").alias("max_bpm"),
            sf.count_distinct(sf.expr("unix_micros(event_time) div 60000000")).alias("wear_minutes"),
            sf.count_if("is_gap").alias("gaps"),
        )
    )


def median(values: Column) -> Column:
    """Median of an array of numbers; NULL of an empty one."""
    return middle(sf.sort_array(values))


def middle(ordered: Column) -> Column:
    """Median of a sorted array of numbers; NULL of an empty one."""
    size = sf.size(ordered)
    lower, upper = (
        sf.get(ordered, sf.floor((size - 1) / 2).cast("int")),
        sf.get(ordered, sf.floor(size / 2).cast("int")),
    )
    return (lower + upper) / 2
