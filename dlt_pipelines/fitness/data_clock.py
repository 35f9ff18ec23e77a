"""The time up to which the data tell: the latest event of all feeds. Statuses depend on it, never on the wall clock."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

DATA_CLOCK = "latest_event_at TIMESTAMP COMMENT 'Latest valid event time of all feeds; NULL before the first event'"


def data_clock(*event_times: DataFrame) -> DataFrame:
    """One row: the latest instant in any of the given single-column DataFrames."""
    everything = reduce(DataFrame.union, event_times).toDF("event_time")
    return everything.agg(sf.max("event_time").alias("latest_event_at"))
