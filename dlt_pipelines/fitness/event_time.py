"""One parser for all the ways in which feeds write an instant."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as sf

# Whole and fractional digits that no clock exceeds; decimal, because 32-bit floats snap epoch seconds to 128 s.
_EPOCH = "decimal(28,9)"
_ISO = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
_ISO_WITH_OFFSET = rf"{_ISO}(Z|[+-]\d{{2}}:?\d{{2}})$"
_ISO_WITHOUT_OFFSET = rf"{_ISO}$"
_WITHOUT_SECONDS = r"^(.{10}[T ]\d{2}:\d{2})(?!:)"
_TWELVE_HOUR_CLOCK = r"^\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2} [AaPp][Mm]$"

WITHOUT_ZONE = "without_zone"
TWICE = "twice"
NEVER = "never"
# Later than this after the first of two equal wall clocks the other offset holds.
_LONGEST_REPETITION_HOURS = 3


def event_time(text: Column, local_zone: str = "") -> Column:
    """The instant that a text means: epoch seconds, milliseconds or microseconds, ISO 8601, or what a wall clock shows.

    A wall clock (ISO 8601 without offset, or `4/12/2016 7:21:05 AM`) means an instant in `local_zone`; without one it
    means none. An hour that the zone's clocks show twice is the first of the two; a time that they skip is as much
    later as they are put forward. NULL for anything else.
    """
    trimmed = sf.trim(text)
    iso = sf.when(trimmed.rlike(_ISO_WITH_OFFSET), _with_seconds(trimmed).try_cast("timestamp"))
    local = [sf.to_utc_timestamp(_wall_clock(trimmed), local_zone)] if local_zone else []
    return sf.coalesce(epoch_time(trimmed), iso, *local)


def event_time_doubt(text: Column, local_zone: str = "") -> Column:
    """What is doubtful about the text of a wall clock: `without_zone`, `twice`, `never`; NULL for all other texts."""
    trimmed = sf.trim(text)
    wall = _wall_clock(trimmed)
    doubt = _doubt_in_zone(wall, local_zone) if local_zone else sf.lit(WITHOUT_ZONE)
    # Epoch numbers have no colon: most messages are spared the patterns.
    return sf.when(trimmed.contains(":") & wall.isNotNull(), doubt)


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


def _wall_clock(text: Column) -> Column:
    """What a wall clock shows, as the instant at which clocks in UTC show it; NULL if the text is no such thing."""
    iso = sf.concat(_with_seconds(text), sf.lit("Z")).try_cast("timestamp")
    twelve_hours = sf.try_to_timestamp(sf.concat(text, sf.lit(" Z")), sf.lit("M/d/yyyy h:mm:ss a X"))
    return sf.when(text.rlike(_ISO_WITHOUT_OFFSET), iso).when(text.rlike(_TWELVE_HOUR_CLOCK), twelve_hours)


def _with_seconds(iso: Column) -> Column:
    # Spark reads no time zone after minutes.
    return sf.regexp_replace(iso, _WITHOUT_SECONDS, "$1:00")


def _doubt_in_zone(wall: Column, zone: str) -> Column:
    first = sf.to_utc_timestamp(wall, zone)
    afterwards = after(first, hours=_LONGEST_REPETITION_HOURS)
    offset_afterwards = sf.unix_micros(sf.from_utc_timestamp(afterwards, zone)) - sf.unix_micros(afterwards)
    second = sf.timestamp_micros(sf.unix_micros(wall) - offset_afterwards)
    shown_again = (second != first) & (sf.from_utc_timestamp(second, zone) == wall)
    return sf.when(sf.from_utc_timestamp(first, zone) != wall, NEVER).when(shown_again, TWICE)
