"""Joins of spans of time, by bins: the cost follows the rows, not the pairs of rows of one member."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

# A bin is 2^n microseconds: 2^32 are 72 minutes, the scale of a workout; 2^36 are 19 hours, the scale of a visit.
_WORKOUT_BITS = 32
_VISIT_BITS = 36


def readings_within(spans: DataFrame, heart_rate: DataFrame, user_devices: DataFrame) -> DataFrame:
    """The valid readings with span_start <= event_time < span_end, of the devices the member wore at that time.

    `spans` has user_id, span_start and span_end; they come back clipped to the time the device was the member's,
    with all other columns of the span, and device_id, event_time and bpm of the reading.
    """
    of_devices = _worn(spans, user_devices).withColumn("bin", _bins("span_start", "span_end", _WORKOUT_BITS))
    readings = heart_rate.where("status = 'valid'").select(
        "device_id", "event_time", "bpm", _bin("event_time", _WORKOUT_BITS).alias("bin")
    )
    inside = (sf.col("event_time") >= sf.col("span_start")) & (sf.col("event_time") < sf.col("span_end"))
    return readings.join(of_devices, ["device_id", "bin"]).where(inside).drop("bin")


def overlaps(left: DataFrame, right: DataFrame) -> DataFrame:
    """Pairs of a left and a right span of one member with the time they share, `overlap_us` > 0 in microseconds.

    Both have user_id, a start and an end, named left_start, left_end, right_start and right_end.
    """
    lefts = left.withColumn("bin", _bins("left_start", "left_end", _VISIT_BITS))
    rights = right.withColumn("bin", _bins("right_start", "right_end", _VISIT_BITS))
    shared = _us(sf.least("left_end", "right_end")) - _us(sf.greatest("left_start", "right_start"))
    # A pair that shares several bins is taken in the first of them only.
    first_bin = _bin(sf.greatest("left_start", "right_start"), _VISIT_BITS)
    pairs = lefts.join(rights, ["user_id", "bin"]).where(sf.col("bin") == first_bin)
    return pairs.withColumn("overlap_us", shared).where("overlap_us > 0").drop("bin")


def _worn(spans: DataFrame, user_devices: DataFrame) -> DataFrame:
    devices = user_devices.where("user_id IS NOT NULL").select("user_id", "device_id", "valid_from", "valid_to")
    start = sf.greatest("span_start", "valid_from")
    end = sf.least("span_end", "valid_to")
    clipped = spans.join(devices, "user_id").withColumns({"span_start": start, "span_end": end})
    return clipped.where("span_start < span_end").drop("valid_from", "valid_to")


def _bins(start: str, end: str, bits: int) -> Column:
    last = sf.greatest(_us(start), _us(end) - 1)
    return sf.explode(sf.sequence(sf.shiftright(_us(start), bits), sf.shiftright(last, bits)))


def _bin(time: Column | str, bits: int) -> Column:
    return sf.shiftright(_us(time), bits)


def _us(time: Column | str) -> Column:
    return sf.unix_micros(sf.col(time) if isinstance(time, str) else time)
