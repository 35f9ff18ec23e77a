"""What heart rate means for one person: highest rate, reserve, zones, intensity, training load and energy.

Published formulas as columns; a NULL input gives NULL. `bpm` is a heart rate, `age` completed years, `sex` M or F.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, TypeVar

from pyspark.sql import Column
from pyspark.sql import functions as sf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fitness.settings import Settings

_Choice = TypeVar("_Choice")

VERSION = 1
"""To be raised when a formula of this module changes."""

ZONES = range(6)

# Tenths and hundredths of whole numbers, because 208 - 0.7 * age misses the nearest double.
HR_MAX: dict[str, Callable[[Column], Column]] = {
    "tanaka": lambda age: (2080 - 7 * age) / 10,
    "fox": lambda age: (220 - age) / 1,
    "gellish": lambda age: (2070 - 7 * age) / 10,
    "gulati": lambda age: (20600 - 88 * age) / 100,
}
"""Highest heart rate by age. Tanaka 2001, Fox 1971, Gellish 2007; Gulati 2010 studied women only."""

ZONE_PERCENTS = {"hrmax": (50, 60, 70, 80, 90), "hrr": (40, 60, 85), "lthr": (0, 68, 83, 94, 105)}
"""First percent of zones 1, 2, ... of the highest rate, of the reserve, or of the lactate threshold."""

INTENSITIES = ("very light", "light", "moderate", "vigorous", "near-max")
INTENSITY_PERCENTS = {"hrmax": (57, 64, 77, 96), "hrr": (30, 40, 60, 90)}
"""First percent of each class after the first (ACSM)."""

ZONAL_TRIMP_WEIGHTS = (0.9, 1.1, 1.2, 2.0, 5.0)
_MEN, _WOMEN = (0.64, 1.92), (0.86, 1.67)
_JOULES_PER_CALORIE = 4.184


def params_version(settings: Settings) -> str:
    """The settings that numbers of heart rate and load depend on, as one text."""
    parts = {
        "v": VERSION,
        "hr_max": settings.hr_max_formula,
        "zones": settings.zone_scheme,
        "lthr": settings.lthr_percent_of_hr_max,
        "rest": settings.default_resting_hr,
        "baseline": f"{settings.baseline_min_days}/{settings.baseline_days}",
        "gap": settings.gap_limit_s,
        "kcal_from": settings.kcal_min_bpm,
        "zone": settings.time_zone,
    }
    return ";".join(f"{name}={value}" for name, value in parts.items())


def hr_max(age: Column, sex: Column, settings: Settings) -> Column:
    """Highest heart rate by the configured formula; with `gulati`, which holds for women, others get `tanaka`."""
    formula = _one_of(HR_MAX, settings.hr_max_formula, "fitness.hr_max_formula")(age)
    if settings.hr_max_formula == "gulati":
        return sf.when(sex == "F", formula).otherwise(HR_MAX["tanaka"](age))
    return formula


def reserve_share(bpm: Column, resting: Column, highest: Column) -> Column:
    """Share of the heart-rate reserve in use, 0 at rest and 1 at the highest rate; NULL without a reserve."""
    reserve = sf.when(highest > resting, highest - resting)
    return (bpm - resting) / reserve


def karvonen(share: Column, resting: Column, highest: Column) -> Column:
    """The heart rate at a share of the reserve."""
    return resting + share * (highest - resting)


def zone(bpm: Column, resting: Column, highest: Column, settings: Settings) -> Column:
    """Zone of a heart rate by the configured scheme, 0 below the first bound; a bound belongs to the upper zone."""
    percents = _one_of(ZONE_PERCENTS, settings.zone_scheme, "fitness.zone_scheme")
    if settings.zone_scheme == "hrr":
        return _steps_reached(bpm, resting, highest, percents)
    if settings.zone_scheme == "lthr":
        return _steps_reached(bpm, sf.lit(0), highest * settings.lthr_percent_of_hr_max / 100, percents)
    return _steps_reached(bpm, sf.lit(0), highest, percents)


def intensity_class(bpm: Column, resting: Column, highest: Column, settings: Settings) -> Column:
    """ACSM's class of a heart rate: by the share of the reserve with zones by reserve, else by that of the highest."""
    by_reserve = settings.zone_scheme == "hrr"
    bottom = resting if by_reserve else sf.lit(0)
    reached = _steps_reached(bpm, bottom, highest, INTENSITY_PERCENTS["hrr" if by_reserve else "hrmax"])
    return sf.get(sf.array(*map(sf.lit, INTENSITIES)), reached)


def banister_per_minute(bpm: Column, resting: Column, highest: Column, sex: Column) -> Column:
    """Banister's training impulse of one minute; for a sex other than M and F the mean of both."""
    share = reserve_share(bpm, resting, highest)
    x = sf.when(share.isNotNull(), sf.least(sf.greatest(share, sf.lit(0.0)), sf.lit(1.0)))
    man, woman = (x * sf.lit(a) * sf.exp(x * b) for a, b in (_MEN, _WOMEN))
    return sf.when(sex == "M", man).when(sex == "F", woman).otherwise((man + woman) / 2)


def edwards(zone_seconds: Sequence[Column]) -> Column:
    """Edwards' training impulse: minutes times number of the zone, of the seconds in zones 0, 1, ..."""
    return _weighted_minutes(zone_seconds, range(len(zone_seconds)))


def zonal_trimp(zone_seconds: Sequence[Column]) -> Column:
    """Training impulse of the seconds in zones 1 to 5 by lactate threshold, each zone with a weight of its own."""
    return _weighted_minutes(zone_seconds, ZONAL_TRIMP_WEIGHTS)


def keytel_kcal_per_minute(bpm: Column, weight_kg: Column, age: Column, sex: Column) -> Column:
    """Energy by Keytel 2005, never negative; NULL for a sex other than M and F, which have formulas of their own."""
    man = -55.0969 + 0.6309 * bpm + 0.1988 * weight_kg + 0.2017 * age
    woman = -20.4022 + 0.4472 * bpm - 0.1263 * weight_kg + 0.0740 * age
    kilojoules = sf.when(sex == "M", man).when(sex == "F", woman)
    return sf.when(kilojoules.isNotNull(), sf.greatest(kilojoules, sf.lit(0.0)) / _JOULES_PER_CALORIE)


def _steps_reached(bpm: Column, bottom: Column, top: Column, percents: Sequence[int]) -> Column:
    # Rounded, so that a rate on a bound is on it: 155.7 * 100 is less than 173 * 90 for a computer.
    bounds = [bottom * (100 - percent) + top * percent for percent in percents]
    reached = [sf.when(sf.round(bpm * 100 - bound, 6) >= 0, 1).otherwise(0) for bound in bounds]
    return sf.when((top > bottom) & bpm.isNotNull(), reduce(Column.__add__, reached))


def _weighted_minutes(seconds: Sequence[Column], weights: Sequence[float]) -> Column:
    return reduce(Column.__add__, (s * weight for s, weight in zip(seconds, weights, strict=True))) / 60


def _one_of(choices: dict[str, _Choice], chosen: str, key: str) -> _Choice:
    if chosen not in choices:
        raise ValueError(f"{key} is {chosen!r}; give one of {', '.join(choices)}")
    return choices[chosen]
