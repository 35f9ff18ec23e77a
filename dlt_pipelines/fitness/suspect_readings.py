"""Readings that a heart can hardly have: a jump that the next readings do not confirm, or a lonely spike.

A stretch in which most readings jump is no heart rate with a few mistakes; there no reading is better than the next, so
none is singled out. The course data are such noise (uniform numbers between 35 and 95, 70 % of the steps too steep, one
reading in nine a spike), and their published results count each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as sf

from fitness.daily_heart_rate import median

if TYPE_CHECKING:
    from fitness.settings import Settings

SEPARATOR = ", "
_LEAST_NEIGHBOURS = 2


def with_suspicions(readings: DataFrame, settings: Settings) -> DataFrame:
    """`suspicion`: slope, spike, or both in one text, of a reading with status valid among the others; else NULL.

    `readings` have device_id, event_time, bpm and status.
    """
    judged = with_noise(with_neighbours(readings, settings), settings)
    told_apart = (sf.col("status") == "valid") & ~sf.col("in_noise")
    rules = {}
    if settings.slope_bpm_per_s:
        confirmed = ~_is_steep("reading", "later_1", settings) & ~_is_steep("later_1", "later_2", settings)
        rules["slope"] = sf.col("is_steep") & ~sf.coalesce(confirmed, sf.lit(False))
    if settings.spike_bpm:
        # The order matters for speed only: few readings get as far as the medians.
        rules["spike"] = sf.when(_stands_out(settings), _is_spike(settings))
    names = (sf.when(told_apart, sf.when(broken, sf.lit(name))) for name, broken in rules.items())
    suspicion = sf.nullif(sf.concat_ws(SEPARATOR, *names), sf.lit(""))
    return judged.withColumn("suspicion", suspicion).select(*readings.columns, "suspicion")


def with_neighbours(readings: DataFrame, settings: Settings) -> DataFrame:
    """The readings around each: before_1 is the one before it, later_1 the next; each with `us` and `bpm`."""
    reading, offsets = sf.col("reading"), range(1, max(settings.spike_neighbours, 2) + 1)
    return readings.withColumn("reading", sf.struct(sf.unix_micros("event_time").alias("us"), "bpm")).withColumns(
        {f"before_{offset}": sf.lag(reading, offset).over(_in_time()) for offset in offsets}
        | {f"later_{offset}": sf.lead(reading, offset).over(_in_time()) for offset in offsets}
    )


def with_noise(readings: DataFrame, settings: Settings) -> DataFrame:
    """`is_steep`, the step to the reading, and `in_noise`: whether too many of the steps around it are steep."""
    steps = readings.withColumn("is_steep", _is_steep("before_1", "reading", settings))
    counts = {"steep": sf.count_if("is_steep").over(_in_time()), "steps": sf.count("is_steep").over(_in_time())}
    # Differences of counts so far, because a sliding frame would count each step once for every reading around it.
    steep, known = (_around(name, settings.noise_steps) for name in counts)
    return steps.withColumns(counts).withColumn("in_noise", steep * 100 > known * settings.noise_percent)


def _around(count: str, rows: int) -> Column:
    everything = _in_time().rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    last = sf.coalesce(sf.lead(count, rows).over(_in_time()), sf.max(count).over(everything))
    return last - sf.coalesce(sf.lag(count, rows + 1).over(_in_time()), sf.lit(0))


def _is_steep(earlier: str, later: str, settings: Settings) -> Column:
    """Whether the rate changed too fast from one reading to the next; NULL if that took too long to tell."""
    passed_us = sf.col(f"{later}.us") - sf.col(f"{earlier}.us")
    change = sf.abs(sf.col(f"{later}.bpm") - sf.col(f"{earlier}.bpm"))
    too_fast = change > sf.lit(settings.slope_bpm_per_s) * passed_us / 1_000_000
    return sf.when(passed_us <= settings.slope_within_s * 1_000_000, too_fast)


def _stands_out(settings: Settings) -> Column:
    """Whether any reading on either side is as far away as the median of a spike's neighbours."""
    offsets = range(1, settings.spike_neighbours + 1)
    sides = ([sf.col(f"{side}_{offset}.bpm") for offset in offsets] for side in ("before", "later"))
    farthest = (sf.greatest(*(sf.abs(sf.col("bpm") - bpm) for bpm in side), sf.lit(0.0)) for side in sides)
    return sf.least(*farthest) > settings.spike_bpm


def _is_spike(settings: Settings) -> Column:
    """Far from the median of the readings shortly before and after, of which there are some on either side.

    Also far from either side by itself: the first reading of a new level is not alone.
    """
    before, later = _nearby("before", settings), _nearby("later", settings)
    enough = (sf.size(before) >= _LEAST_NEIGHBOURS) & (sf.size(later) >= _LEAST_NEIGHBOURS)
    distances = (sf.abs(sf.col("bpm") - median(some)) for some in (before, later, sf.concat(before, later)))
    return enough & (sf.least(*distances) > settings.spike_bpm)


def _nearby(side: str, settings: Settings) -> Column:
    within = settings.slope_within_s * 1_000_000
    found = (sf.col(f"{side}_{offset}") for offset in range(1, settings.spike_neighbours + 1))
    near = (sf.when(sf.abs(sf.col("reading.us") - other["us"]) <= within, other["bpm"]) for other in found)
    return sf.array_compact(sf.array(*near))


def _in_time() -> WindowSpec:
    return Window.partitionBy("device_id", "status").orderBy("event_time")
