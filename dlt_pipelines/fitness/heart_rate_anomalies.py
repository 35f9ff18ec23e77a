"""Readings that are far from those shortly before them, at rest and in each workout by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as sf

from fitness.daily_heart_rate import middle

if TYPE_CHECKING:
    from fitness.settings import Settings

HEART_RATE_ANOMALIES = """
    user_id BIGINT COMMENT 'Member',
    device_id BIGINT COMMENT 'Device that measured',
    event_time TIMESTAMP COMMENT 'When it measured',
    state STRING COMMENT 'rest or workout; readings soon after exercise and in pauses are not judged',
    bpm DOUBLE COMMENT 'Beats per minute',
    state_since TIMESTAMP COMMENT 'Start of the workout, or of the rest after the latest; only later ones are compared',
    median_bpm DOUBLE COMMENT 'Median of the readings in whole minutes before, of the same rest or workout only',
    mad_bpm DOUBLE COMMENT 'Median distance of these from their median, at least 1',
    compared_with BIGINT COMMENT 'Number of these',
    robust_z DOUBLE COMMENT '0.6745 times the distance from the median by the median distance'"""

# Makes the median distance of a normal distribution its standard deviation (Iglewicz and Hoaglin).
_TO_STANDARD_DEVIATION = 0.6745
_LEAST_DISTANCE = 1.0


def heart_rate_anomalies(worn_heart_rate: DataFrame, settings: Settings) -> DataFrame:
    """One row per reading beyond the configured robust z-score; a notice, not a diagnosis.

    A workout is compared with itself only, so that its warm-up is not far from the end of the one before, and rest
    with the rest since the latest workout. The first minutes of either have too little before them to be judged.
    """
    minute = sf.expr("unix_micros(event_time) div 60000000")
    step = sf.floor(sf.col("minute") / settings.anomaly_step_minutes)
    stretch = sf.coalesce(sf.unix_micros("state_since"), sf.lit(0))
    judged = worn_heart_rate.where("state IN ('rest', 'workout')").withColumns({"minute": minute, "stretch": stretch})
    stepped = judged.withColumn("step", step)
    key = ["user_id", "device_id", "state", "stretch", "step"]
    z = sf.lit(_TO_STANDARD_DEVIATION) * (sf.col("bpm") - sf.col("median_bpm")) / sf.col("mad_bpm")
    return (
        stepped.join(baselines(stepped, settings), key)
        .withColumn("robust_z", sf.round(z, 6))
        .where(sf.abs("robust_z") > settings.anomaly_z)
        .select(
            "user_id", "device_id", "event_time", "state", "bpm",
            "state_since", "median_bpm", "mad_bpm", "compared_with", "robust_z",
        )
    )  # fmt: skip


def baselines(judged: DataFrame, settings: Settings) -> DataFrame:
    """Median and median distance of the steps before, once a step: the window moves in whole steps of minutes.

    Only where the stretch has enough minutes and readings before.
    """
    series = ("user_id", "device_id", "state", "stretch")
    steps_before = settings.anomaly_window_minutes // settings.anomaly_step_minutes
    before = Window.partitionBy(*series).orderBy("step").rangeBetween(-steps_before, Window.currentRow - 1)
    steps = judged.groupBy(*series, "step").agg(
        sf.collect_list("bpm").alias("values"), sf.count_distinct("minute").alias("minutes")
    )
    distances = sf.transform("ordered", lambda value: sf.abs(value - sf.col("median_bpm")))
    return (
        steps.withColumn("minutes_before", sf.sum("minutes").over(before))
        .withColumn("values_before", sf.flatten(sf.collect_list("values").over(before)))
        .withColumn("compared_with", sf.size("values_before").cast("bigint"))
        .where(sf.col("minutes_before") >= settings.anomaly_min_minutes)
        .where(sf.col("compared_with") >= settings.anomaly_min_samples)
        .withColumn("ordered", sf.sort_array("values_before"))
        .withColumn("median_bpm", middle(sf.col("ordered")))
        .withColumn("distances", sf.sort_array(distances))
        .withColumn("mad_bpm", sf.greatest(middle(sf.col("distances")), sf.lit(_LEAST_DISTANCE)))
        .select(*series, "step", "median_bpm", "mad_bpm", "compared_with")
    )
