"""Heart rate: one reading per device and instant, with what it is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.suspect_readings import SEPARATOR, with_suspicions

if TYPE_CHECKING:
    from fitness.settings import Settings

HEART_RATE = """
    device_id BIGINT COMMENT 'Device',
    event_time TIMESTAMP COMMENT 'When the device measured',
    bpm DOUBLE COMMENT 'Beats per minute as received; never interpolated',
    status STRING COMMENT 'valid: 25 to 250; no_contact: 0 or NULL; out_of_range: up to 24 or from 251; suspect',
    reason STRING COMMENT 'slope or spike if suspect; duplicate_conflict if values for the instant differed; or both'"""

LOWEST_VALID_BPM = 25
HIGHEST_VALID_BPM = 250


def heart_rate(readings: DataFrame, settings: Settings) -> DataFrame:
    """One row per (device_id, event_time)."""
    judged = with_suspicions(one_reading_an_instant(readings), settings)
    conflict = sf.when(sf.col("differ"), "duplicate_conflict")
    reason = sf.concat_ws(SEPARATOR, conflict, "suspicion")
    status = sf.when(sf.col("suspicion").isNotNull(), "suspect").otherwise(sf.col("status"))
    return judged.select(
        "device_id", "event_time", "bpm", status.alias("status"), sf.nullif(reason, sf.lit("")).alias("reason")
    )


def one_reading_an_instant(readings: DataFrame) -> DataFrame:
    """Device, instant, value, what the value is worth, and whether values `differ`.

    Of different values for one instant the one that Kafka took last counts: by envelope time, then offset, then value.
    """
    latest = sf.max(sf.struct("envelope_time", "offset", "bpm")).alias("latest")
    differ = sf.min(_comparable()) != sf.max(_comparable())
    winners = readings.groupBy("device_id", "event_time").agg(latest, differ.alias("differ"))
    bpm = sf.col("latest.bpm")
    return winners.select("device_id", "event_time", bpm.alias("bpm"), reading_status(bpm).alias("status"), "differ")


def reading_status(bpm: Column) -> Column:
    """What a value between 0 and 300 is worth."""
    return (
        sf.when(bpm.isNull() | (bpm == 0), "no_contact")
        .when(bpm.between(LOWEST_VALID_BPM, HIGHEST_VALID_BPM), "valid")
        .otherwise("out_of_range")
    )


def _comparable() -> Column:
    # No contact may be told as NULL or as 0; a value beside it is another value.
    return sf.coalesce("bpm", sf.lit(0.0))
