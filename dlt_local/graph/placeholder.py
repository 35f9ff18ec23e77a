"""Empty frames with a given schema: planning resolves columns and types against them without touching data."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType


def placeholder(spark: SparkSession, schema: StructType, *, streaming: bool) -> DataFrame:
    """A frame of `schema` without rows; a streaming one stands on a source that is never started."""
    if streaming:
        ticks = spark.readStream.format("rate").load()
        return ticks.select([F.lit(None).cast(field.dataType).alias(field.name) for field in schema.fields])
    session = spark._jsparkSession  # noqa: SLF001 # createDataFrame([]) in Python would start an RDD
    java_schema = session.parseDataType(schema.json())
    rows = spark._jvm.java.util.ArrayList()  # noqa: SLF001 # as above
    return DataFrame(session.createDataFrame(rows, java_schema), spark)
