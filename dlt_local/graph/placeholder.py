"""Empty frames with a given schema: planning resolves columns and types against them without touching data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

PLACEHOLDER_SOURCE = "rate"


def placeholder(spark: SparkSession, schema: StructType, *, streaming: bool) -> DataFrame:
    """A frame of `schema` without rows; a streaming one stands on a source that is never started."""
    if streaming:
        ticks = spark.readStream.format(PLACEHOLDER_SOURCE).load()
        return ticks.select([F.lit(None).cast(field.dataType).alias(field.name) for field in schema.fields])
    jvm: Any = spark._jvm
    java_schema = spark._jsparkSession.parseDataType(schema.json())  # Python's createDataFrame([]) would start an RDD
    return DataFrame(spark._jsparkSession.createDataFrame(jvm.java.util.ArrayList(), java_schema), spark)
