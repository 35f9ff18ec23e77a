"""One parser for all the ways in which feeds write an instant."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as sf

# Whole and fractional digits that no clock exceeds; decimal, because 32-bit floats snap epoch seconds to 128 s.
_EPOCH = "decimal(28,9)"
_ISO_WITH_OFFSET = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$"


def event_time(text: Column) -> Column:
    """The instant that a text means: epoch seconds, milliseconds or microseconds, or ISO 8601 with an offset.

    NULL for anything else, also for a local time without offset, which would need a zone to mean an instant.
    """
    trimmed = sf.trim(text)
    iso = sf.when(trimmed.rlike(_ISO_WITH_OFFSET), trimmed.try_cast("timestamp"))
    return sf.coalesce(epoch_time(trimmed), iso)


def epoch_time(number: Column) -> Column:
    """The instant of an epoch number, given as text or number; its magnitude tells the unit.

    Below 10^11 it counts seconds (until the year 5138), below 10^14 milliseconds, below 10^17 microseconds.
    """
    epoch = number.try_cast(_EPOCH)
    microseconds = (
        sf.when(epoch < 0, None)
        .when(epoch < 10**11, epoch * 1_000_000)
        .when(epoch < 10**14, epoch * 1_000)
        .when(epoch < 10**17, epoch)
    )
    return sf.timestamp_micros(sf.round(microseconds).try_cast("bigint"))


def seconds_between(start: Column, end: Column) -> Column:
    """Seconds from start to end, to the microsecond."""
    return (sf.unix_micros(end) - sf.unix_micros(start)) / 1_000_000


def after(time: Column, *, hours: int = 0, minutes: int = 0, seconds: int = 0) -> Column:
    """The instant so much later."""
    return time + sf.make_dt_interval(hours=sf.lit(hours), mins=sf.lit(minutes), secs=sf.lit(seconds))


def local_date(time: Column, zone: str) -> Column:
    """The calendar day of an instant in a time zone."""
    return sf.to_date(sf.from_utc_timestamp(time, zone))
