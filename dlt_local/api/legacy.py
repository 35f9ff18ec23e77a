"""Older names of the API that pipelines in use still call."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession


def read(name: str) -> DataFrame:
    """All rows of a data set of this pipeline; today `spark.read.table`."""
    return SparkSession.active().read.table(name)


def read_stream(name: str) -> DataFrame:
    """New rows of a data set of this pipeline; today `spark.readStream.table`."""
    return SparkSession.active().readStream.table(name)
