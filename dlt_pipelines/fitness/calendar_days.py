"""Local days, weeks and months of an instant; a day has the length its zone gives it, 23 to 25 hours."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as sf


def local_time(time: Column, zone: Column | str) -> Column:
    """What the clock on the wall shows, as a timestamp of the same digits."""
    return sf.from_utc_timestamp(time, zone)


def local_day(time: Column, zone: Column | str) -> Column:
    """The calendar day of an instant in a time zone."""
    return sf.to_date(local_time(time, zone))


def first_instant(day: Column, zone: Column | str) -> Column:
    """When a local day begins; where clocks skip midnight, an instant at most an hour off it."""
    return sf.to_utc_timestamp(day.cast("timestamp"), zone)


def last_instant(day: Column, zone: Column | str) -> Column:
    """The last microsecond of a local day."""
    return sf.timestamp_micros(sf.unix_micros(first_instant(sf.date_add(day, 1), zone)) - 1)


def iso_weekday(day: Column) -> Column:
    """1 for Monday to 7 for Sunday."""
    return sf.weekday(day) + 1


def iso_week_start(day: Column) -> Column:
    """The Monday of the day's ISO week."""
    return sf.date_sub(day, sf.weekday(day))


def iso_week(day: Column) -> Column:
    """`2026-W01`: the week belongs to the year that has its Thursday."""
    thursday = sf.date_add(iso_week_start(day), 3)
    return sf.format_string("%d-W%02d", sf.year(thursday), sf.weekofyear(day))


def sunday_week(day: Column) -> Column:
    """`2023-53`: weeks begin on Sunday, the first with 1 January, as in the calendar files of the course data."""
    first_of_year = sf.trunc(day, "year")
    number = sf.floor((sf.dayofyear(day) + sf.dayofweek(first_of_year) - 2) / 7) + 1
    return sf.format_string("%d-%02d", sf.year(day), number)


def month_start(day: Column) -> Column:
    """The first day of the day's month."""
    return sf.trunc(day, "month")
