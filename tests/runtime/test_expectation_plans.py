"""Expectations cost one pass: JSON is parsed once per row, however many rules and columns there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F

from dlt_local.api.definitions import Action, Expectation
from dlt_local.expectations import Check, enforced
from dlt_local.source_location import SourceLocation

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

FIELDS = ("device", "bpm", "at")
RULES = ("device > 0", "bpm BETWEEN 20 AND 250", "at IS NOT NULL", "device IS NOT NULL")


def parsed(spark: SparkSession) -> DataFrame:
    texts = spark.range(3).select(F.concat(F.lit('{"device":'), F.col("id").cast("string"), F.lit("}")).alias("value"))
    columns: list[Column] = [F.col(f"row.{name}") for name in FIELDS]
    return texts.select(F.from_json("value", "device INT, bpm DOUBLE, at TIMESTAMP").alias("row")).select(*columns)


@pytest.mark.parametrize("action", list(Action))
def test_json_is_parsed_once(spark: SparkSession, action: Action) -> None:
    place = SourceLocation("rules.py", 1)
    rules = tuple(Expectation(f"rule {number}", rule, action, place) for number, rule in enumerate(RULES))
    frame = enforced(parsed(spark), Check("counts", "readings", rules), flow="readings")
    plan = frame._jdf.queryExecution().optimizedPlan().toString()
    assert len(re.findall(r"from_json", plan)) == 1
    assert not [line for line in plan.splitlines() if "Filter" in line and "from_json" in line]


def test_without_the_barrier_it_would_be_parsed_again_and_again(spark: SparkSession) -> None:
    """What the test above guards against happens when the rules are plain filters."""
    frame = parsed(spark)
    for rule in RULES:
        frame = frame.filter(rule)
    plan = frame._jdf.queryExecution().optimizedPlan().toString()
    assert len(re.findall(r"from_json", plan)) > 1
