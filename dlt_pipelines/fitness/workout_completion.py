"""How many of the started workouts a member finishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from fitness.calendar_days import local_day

if TYPE_CHECKING:
    from fitness.settings import Settings

WORKOUT_COMPLETION_DAILY = """
    user_id BIGINT COMMENT 'Member',
    workout_date DATE COMMENT 'Local day on which the workouts started',
    started BIGINT COMMENT 'Workouts started; a start after a pause starts none',
    completed BIGINT COMMENT 'Of these, stopped in time and long enough in motion',
    too_short BIGINT COMMENT 'Stopped, with too little active time to count',
    abandoned BIGINT COMMENT 'Never stopped, or stopped without any active time',
    superseded BIGINT COMMENT 'Ended by the start of another session',
    still_open BIGINT COMMENT 'Not over as of the latest event',
    completion_rate DOUBLE COMMENT 'Completed by started, 0 to 1'"""


def workout_completion_daily(workouts: DataFrame, settings: Settings) -> DataFrame:
    """One row per member and local day on which a workout started; stops without a start count nowhere."""
    status = sf.col("status")
    long_enough = sf.col("active_s") >= settings.completed_min_active_s
    stopped = status == "completed"
    return (
        workouts.where("started_at IS NOT NULL")
        .groupBy("user_id", local_day(sf.col("started_at"), settings.time_zone).alias("workout_date"))
        .agg(
            sf.count("*").alias("started"),
            sf.count_if(stopped & long_enough).alias("completed"),
            sf.count_if(stopped & ~long_enough).alias("too_short"),
            sf.count_if(status == "abandoned").alias("abandoned"),
            sf.count_if(status == "superseded").alias("superseded"),
            sf.count_if(status == "open").alias("still_open"),
        )
        .withColumn("completion_rate", sf.col("completed") / sf.col("started"))
    )
