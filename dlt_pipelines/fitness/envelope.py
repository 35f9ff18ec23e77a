"""The Kafka envelope: messages of several topics in one table."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.cloud_events import data_or_text, decoded, event_id, is_complete, with_cloud_event
from fitness.event_time import epoch_time
from fitness.rule_files import rules_of
from fitness.rules import INGEST_POSITION, violated

ENVELOPE = """
    key STRING COMMENT 'Key of the message',
    value STRING COMMENT 'The message itself, as received',
    topic STRING COMMENT 'Feed that the message belongs to',
    partition INT COMMENT 'Kafka partition',
    offset BIGINT COMMENT 'Kafka offset; unique neither alone nor with the partition',
    timestamp DOUBLE COMMENT 'When Kafka took the message, epoch seconds or milliseconds by magnitude',
    headers ARRAY<STRUCT<key: STRING, value: STRING>> COMMENT 'Kafka headers; NULL if there are none',
    _corrupt_record STRING COMMENT 'The line, if it is no JSON',
    _rescued_data STRING COMMENT 'Fields that the envelope does not have, or of another type, as JSON'"""

MESSAGE_SCHEMA = """
    event_id STRING COMMENT 'Source and id of the CloudEvent that brought the message; NULL for a plain message',
    rescued_data STRING COMMENT 'Fields that the feed does not know as JSON, each value as text; NULL if none',
    flags ARRAY<STRING> COMMENT 'Names of the violated rules that do not reject the message'"""
MESSAGE_COLUMNS = ("event_id", "rescued_data", "flags")

DATA_SET = "kafka_multiplex_bz"
TOPICS = ("user_info", "bpm", "workout", "registered_users", "gym_logins")


def messages(envelopes: DataFrame, topic: str) -> DataFrame:
    """The readable messages of a topic.

    `raw` is the message as received, `text` what it says: decoded, and taken out of a CloudEvent. Beside them
    `event_id`, `event_is_complete` and `event_sequence` of a CloudEvent, `names_its_subject` (a key, or the attributes
    of an event, say what even an empty message is about), `envelope_time` and the ingest position.
    """
    readable = envelopes.where((sf.col("topic") == topic) & sf.col("_corrupt_record").isNull())
    events = with_cloud_event(readable.withColumn("text", plain_text(sf.col("value"))))
    is_event = sf.col("cloud_event").isNotNull()
    return events.select(
        sf.col("value").alias("raw"),
        data_or_text().alias("text"),
        sf.when(is_event, event_id()).alias("event_id"),
        sf.when(is_event, is_complete()).alias("event_is_complete"),
        sf.col("cloud_event.sequence").try_cast("bigint").alias("event_sequence"),
        (is_event | sf.col("key").isNotNull()).alias("names_its_subject"),
        epoch_time(sf.col("timestamp")).alias("envelope_time"),
        *INGEST_POSITION,
    )


def kafka_records(records: DataFrame) -> DataFrame:
    """Records as Spark reads them from Kafka, with binary keys and values, as rows of the envelope.

    Bytes that are no UTF-8 become base64, and `_rescued_data` says where: `{"base64":["value","headers[0]"]}`.
    """
    texts = sf.transform(
        "headers", lambda header: sf.struct(header["key"].alias("key"), _text(header["value"]).alias("value"))
    )
    return records.select(
        _text(sf.col("key")).alias("key"),
        _text(sf.col("value")).alias("value"),
        "topic",
        "partition",
        "offset",
        (sf.unix_micros("timestamp") / 1000).cast("double").alias("timestamp"),
        texts.alias("headers"),
        sf.lit(None).cast("string").alias("_corrupt_record"),
        # Hardly any message has such bytes; the others are not to pay for the list.
        sf.when(~_is_all_text(), sf.to_json(sf.struct(_encoded().alias("base64")))).alias("_rescued_data"),
    )


def envelope_as_text() -> Column:
    """The envelope as the JSON line that a Kafka connector would write."""
    # As a DOUBLE, whole seconds would be written as 1.7E9.
    whole_number = sf.col("timestamp").try_cast("bigint").alias("timestamp")
    return sf.when(whole_number == sf.col("timestamp"), _as_json(whole_number)).otherwise(_as_json(sf.col("timestamp")))


def rejected_envelopes(envelopes: DataFrame) -> DataFrame:
    """The lines that are no message of a known topic, as received."""
    raw = sf.coalesce("_corrupt_record", envelope_as_text()).alias("raw")
    reasons = violated(rules_of(DATA_SET)).alias("reasons")
    return envelopes.select(raw, reasons, *INGEST_POSITION).where(sf.size("reasons") > 0)


def plain_text(value: Column) -> Column:
    """The message, also if a connector wrote its bytes as base64.

    No JSON text begins with e, and the base64 of `{` and what may follow it begins with ew or ey.
    """
    is_base64 = value.startswith("ew") | value.startswith("ey")
    return sf.when(is_base64, sf.coalesce(decoded(value), value)).otherwise(value)


def _text(binary: Column) -> Column:
    return sf.when(_is_text(binary), binary.cast("string")).otherwise(sf.base64(binary))


def _is_text(binary: Column) -> Column:
    """Whether bytes are UTF-8; none at all are."""
    return sf.coalesce(sf.is_valid_utf8(binary.cast("string")), sf.lit(True))


def _is_all_text() -> Column:
    headers = sf.coalesce(sf.forall("headers", lambda header: _is_text(header["value"])), sf.lit(True))
    return _is_text(sf.col("key")) & _is_text(sf.col("value")) & headers


def _encoded() -> Column:
    """Names of what `_text` wrote as base64."""
    fields = [sf.when(~_is_text(sf.col(name)), sf.lit(name)) for name in ("key", "value")]
    headers = sf.transform(
        "headers",
        lambda header, index: sf.when(
            ~_is_text(header["value"]), sf.concat(sf.lit("headers["), index.cast("string"), sf.lit("]"))
        ),
    )
    no_headers = sf.array().cast("array<string>")
    return sf.array_compact(sf.concat(sf.array(*fields), sf.coalesce(headers, no_headers)))


def _as_json(timestamp: Column) -> Column:
    return sf.to_json(sf.struct("key", "value", "topic", "partition", "offset", timestamp, "headers", "_rescued_data"))
