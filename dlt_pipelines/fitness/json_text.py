"""JSON in a text column, read without the holes of a plain `from_json`."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf


def with_json_object(rows: DataFrame, *, text: str, fields: str, into: str) -> DataFrame:
    """Add `into`: the one JSON object that `text` holds, a struct of `fields`; NULL if it holds anything else.

    Read as the only element of an array: then text after the object, or a second object, is a syntax error, which
    `from_json` of the text itself passes over. All leaves are to be STRING: a wrong type must not cost the others.
    """
    wrapped = sf.concat(sf.lit("["), sf.col(text), sf.lit("]"))
    objects = rows.withColumn(into, sf.from_json(wrapped, f"ARRAY<STRUCT<{fields}>>"))
    return objects.withColumn(into, sf.when(sf.size(into) == 1, sf.get(into, sf.lit(0))))
