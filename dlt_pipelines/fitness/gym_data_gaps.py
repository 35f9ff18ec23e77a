"""Times in which the door of a gym said nothing: nobody knows how many people were there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from fitness.event_time import after, seconds_between

if TYPE_CHECKING:
    from fitness.settings import Settings

GYM_DATA_GAPS = """
    gym BIGINT COMMENT 'Gym, under its own number',
    last_event_at TIMESTAMP COMMENT 'Last login or logout before the silence',
    offline_from TIMESTAMP COMMENT 'First instant of the gap: from here on nobody is known to be there',
    offline_until TIMESTAMP COMMENT 'First instant after it: the next login, or the end of the data',
    is_ongoing BOOLEAN COMMENT 'Whether the door has been silent up to the end of the data',
    hours DOUBLE COMMENT 'Length of the gap in hours'"""


def gym_data_gaps(stays: DataFrame, clock: DataFrame, settings: Settings) -> DataFrame:
    """One row per gym and gap.

    A door that is silent for longer than `door_silence_hours` is taken to be offline since its last event, or since the
    last visitor who had come before counts as gone, until its next event.
    """
    in_time = Window.partitionBy("gym").orderBy("at", "is_end")
    before = in_time.rowsBetween(Window.unboundedPreceding, -1)
    silences = _events(stays, clock).withColumns(
        {"last_event_at": sf.lag("at").over(in_time), "occupied_until": sf.max("until").over(before)}
    )
    is_silence = sf.col("at") > after(sf.col("last_event_at"), hours=settings.door_silence_hours)
    return silences.where(is_silence & (sf.col("occupied_until") < sf.col("at"))).select(
        "gym",
        "last_event_at",
        sf.col("occupied_until").alias("offline_from"),
        sf.col("at").alias("offline_until"),
        sf.col("is_end").alias("is_ongoing"),
        (seconds_between(sf.col("occupied_until"), sf.col("at")) / 3600).alias("hours"),
    )


def _events(stays: DataFrame, clock: DataFrame) -> DataFrame:
    """Logins, logouts and the end of the data; `until` is when the visitor counts as gone."""
    came = _event(stays, at=sf.col("login"), until=sf.col("stay_end"))
    left = _event(stays.where("dwell_minutes IS NOT NULL"), at=sf.col("stay_end"), until=sf.col("stay_end"))
    end = sf.col("latest_event_at")
    ends = _event(stays.select("gym").distinct().crossJoin(clock), at=end, until=end, is_end=True)
    return came.union(left).union(ends)


def _event(rows: DataFrame, *, at: Column, until: Column, is_end: bool = False) -> DataFrame:
    return rows.select("gym", at.alias("at"), until.alias("until"), sf.lit(is_end).alias("is_end"))
