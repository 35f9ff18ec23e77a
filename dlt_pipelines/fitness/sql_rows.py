"""Rows of an operational database: how bronze keeps them, and which of them hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf
from pyspark.sql.types import TimestampNTZType, TimestampType

_LIFE = """
    source_table STRING COMMENT 'Table of the database that has the row',
    __START_AT STRING COMMENT 'Read that first saw the row',
    __END_AT STRING COMMENT 'First read that no longer saw it; NULL if the last one did'"""
SQL_REGISTRATIONS = f"""
    user_id STRING COMMENT 'Member, as received; empty for NULL, as in all columns',
    device_id STRING COMMENT 'Device, as received',
    mac_address STRING COMMENT 'MAC address of the device, as received',
    registration_timestamp STRING COMMENT 'From when on the member wears the device',
    {_LIFE}"""
SQL_VISITS = f"""
    mac_address STRING COMMENT 'MAC address at the door, as received; empty for NULL, as in all columns',
    gym STRING COMMENT 'Gym, as received',
    login STRING COMMENT 'When the member came',
    logout STRING COMMENT 'When the member left; empty as long as nobody said so',
    {_LIFE}"""
REGISTRATION = ("user_id", "device_id", "mac_address", "registration_timestamp")
VISIT = ("mac_address", "gym", "login", "logout")

_ISO = "yyyy-MM-dd'T'HH:mm:ss.SSSSSS"
_BEGINNING = datetime(1, 1, 1)  # noqa: DTZ001 # before all times, whatever their zone
_EVER = _BEGINNING.isoformat(timespec="microseconds")
_CLOCK_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class VisitsRead:
    """One read of the table of visits: those that began in [`since`, ...) were seen, the latest began at `until`.

    The times are ISO 8601 to the microsecond, so that texts are in the order of time. `since` and `until` are as the
    database gives them: instants that end in Z, or what wall clocks show.
    """

    read_at: str
    since: str
    until: str

    @classmethod
    def of(cls, version: str) -> VisitsRead:
        """What `version` says."""
        return cls(*version.split("/"))

    @property
    def version(self) -> str:
        """Later reads have higher versions."""
        return f"{self.read_at}/{self.since}/{self.until}"


def iso(time: datetime) -> str:
    """In UTC, to the microsecond."""
    return f"{time.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def since_after(last: VisitsRead | None, *, hours: int) -> str:
    """When visits began that a read after `last` must see: those that may have ended or come in since then."""
    text = last.until if last else _EVER
    # In whole seconds, because not every database compares with parts of one.
    until = datetime.fromisoformat(text.removesuffix("Z")).replace(microsecond=0)
    since = max(until, _BEGINNING + timedelta(hours=hours)) - timedelta(hours=hours)
    return since.isoformat(timespec="microseconds") + ("Z" if text.endswith("Z") else "")


def received_registrations(rows: DataFrame, *, time: str, table: str) -> DataFrame:
    """Rows of a table about who wears what from when (`time`) on, as bronze keeps them."""
    return _received(rows.withColumnRenamed(time, "registration_timestamp"), REGISTRATION, table)


def visits_since(rows: DataFrame, since: str) -> DataFrame:
    """Visits that began then or later, and those of which nobody knows when; the database does the search.

    ValueError if the times cannot be searched.
    """
    kind = rows.select("login").schema[0].dataType
    if not isinstance(kind, TimestampType | TimestampNTZType):
        message = f"column login is of type {kind.simpleString()}, but only timestamps can be read from a time on"
        raise ValueError(f"{message}; name a view of the database that converts it")  # noqa: TRY004 # a bad table
    # Not every database has a time before all others.
    return (
        rows if since == _EVER else rows.where((sf.col("login") >= sf.lit(since).cast(kind)) | sf.col("login").isNull())
    )


def latest_login(visits: DataFrame, read_at: datetime) -> DataFrame:
    """One row, with the text of the latest login that a clock can have shown when the visits were read."""
    ahead = sf.lit(iso(read_at.replace(microsecond=0) + _CLOCK_AHEAD))
    possible = visits.where(sf.col("login") <= ahead.cast(_kind(visits, "login")))
    return possible.agg(sf.max("login").alias("login")).select(_text(possible, "login"))


def received_visits(visits: DataFrame, *, table: str) -> DataFrame:
    """Rows of the table of visits as bronze keeps them."""
    return _received(visits, VISIT, table)


def current_registrations(bronze: DataFrame) -> DataFrame:
    """Lines, as files would bring them: what the last read saw; a row that is deleted or changed no longer holds."""
    return _lines(bronze.where("__END_AT IS NULL"), REGISTRATION)


def known_visits(bronze: DataFrame) -> DataFrame:
    """Lines, as files would bring them: what the last read saw, and what was left unread because it is long ago."""
    last_read_began = sf.split_part("__END_AT", sf.lit("/"), sf.lit(2))
    return _lines(bronze.where(sf.col("__END_AT").isNull() | (sf.col("login") < last_read_began)), VISIT)


def _received(rows: DataFrame, columns: tuple[str, ...], table: str) -> DataFrame:
    """All as text without NULL, because together the columns are the key."""
    texts = [sf.coalesce(_text(rows, name), sf.lit("")).alias(name) for name in columns]
    return rows.select(*texts, sf.lit(table).alias("source_table")).distinct()


def _lines(rows: DataFrame, columns: tuple[str, ...]) -> DataFrame:
    return rows.select(
        *(sf.nullif(sf.col(name), sf.lit("")).alias(name) for name in columns),
        sf.lit(None).cast("string").alias("_rescued_data"),
        sf.col("source_table").alias("source_file"),
        sf.split_part("__START_AT", sf.lit("/"), sf.lit(1)).cast("timestamp").alias("ingested_at"),
    )


def _kind(rows: DataFrame, name: str) -> TimestampType | TimestampNTZType:
    return rows.select(name).schema[0].dataType  # type: ignore[return-value] # visits_since has seen to it


def _text(rows: DataFrame, name: str) -> Column:
    """A time as ISO 8601, with Z if it is an instant; anything else as Spark writes it."""
    kind = rows.select(name).schema[0].dataType
    if isinstance(kind, TimestampType):
        in_utc = sf.to_utc_timestamp(sf.col(name), sf.current_timezone())
        return sf.concat(sf.date_format(in_utc, _ISO), sf.lit("Z"))
    return sf.date_format(name, _ISO) if isinstance(kind, TimestampNTZType) else sf.col(name).cast("string")
