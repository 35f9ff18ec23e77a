"""Ids as numbers, MAC addresses in one form."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as sf

_NUMBER_AFTER_PREFIX = r"^(?:[A-Za-z]+_(?:[0-9]+_)*)?([0-9]{1,18})(?:\.0+)?$"


def numeric_id(text: Column) -> Column:
    """The id as BIGINT: `FT_001_119715`, `119715` and `119715.0` are all 119715; NULL for any other form."""
    return sf.regexp_extract(sf.trim(text), _NUMBER_AFTER_PREFIX, 1).try_cast("bigint")


def mac_address(text: Column) -> Column:
    """Lower case with colons; whether it is a MAC address at all is a rule of the feed."""
    return sf.replace(sf.lower(sf.trim(text)), sf.lit("-"), sf.lit(":"))
