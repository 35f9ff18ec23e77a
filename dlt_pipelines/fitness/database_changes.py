"""Changes of a database table as Debezium sends them: the whole change, or flattened to the row it left behind.

The whole change has `op`, `before`, `after` and `source`, plain or as the `payload` beside a `schema`. The flattened
one is the row with `__deleted`, and `__op`, `__ts_ms` and the like if the connector adds them.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.json_text import the_one_object, the_only

_SOURCE = "STRUCT<ts_ms: STRING, ts_us: STRING, lsn: STRING>"
_WHOLE = f"op: STRING, before: STRING, after: STRING, source: {_SOURCE}, ts_ms: STRING, ts_us: STRING"
ADDED_FIELDS = (
    *("__deleted", "__op", "__table"),
    *("__ts_ms", "__ts_us", "__source_ts_ms", "__source_ts_us", "__lsn", "__source_lsn"),
)
_CHANGE = f"STRUCT<{_WHOLE}, {', '.join(f'{name}: STRING' for name in ADDED_FIELDS)}>"

KINDS = {"c": "new", "r": "new", "u": "update", "d": "delete", "t": "truncate", "m": "message"}


def with_change(messages: DataFrame) -> DataFrame:
    """Take the row out of each change in `text`, and add what happened to it; plain messages stay as they are.

    Adds `change`, a struct of `kind` (new, update, delete, truncate, message; an unknown `op` as it is), `at` (text of
    an epoch number) and `sequence` (position in the database's log, NULL if it is no number); NULL for a plain message.
    A `payload` that is null leaves no text, like a message without value.
    """
    text = sf.col("text")
    unwrapped = messages.withColumn("wrapper", sf.when(text.contains('"payload"'), _fields(text)))
    unwrapped = unwrapped.withColumn("wrapper", the_only("wrapper"))
    is_wrapped = sf.map_contains_key("wrapper", "payload") & sf.map_contains_key("wrapper", "schema")
    unwrapped = unwrapped.withColumn("text", sf.when(is_wrapped, sf.col("wrapper")["payload"]).otherwise(text))
    is_marked = text.contains('"op"') | text.contains('"__deleted"')
    parsed = unwrapped.withColumn("parsed", sf.when(is_marked, the_one_object(text, _CHANGE)))
    parsed = parsed.withColumn("parsed", the_only("parsed"))
    return parsed.withColumn("change", _change()).withColumn("text", _row()).drop("wrapper", "parsed")


def day_of(text: Column) -> Column:
    """A date as Debezium sends it, in days since 1970."""
    return sf.date_from_unix_date(sf.when(text.rlike(r"^-?\d{1,6}$"), text.try_cast("int")))


def _fields(text: Column) -> Column:
    return the_one_object(text, "MAP<STRING, STRING>")


def _change() -> Column:
    sent = ("source.ts_us", "source.ts_ms", "ts_us", "ts_ms", "__source_ts_us", "__source_ts_ms", "__ts_us", "__ts_ms")
    position = [sf.col(f"parsed.{name}").try_cast("bigint") for name in ("source.lsn", "__lsn", "__source_lsn")]
    change = sf.struct(
        sf.when(_is_whole(), _kind(sf.col("parsed.op"))).otherwise(_flattened_kind()).alias("kind"),
        sf.coalesce(*(f"parsed.{name}" for name in sent)).alias("at"),
        sf.coalesce(*position).alias("sequence"),
    )
    return sf.when(_is_whole() | sf.col("parsed.__deleted").isNotNull(), change)


def _row() -> Column:
    row = sf.when(sf.col("parsed.op") == "d", sf.col("parsed.before")).otherwise(sf.col("parsed.after"))
    return sf.when(_is_whole(), row).otherwise(sf.col("text"))


def _is_whole() -> Column:
    has_row = sf.col("parsed.before").isNotNull() | sf.col("parsed.after").isNotNull()
    has_origin = sf.col("parsed.source").isNotNull()
    return sf.coalesce(sf.col("parsed.op").isNotNull() & (has_row | has_origin), sf.lit(False))


def _kind(op: Column) -> Column:
    known = sf.create_map(*(sf.lit(text) for item in KINDS.items() for text in item))
    return sf.coalesce(known[op], op)


def _flattened_kind() -> Column:
    # Without an op a row that is there may be new: only as such can it come after a delete.
    is_deleted = sf.lower("parsed.__deleted") == "true"
    return sf.when(is_deleted, "delete").otherwise(_kind(sf.coalesce("parsed.__op", sf.lit("c"))))
