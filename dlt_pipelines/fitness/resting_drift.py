"""Days on which a member's heart beats faster at rest than in the weeks before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as sf

from fitness.alert_episodes import identified
from fitness.calendar_days import first_instant

if TYPE_CHECKING:
    from fitness.settings import Settings

# Makes the median distance of a normal distribution its standard deviation.
_STANDARD_DEVIATION = 1.4826


def resting_drifts(days: DataFrame, settings: Settings) -> DataFrame:
    """One row per stretch of consecutive days, as long as configured or longer, with a raised resting heart rate.

    `days` are those of hr_daily. A day that is not raised, or not known, ends the stretch. It is detected when its
    second day is over; its readings are the resting heart rates of the days.
    """
    spread = settings.drift_mads * _STANDARD_DEVIATION * sf.col("baseline_mad")
    raised = days.where(sf.col("drift_bpm") > sf.greatest(sf.lit(settings.drift_min_bpm), spread))
    # Consecutive days are as far apart as their numbers are.
    number = sf.row_number().over(Window.partitionBy("user_id").orderBy("hr_date"))
    stretches = raised.withColumn("stretch", sf.unix_date("hr_date") - number).groupBy("user_id", "stretch")
    known_on = sf.date_add("first_day", settings.drift_days)
    zone = settings.time_zone
    found = stretches.agg(
        sf.min("hr_date").alias("first_day"),
        sf.max("hr_date").alias("last_day"),
        sf.min_by("device_id", "hr_date").alias("device_id"),
        sf.min("resting_hr").alias("min_bpm"),
        sf.round(sf.sum(sf.col("resting_hr").cast("decimal(18,6)")).cast("double") / sf.count("*"), 6).alias("avg_bpm"),
        sf.max("resting_hr").alias("max_bpm"),
        sf.count("*").alias("samples"),
        sf.lit(1.0).alias("coverage"),
    ).where(sf.col("samples") >= settings.drift_days)
    dated = found.withColumns(
        {
            "started_at": first_instant(sf.col("first_day"), zone),
            "detected_at": first_instant(known_on, zone),
            "ended_at": first_instant(sf.date_add("last_day", 1), zone),
        }
    )
    return identified(dated, "RHR_DRIFT", "warning")
