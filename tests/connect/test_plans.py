"""Every data set is planned through Spark Connect, with its declared columns; nothing is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fitness.cases import Outcome, columns_of
from tests.fitness.data_sets import DATA_SETS, SETTINGS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from fitness.settings import Settings

pytestmark = pytest.mark.connect


class EmptyTables:
    """Every table is there, without rows."""

    def __init__(self, spark: SparkSession) -> None:
        self.spark = spark

    @property
    def settings(self) -> Settings:
        return SETTINGS

    def __call__(self, name: str) -> DataFrame:
        return self.spark.createDataFrame([], columns_of(name))


@pytest.mark.parametrize("name", DATA_SETS)
def test_plan(connect: SparkSession, name: str) -> None:
    planned = DATA_SETS[name].query(EmptyTables(connect))
    assert Outcome.of(planned.schema, []) == Outcome.of(columns_of(name), [])


def test_what_spark_connect_lacks_is_refused(connect: SparkSession) -> None:
    """Else the session would be a classic one, and the other tests would prove nothing."""
    from pyspark.errors import PySparkAttributeError, PySparkNotImplementedError

    with pytest.raises(PySparkAttributeError, match="sparkContext"):
        _ = connect.sparkContext
    with pytest.raises(PySparkAttributeError, match="_jdf"):
        _ = connect.range(1)._jdf
    with pytest.raises(PySparkNotImplementedError):
        _ = connect.range(1).rdd
