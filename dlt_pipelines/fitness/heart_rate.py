"""Heart rate: one reading per device and instant, with what it is worth."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

HEART_RATE = """
    device_id BIGINT COMMENT 'Device',
    event_time TIMESTAMP COMMENT 'When the device measured',
    bpm DOUBLE COMMENT 'Beats per minute as received; never interpolated',
    status STRING COMMENT 'valid: 25 to 250; no_contact: 0 or NULL; out_of_range: 1 to 24 or 251 to 300',
    reason STRING COMMENT 'duplicate_conflict if the device sent different values for the instant; else NULL'"""

LOWEST_VALID_BPM = 25
HIGHEST_VALID_BPM = 250


def heart_rate(readings: DataFrame) -> DataFrame:
    """One row per (device_id, event_time).

    Of different values for one instant the one that Kafka took last counts: by envelope time, then offset, then value.
    """
    latest = sf.max(sf.struct("envelope_time", "offset", "bpm")).alias("latest")
    differ = sf.min(_comparable()) != sf.max(_comparable())
    winners = readings.groupBy("device_id", "event_time").agg(latest, differ.alias("differ"))
    bpm = sf.col("latest.bpm")
    return winners.select(
        "device_id",
        "event_time",
        bpm.alias("bpm"),
        reading_status(bpm).alias("status"),
        sf.when(sf.col("differ"), "duplicate_conflict").alias("reason"),
    )


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
