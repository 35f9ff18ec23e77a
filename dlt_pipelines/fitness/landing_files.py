"""Columns that every bronze row carries beside what was received."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

LINEAGE_SCHEMA = """
    source_file STRING COMMENT 'File that brought the row; NULL if Kafka did',
    ingested_at TIMESTAMP COMMENT 'When the row was taken in'"""


def with_lineage(received: DataFrame) -> DataFrame:
    """Add the file that brought a row, and when."""
    return received.select(
        "*",
        sf.col("_metadata.file_path").alias("source_file"),
        sf.current_timestamp().alias("ingested_at"),
    )


def with_kafka_lineage(received: DataFrame) -> DataFrame:
    """Add when a message was taken in that no file brought."""
    return received.select(
        "*", sf.lit(None).cast("string").alias("source_file"), sf.current_timestamp().alias("ingested_at")
    )
