"""Fitness and fatigue on examples worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from fitness.training_load import training_load_daily
from tests.fitness.data_sets import SETTINGS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FIRST = date(2026, 3, 2)


def workouts(spark: SparkSession, days: list[int]) -> DataFrame:
    rows = [(1, FIRST + timedelta(days=day), 100.0, "v") for day in days]
    return spark.createDataFrame(
        rows, "user_id BIGINT, workout_date DATE, trimp_banister DOUBLE, params_version STRING"
    )


def clock(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([(datetime(2026, 3, 29, 20),)], "latest_event_at TIMESTAMP")  # noqa: DTZ001 - UTC


@pytest.mark.parametrize(
    ("mode", "ctl", "atl"), [("exp", 48.66, 98.17), ("1/tau", 49.07, 98.66), ("2/(n+1)", 73.65, 99.97)]
)
def test_load_100_on_28_days(spark: SparkSession, mode: str, ctl: float, atl: float) -> None:
    settings = replace(SETTINGS, load_decay=mode)
    days = list(range(28))
    result = training_load_daily(workouts(spark, days[::2] + days[1::2]), clock(spark), settings).collect()
    last, before = sorted(result, key=lambda row: str(row.load_date))[:-3:-1]
    assert (len(result), last.load_date, last.decay_mode) == (28, date(2026, 3, 29), mode)
    assert (last.ctl, last.atl) == (pytest.approx(ctl, abs=0.005), pytest.approx(atl, abs=0.005))
    assert last.tsb == pytest.approx(before.ctl - before.atl, abs=1e-5)


def test_a_mode_must_be_known(spark: SparkSession) -> None:
    with pytest.raises(ValueError, match=r"^fitness\.load_decay is 'slow'; give one of exp, 1/tau, 2/\(n\+1\)$"):
        training_load_daily(workouts(spark, [0]), clock(spark), replace(SETTINGS, load_decay="slow"))
