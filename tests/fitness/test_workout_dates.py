"""A workout belongs to the local day on which it starts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from fitness.workout_summary import with_limits
from tests.fitness.cases import columns_of
from tests.fitness.data_sets import SETTINGS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_date_age_and_baseline_are_those_of_the_local_day(spark: SparkSession) -> None:
    # 23:30 in UTC of 2 March is 00:30 of 3 March in Berlin, the 40th birthday: 208 - 0.7 * 40 = 180.
    berlin = replace(SETTINGS, time_zone="Europe/Berlin")
    started = datetime(2026, 3, 2, 23, 30)  # noqa: DTZ001 - the session is in UTC
    workouts = spark.createDataFrame([(1, started)], "user_id BIGINT, started_at TIMESTAMP")
    born = "user_id BIGINT, dob DATE, sex STRING, city STRING, state STRING"
    profiles = spark.createDataFrame([(1, date(1986, 3, 3), "M", None, None)], born)
    days = spark.createDataFrame(
        [
            {"user_id": 1, "hr_date": date(2026, 3, 2), "baseline_hr": 70.0},
            {"user_id": 1, "hr_date": date(2026, 3, 3), "baseline_hr": 50.0},
        ],
        columns_of("hr_daily"),
    )
    (row,) = with_limits(workouts, profiles, days, berlin).collect()
    assert (row.workout_date, row.age, row.hr_max, row.resting_hr) == (date(2026, 3, 3), 40, 180.0, 50.0)
