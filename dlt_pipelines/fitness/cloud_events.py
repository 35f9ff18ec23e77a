"""CloudEvents 1.0: an event with attributes around what a plain message would be.

Structured mode: the message is a JSON object with the attributes and `data` or `data_base64`. Binary mode: the
attributes are Kafka headers `ce_*`, the message is the data.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.json_text import the_one_object, the_only

_ATTRIBUTES = ("specversion", "id", "source", "type", "sequence")
_STRUCTURED = f"STRUCT<{', '.join(f'{name}: STRING' for name in (*_ATTRIBUTES, 'data', 'data_base64'))}>"
_MARKER = '"specversion"'


def with_cloud_event(messages: DataFrame) -> DataFrame:
    """Add `cloud_event`: the attributes and data of the event in `text` and `headers`; NULL for any other message.

    Only messages that mention a specversion, or have headers, are looked into.
    """
    text = sf.col("text")
    structured = sf.when(text.contains(_MARKER), the_one_object(text, _STRUCTURED))
    parsed = messages.withColumn("cloud_event", structured)
    event = the_only("cloud_event")
    in_headers = sf.when(_header("specversion").isNotNull(), _from_headers())
    return parsed.withColumn(
        "cloud_event",
        sf.when(event["specversion"].isNotNull(), event).when(sf.col("headers").isNotNull(), in_headers),
    )


def data_or_text() -> Column:
    """What the message says: the event's data, or the message itself; NULL for an event without data."""
    encoded = sf.col("cloud_event.data_base64")
    data = sf.coalesce("cloud_event.data", decoded(encoded), encoded)
    return sf.when(sf.col("cloud_event").isNotNull(), data).otherwise(sf.col("text"))


def event_id() -> Column:
    """Source and id, which together name an event however often it is delivered."""
    return sf.concat_ws(" ", "cloud_event.source", "cloud_event.id")


def is_complete() -> Column:
    """Whether an event has all attributes that CloudEvents 1.0 demands; NULL for a message that is no event."""
    given = [sf.coalesce(sf.col(f"cloud_event.{name}"), sf.lit("")) != "" for name in ("id", "source", "type")]
    return (sf.col("cloud_event.specversion") == "1.0") & given[0] & given[1] & given[2]


def decoded(base64: Column) -> Column:
    """The text that was written as base64; NULL if it was not, or is no text."""
    return sf.try_validate_utf8(sf.try_to_binary(base64, sf.lit("base64")).cast("string"))


def _from_headers() -> Column:
    attributes = [_header(name).alias(name) for name in _ATTRIBUTES]
    return sf.struct(*attributes, sf.col("text").alias("data"), sf.lit(None).cast("string").alias("data_base64"))


def _header(name: str) -> Column:
    named = sf.filter("headers", lambda header: sf.lower(header["key"]) == f"ce_{name}")
    return sf.get(named, sf.lit(0))["value"]
