"""Published formulas on examples worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as sf

from fitness import training_parameters as parameters
from tests.fitness.data_sets import SETTINGS

if TYPE_CHECKING:
    from pyspark.sql import Column, SparkSession


def banister(bpm: int, sex: str | None) -> Column:
    """One minute with rest 50 and highest rate 190."""
    return parameters.banister_per_minute(sf.lit(bpm), sf.lit(50), sf.lit(190), sf.lit(sex).cast("string"))


def value(spark: SparkSession, column: Column) -> Any:
    return values(spark, column)[0]


def values(spark: SparkSession, *columns: Column) -> list[Any]:
    return list(spark.range(1).select(*(column.alias(f"c{n}") for n, column in enumerate(columns))).first() or ())


def test_highest_heart_rate_at_40(spark: SparkSession) -> None:
    formulas = [replace(SETTINGS, hr_max_formula=name) for name in ("tanaka", "fox", "gellish", "gulati")]
    of_woman = [parameters.hr_max(sf.lit(40), sf.lit("F"), settings) for settings in formulas]
    of_man = parameters.hr_max(sf.lit(40), sf.lit("M"), formulas[-1])
    assert values(spark, *of_woman, of_man) == [180.0, 180.0, 179.0, 170.8, 180.0]


def test_a_formula_must_be_known() -> None:
    unknown = replace(SETTINGS, hr_max_formula="guess")
    with pytest.raises(ValueError, match=r"^fitness\.hr_max_formula is 'guess'; give one of tanaka, fox, gellish, gul"):
        parameters.hr_max(sf.lit(40), sf.lit("F"), unknown)


def test_karvonen(spark: SparkSession) -> None:
    assert value(spark, parameters.karvonen(sf.lit(0.7), sf.lit(50), sf.lit(190))) == pytest.approx(148.0)


def test_banister_by_sex(spark: SparkSession) -> None:
    minutes = [45 * banister(150, sex) for sex in ("M", "F", None)]
    assert values(spark, *minutes) == pytest.approx([81.07, 91.12, 86.10], abs=0.005)


def test_banister_counts_each_sample(spark: SparkSession) -> None:
    at = [banister(bpm, "M") for bpm in (120, 170, 145)]
    low, high, mean = values(spark, *at)
    assert (20 * low + 20 * high, 40 * mean) == (pytest.approx(73.60, abs=0.005), pytest.approx(63.92, abs=0.005))


def test_banister_outside_the_reserve_is_its_nearest_end(spark: SparkSession) -> None:
    below, above, at_top = (banister(bpm, "M") for bpm in (40, 250, 190))
    assert values(spark, below, above) == [0.0, value(spark, at_top)]


@pytest.mark.parametrize(
    ("scheme", "by_bpm"),
    [
        # Of 183.5: 91.75, 110.1, 128.45, 146.8, 165.15.
        ("hrmax", {91.7: 0, 91.75: 1, 110: 1, 110.1: 2, 128.5: 3, 146.8: 4, 165: 4, 165.15: 5, 200: 5}),
        # Rest 60 and 40, 60, 85 % of 123.5: 109.4, 134.1, 164.975.
        ("hrr", {109: 0, 109.4: 1, 134: 1, 134.1: 2, 164: 2, 165: 3}),
        # 68, 83, 94, 105 % of 0.9 * 183.5 = 165.15: 112.302, 137.0745, 155.241, 173.4075.
        ("lthr", {30: 1, 112: 1, 113: 2, 138: 3, 156: 4, 173: 4, 174: 5}),
    ],
)
def test_zones(spark: SparkSession, scheme: str, by_bpm: dict[float, int]) -> None:
    settings = replace(SETTINGS, zone_scheme=scheme)
    zones = [parameters.zone(sf.lit(bpm), sf.lit(60), sf.lit(183.5), settings) for bpm in by_bpm]
    assert values(spark, *zones) == list(by_bpm.values())


def test_a_rate_on_a_bound_is_in_the_zone_that_begins_there(spark: SparkSession) -> None:
    """Bounds at a tenth of a beat: on it, and a tenth below. In doubles 155.7 * 100 is less than 173 * 90."""
    cases = [
        (float(bpm), tenths / 10, zone)
        for tenths in range(1400, 1950)
        for zone, bound in enumerate((Fraction(tenths * percent, 1000) for percent in (50, 60, 70, 80, 90)), start=1)
        if (bound * 10).denominator == 1
        for bpm, zone in ((bound, zone), (bound - Fraction(1, 10), zone - 1))
    ]
    assert (155.7, 173.0, 5) in cases
    rows = spark.createDataFrame(cases, "bpm double, hr_max double, expected int")
    found = parameters.zone(sf.col("bpm"), sf.lit(60), sf.col("hr_max"), SETTINGS)
    assert rows.where(found != sf.col("expected")).collect() == []


def test_no_zone_without_highest_rate(spark: SparkSession) -> None:
    unknown = sf.lit(None).cast("double")
    assert value(spark, parameters.zone(sf.lit(100), sf.lit(60), unknown, SETTINGS)) is None


def test_intensity(spark: SparkSession) -> None:
    # Of a highest rate of 200: 57, 64, 77, 96 % are 114, 128, 154, 192; of rest 100: 30, 40, 60, 90 %.
    by_reserve = replace(SETTINGS, zone_scheme="hrr")
    of_highest = [
        parameters.intensity_class(sf.lit(bpm), sf.lit(100), sf.lit(200), SETTINGS)
        for bpm in (113, 114, 127.9, 128, 153, 154, 191, 192)
    ]
    of_reserve = [
        parameters.intensity_class(sf.lit(bpm), sf.lit(100), sf.lit(200), by_reserve)
        for bpm in (129, 130, 140, 160, 190)
    ]
    classes = ["very light", "light", "light", "moderate", "moderate", "vigorous", "vigorous", "near-max"]
    assert values(spark, *of_highest) == classes
    assert values(spark, *of_reserve) == ["very light", "light", "moderate", "vigorous", "near-max"]


def test_edwards_and_zonal_training_impulse(spark: SparkSession) -> None:
    # The interval workout of user 2002: minutes in zones 0 to 5.
    minutes = (2.567, 9.717, 1.517, 1.533, 6.283, 6.867)
    seconds = [sf.lit(m * 60) for m in minutes]
    # 0.9 * 9.717 + 1.1 * 1.517 + 1.2 * 1.533 + 2.0 * 6.283 + 5.0 * 6.867 = 59.1546
    both = values(spark, parameters.edwards(seconds), parameters.zonal_trimp(seconds[1:]))
    assert both == pytest.approx([76.82, 59.1546], abs=0.005)


def test_energy(spark: SparkSession) -> None:
    man = parameters.keytel_kcal_per_minute(sf.lit(140), sf.lit(75), sf.lit(40), sf.lit("M"))
    woman = parameters.keytel_kcal_per_minute(sf.lit(140), sf.lit(62), sf.lit(40), sf.lit("F"))
    resting = parameters.keytel_kcal_per_minute(sf.lit(40), sf.lit(75), sf.lit(40), sf.lit("M"))
    unknown = [
        parameters.keytel_kcal_per_minute(sf.lit(140), sf.lit(None).cast("double"), sf.lit(40), sf.lit("M")),
        parameters.keytel_kcal_per_minute(sf.lit(140), sf.lit(75), sf.lit(40), sf.lit(None).cast("string")),
    ]
    *known, no_weight, no_sex = values(spark, man, woman, resting, *unknown)
    assert known == pytest.approx([13.434, 8.923, 0.0], abs=0.0005)
    assert (no_weight, no_sex) == (None, None)


def test_version_names_what_matters() -> None:
    default = parameters.params_version(SETTINGS)
    assert default == ("v=1;hr_max=tanaka;zones=hrmax;lthr=90.0;rest=60;baseline=7/28;gap=60;kcal_from=90;zone=UTC")
    assert parameters.params_version(replace(SETTINGS, zone_scheme="hrr")) != default
