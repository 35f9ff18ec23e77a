"""JSON in a text column, read without the holes of a plain `from_json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OBJECT = "MAP<STRING, STRING>"


def with_json_object(rows: DataFrame, *, text: str, fields: Sequence[str], into: str) -> DataFrame:
    """Add `into`: the one JSON object that `text` holds, a struct of STRING `fields`; NULL if it holds anything else.

    Add `<into>_unknown` as well: the other fields of the object, name to text; NULL if there are none. The text is
    parsed once; a nested object or list is its JSON text, so that no type in it can cost the other fields.
    """
    parsed = f"{into}_parsed"
    objects = rows.withColumn(parsed, the_one_object(sf.col(text), _OBJECT))
    found = the_only(parsed)
    known = sf.struct(*(found[name].alias(name) for name in fields))
    number_of_known = sum((sf.map_contains_key(found, name).cast("int") for name in fields), sf.lit(0))
    unknown = sf.map_filter(found, lambda name, _: ~name.isin(*fields))
    # Counting is cheap, filtering is not, and most messages have no other fields.
    return objects.withColumns(
        {
            into: sf.when(found.isNotNull(), known),
            f"{into}_unknown": sf.when(sf.size(found) > number_of_known, unknown),
        }
    ).drop(parsed)


def the_one_object(text: Column, schema: str) -> Column:
    """A text parsed as a list of objects, for a column of its own, from which `the_only` takes the object.

    In a list, text after the object, or a second object, is a syntax error, which `from_json` of the text itself
    passes over.
    """
    return sf.from_json(sf.concat(sf.lit("["), text, sf.lit("]")), f"ARRAY<{schema}>")


def the_only(column: str) -> Column:
    """The element of a list that has one; NULL for any other list."""
    return sf.when(sf.size(column) == 1, sf.get(column, sf.lit(0)))


def rescued(unknown: str, nested: Mapping[str, Column] | None = None) -> Column:
    """Unknown fields, and what is unknown of nested ones (name to JSON text), as JSON; NULL if there are none."""
    nested_maps = [
        sf.when(text.isNotNull(), sf.create_map(sf.lit(name), text)) for name, text in (nested or {}).items()
    ]
    parts = [sf.coalesce(part, _no_fields()) for part in (sf.col(unknown), *nested_maps)]
    everything = sf.map_concat(*parts) if nested_maps else sf.col(unknown)
    return sf.when(sf.size(everything) > 0, sf.to_json(everything))


def _no_fields() -> Column:
    return sf.create_map().cast(_OBJECT)
