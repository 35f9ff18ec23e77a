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
    from collections.abc import Callable

    from fitness.settings import Settings

_LEAST_NEIGHBOURS = 2


def with_suspicions(readings: DataFrame, settings: Settings) -> DataFrame:
    """`suspicions` of each reading with status valid, compared with the device's other valid ones; mostly empty.

    `readings` have device_id, event_time, bpm and status.
    """
    steps = readings.withColumn("is_steep", _is_steep(settings))
    rules = {}
    if settings.slope_bpm_per_s:
        rules["slope"] = sf.col("is_steep") & ~_next_two_confirm()
    if settings.spike_bpm:
        rules["spike"] = _is_spike(settings)
    told_apart = (sf.col("status") == "valid") & ~_in_noise(settings)
    names = [sf.when(told_apart & broken, sf.lit(name)) for name, broken in rules.items()]
    none = sf.array().cast("array<string>")
    return steps.withColumn("suspicions", sf.array_compact(sf.array(*names)) if names else none).drop("is_steep")


def _is_steep(settings: Settings) -> Column:
    """Whether the rate changed too fast since the reading before; NULL if that was too long ago to tell."""
    passed_us = _us() - sf.lag(_us()).over(_in_time())
    change = sf.abs(sf.col("bpm") - sf.lag("bpm").over(_in_time()))
    limit = sf.lit(settings.slope_bpm_per_s) * passed_us / 1_000_000
    return sf.when(passed_us <= settings.slope_within_s * 1_000_000, change > limit)


def _next_two_confirm() -> Column:
    calm = (sf.lead("is_steep", offset).over(_in_time()) == sf.lit(False) for offset in (1, 2))
    first, second = (sf.coalesce(step, sf.lit(False)) for step in calm)
    return first & second


def _in_noise(settings: Settings) -> Column:
    around = _in_time().rowsBetween(-settings.noise_steps, settings.noise_steps)
    steep, steps = sf.count_if("is_steep").over(around), sf.count("is_steep").over(around)
    return steep * 100 > steps * settings.noise_percent


def _is_spike(settings: Settings) -> Column:
    """Far from the median of the readings shortly before and after, of which there are some on either side.

    Also far from either side by itself: the first reading of a new level is not alone.
    """
    offsets = range(1, settings.spike_neighbours + 1)
    before = _close([_neighbour(sf.lag, offset) for offset in offsets], settings)
    later = _close([_neighbour(sf.lead, offset) for offset in offsets], settings)
    enough = (sf.size(before) >= _LEAST_NEIGHBOURS) & (sf.size(later) >= _LEAST_NEIGHBOURS)
    distances = (sf.abs(sf.col("bpm") - median(some)) for some in (before, later, sf.concat(before, later)))
    return enough & (sf.least(*distances) > settings.spike_bpm)


def _neighbour(which: Callable[[Column, int], Column], offset: int) -> tuple[Column, Column]:
    return which(_us(), offset).over(_in_time()), which(sf.col("bpm"), offset).over(_in_time())


def _close(neighbours: list[tuple[Column, Column]], settings: Settings) -> Column:
    within = settings.slope_within_s * 1_000_000
    return sf.array_compact(sf.array(*(sf.when(sf.abs(_us() - us) <= within, bpm) for us, bpm in neighbours)))


def _in_time() -> WindowSpec:
    return Window.partitionBy("device_id", "status").orderBy("event_time")


def _us() -> Column:
    return sf.unix_micros("event_time")
