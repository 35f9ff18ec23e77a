"""Messages that came twice: from the broker itself, and in the files that a Kafka connector wrote of it."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from fitness.envelope import plain_text

POSITION = ("topic", "partition", "offset")


def each_message_once(rejected: DataFrame, *, in_envelope: bool = False) -> DataFrame:
    """Rows of a quarantine; a message that the broker delivered stands for all its other deliveries.

    Topic, partition, offset, contents and reasons make a message. The first three alone do not: exports repeat them.
    Rows without a place in Kafka, and messages that only files brought, are all kept. `raw` is the message, or its
    whole envelope.
    """
    message = Window.partitionBy(*POSITION, "reasons", _contents(in_envelope=in_envelope))
    from_kafka = sf.col("source_file").isNull() & sf.col("offset").isNotNull()
    best = sf.row_number().over(message.orderBy(sf.col("source_file").asc_nulls_first(), "ingested_at"))
    numbered = rejected.withColumns({"delivery": best, "from_kafka": sf.max(from_kafka).over(message)})
    return numbered.where("delivery = 1 OR NOT from_kafka").drop("delivery", "from_kafka")


def _contents(*, in_envelope: bool) -> Column:
    """What the message says; connectors format JSON anew, so spaces do not count."""
    value = sf.coalesce(sf.get_json_object("raw", "$.value"), sf.col("raw")) if in_envelope else sf.col("raw")
    return sf.regexp_replace(plain_text(value), r"\s", "")
