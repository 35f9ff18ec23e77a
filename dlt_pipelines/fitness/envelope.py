"""The Kafka envelope: messages of several topics in one table."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.event_time import epoch_time
from fitness.rules import INGEST_POSITION, violated

ENVELOPE = """
    key STRING COMMENT 'Key of the message',
    value STRING COMMENT 'The message itself, as received',
    topic STRING COMMENT 'Feed that the message belongs to',
    partition INT COMMENT 'Kafka partition',
    offset BIGINT COMMENT 'Kafka offset; unique neither alone nor with the partition',
    timestamp DOUBLE COMMENT 'When Kafka took the message, epoch seconds or milliseconds by magnitude',
    _corrupt_record STRING COMMENT 'The line, if it is no JSON',
    _rescued_data STRING COMMENT 'Fields that the envelope does not have, or of another type, as JSON'"""

TOPICS = ("user_info", "bpm", "workout")

RULES = {
    "envelope_is_json": "_corrupt_record IS NULL",
    "topic_is_known": f"topic IN {TOPICS}",
}


def messages(envelopes: DataFrame, topic: str) -> DataFrame:
    """The readable messages of a topic: `raw`, `envelope_time` and the ingest position."""
    readable = envelopes.where((sf.col("topic") == topic) & sf.col("_corrupt_record").isNull())
    envelope_time = epoch_time(sf.col("timestamp")).alias("envelope_time")
    return readable.select(sf.col("value").alias("raw"), envelope_time, *INGEST_POSITION)


def rejected_envelopes(envelopes: DataFrame) -> DataFrame:
    """The lines that are no message of a known topic, as received."""
    raw = sf.coalesce("_corrupt_record", _whole()).alias("raw")
    reasons = violated(RULES).alias("reasons")
    return envelopes.select(raw, reasons, *INGEST_POSITION).where(sf.size("reasons") > 0)


def _whole() -> Column:
    # As a DOUBLE, whole seconds would be written as 1.7E9.
    whole_number = sf.col("timestamp").try_cast("bigint").alias("timestamp")
    return sf.when(whole_number == sf.col("timestamp"), _as_json(whole_number)).otherwise(_as_json(sf.col("timestamp")))


def _as_json(timestamp: Column) -> Column:
    return sf.to_json(sf.struct("key", "value", "topic", "partition", "offset", timestamp, "_rescued_data"))
