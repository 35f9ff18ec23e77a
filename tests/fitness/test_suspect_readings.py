"""Each rule about suspect readings can be turned off."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from fitness.suspect_readings import with_suspicions
from tests.fitness.data_sets import SETTINGS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

START = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - the session is in UTC


@pytest.mark.parametrize(
    ("slope", "spike", "suspicion"),
    [(10.0, 30.0, "slope, spike"), (0.0, 30.0, "spike"), (10.0, 0.0, "slope"), (0.0, 0.0, None)],
)
def test_rules_by_setting(spark: SparkSession, slope: float, spike: float, suspicion: str | None) -> None:
    # A reading a second at 70, and 130 at second 10.
    rows = [(1, START + timedelta(seconds=n), 130.0 if n == 10 else 70.0, "valid") for n in range(21)]
    readings = spark.createDataFrame(rows, "device_id BIGINT, event_time TIMESTAMP, bpm DOUBLE, status STRING")
    settings = replace(SETTINGS, slope_bpm_per_s=slope, spike_bpm=spike)
    judged = with_suspicions(readings, settings).collect()
    assert {row.bpm: row.suspicion for row in judged} == {70.0: None, 130.0: suspicion}
