"""What may be said about a member without naming the member."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as sf

OLDEST = 120
"""An age above this is not believed."""

_TEN_YEAR_BANDS_FROM = 25
_LAST_BAND_FROM = 95


def age(dob: Column, on: Column) -> Column:
    """Completed years on a date."""
    return sf.floor(sf.months_between(on, dob) / 12).cast("int")


def age_band(age: Column) -> Column:
    """`under 18`, `18-24`, then ten years each up to `95+`; `unknown` without a believable age."""
    lower = sf.floor((age - 5) / 10) * 10 + 5
    return (
        sf.when(age.isNull() | (age < 0) | (age > OLDEST), "unknown")
        .when(age < 18, "under 18")  # noqa: PLR2004 - the bands are their own names
        .when(age < _TEN_YEAR_BANDS_FROM, "18-24")
        .when(age >= _LAST_BAND_FROM, "95+")
        .otherwise(sf.concat_ws("-", lower.cast("string"), (lower + 9).cast("string")))
    )
