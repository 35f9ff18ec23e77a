"""How many people are in a gym, per quarter of an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from fitness.calendar_days import first_instant, iso_weekday, local_day, local_time
from fitness.gyms import is_open, with_gym

if TYPE_CHECKING:
    from fitness.settings import Settings

GYM_OCCUPANCY_15M = """
    gym BIGINT COMMENT 'Gym, under its own number',
    bucket_start TIMESTAMP COMMENT 'First instant of the quarter of an hour',
    local_date DATE COMMENT 'Day in the zone of the gym',
    local_clock STRING COMMENT 'Local time HH:mm of the first instant; twice a year an hour comes twice or not at all',
    local_weekday INT COMMENT 'Weekday of local_date, 1 for Monday to 7 for Sunday',
    local_hour INT COMMENT 'Hour of local_clock, 0 to 23',
    bucket_s DOUBLE COMMENT 'Seconds of the bucket that the data cover: 900 but for the last one',
    is_open BOOLEAN COMMENT 'Whether it begins in the opening hours; others are listed only if somebody was there',
    has_door_data BOOLEAN COMMENT 'Whether the door was online in some of it; else nobody knows who was there',
    mean_occupancy DOUBLE COMMENT 'People there on average over the time; NULL without door data',
    max_occupancy BIGINT COMMENT 'Most people there at one time; NULL without door data',
    occupancy_at_start BIGINT COMMENT 'People there at the first instant; NULL without door data',
    occupancy_minutes DOUBLE COMMENT 'Minutes spent there by all people together; NULL without door data',
    assumed_visits BIGINT COMMENT 'Visits in it whose end is assumed; NULL without door data',
    is_estimated BOOLEAN COMMENT 'Whether any visit in it has an assumed end',
    capacity INT COMMENT 'People the gym holds; NULL if unknown',
    utilisation DOUBLE COMMENT 'mean_occupancy as a share of the capacity; NULL if either is unknown',
    utilisation_level STRING COMMENT 'green, amber or red; NULL if the utilisation is'"""

GYM_OCCUPANCY_BALANCE = """
    gym BIGINT COMMENT 'Gym, under its own number',
    occupancy_minutes DOUBLE COMMENT 'Sum over all buckets',
    stay_minutes DOUBLE COMMENT 'Sum over all stays'"""
# Zones differ from UTC by whole quarters of an hour, so these are quarters of every local clock.
BUCKET_US = 15 * 60 * 1_000_000


def gym_occupancy_15m(
    stays: DataFrame, gyms: DataFrame, gaps: DataFrame, clock: DataFrame, settings: Settings
) -> DataFrame:
    """One row per gym and quarter of an hour, from the gym's first day to the end of the data."""
    pieces = stays_in_buckets(stays)
    buckets = buckets_of_gyms(stays, gyms, clock, settings)
    bucket = ["gym", "bucket"]
    measured = (
        buckets.join(_sums(pieces), bucket, "left")
        .join(_highest(pieces), bucket, "left")
        .join(buckets_without_door(gaps), bucket, "left")
        .withColumn("has_door_data", sf.col("is_offline").isNull())
    )
    return _with_utilisation(measured.where("is_open OR occupied_us IS NOT NULL"), settings)


def stays_in_buckets(stays: DataFrame) -> DataFrame:
    """Each stay cut at the quarters of the hour: gym, bucket, [piece_start, piece_end) in microseconds."""
    timed = stays.select(
        "gym",
        "is_assumed",
        sf.unix_micros("login").alias("start_us"),
        sf.unix_micros("stay_end").alias("end_us"),
    ).where("start_us < end_us")
    buckets = sf.explode(sf.sequence(_bucket(sf.col("start_us")), _bucket(sf.col("end_us") - 1)))
    return timed.withColumn("bucket", buckets).select(
        "gym",
        "is_assumed",
        "bucket",
        sf.greatest("start_us", sf.col("bucket") * BUCKET_US).alias("piece_start"),
        sf.least("end_us", (sf.col("bucket") + 1) * BUCKET_US).alias("piece_end"),
    )


def buckets_of_gyms(stays: DataFrame, gyms: DataFrame, clock: DataFrame, settings: Settings) -> DataFrame:
    """Every quarter of an hour of a gym from the midnight before its first stay to the end of the data."""
    first = with_gym(stays.groupBy("gym").agg(sf.min("login").alias("first_login")), gyms, settings)
    midnight = first_instant(local_day(sf.col("first_login"), sf.col("time_zone")), sf.col("time_zone"))
    spans = first.crossJoin(clock).withColumns(
        {"from_us": sf.unix_micros(midnight), "until_us": sf.unix_micros("latest_event_at")}
    )
    last = sf.greatest(_bucket(sf.col("from_us")), _bucket(sf.col("until_us") - 1))
    buckets = spans.withColumn("bucket", sf.explode(sf.sequence(_bucket(sf.col("from_us")), last)))
    start_us = sf.col("bucket") * BUCKET_US
    start = sf.timestamp_micros(start_us)
    clock_time = sf.date_format(local_time(start, sf.col("time_zone")), "HH:mm")
    return buckets.where(start_us < sf.col("until_us")).select(
        "gym",
        "bucket",
        "capacity",
        start.alias("bucket_start"),
        local_day(start, sf.col("time_zone")).alias("local_date"),
        clock_time.alias("local_clock"),
        sf.least(sf.lit(BUCKET_US), sf.col("until_us") - start_us).alias("bucket_us"),
        is_open(clock_time, sf.col("opens"), sf.col("closes")).alias("is_open"),
    )


def buckets_without_door(gaps: DataFrame) -> DataFrame:
    """`is_offline` for the quarters of an hour that lie in a gap with all that the data cover of them."""
    from_us, until_us = sf.unix_micros("offline_from"), sf.unix_micros("offline_until")
    first = sf.ceil(from_us / BUCKET_US)
    last = sf.when(sf.col("is_ongoing"), _bucket(until_us - 1)).otherwise(_bucket(until_us) - 1)
    whole = gaps.withColumns({"first": first, "last": last}).where("first <= last")
    return whole.select(
        "gym", sf.explode(sf.sequence("first", "last")).alias("bucket"), sf.lit(True).alias("is_offline")
    )


def gym_occupancy_balance(stays: DataFrame, occupancy: DataFrame) -> DataFrame:
    """One row per gym: people's minutes as the buckets have them and as the stays have them."""
    lengths = sf.unix_micros("stay_end") - sf.unix_micros("login")
    stayed = stays.groupBy("gym").agg((sf.sum(lengths) / 60_000_000).alias("stay_minutes"))
    # In decimals, because a sum of doubles depends on the order of the rows.
    minutes = sf.sum(sf.col("occupancy_minutes").cast("decimal(18,9)")).cast("double")
    counted = occupancy.groupBy("gym").agg(minutes.alias("occupancy_minutes"))
    none = sf.lit(0.0)
    return stayed.join(counted, "gym", "full").select(
        "gym",
        sf.coalesce("occupancy_minutes", none).alias("occupancy_minutes"),
        sf.coalesce("stay_minutes", none).alias("stay_minutes"),
    )


def _sums(pieces: DataFrame) -> DataFrame:
    at_start = sf.col("piece_start") == sf.col("bucket") * BUCKET_US
    return pieces.groupBy("gym", "bucket").agg(
        sf.sum(sf.col("piece_end") - sf.col("piece_start")).alias("occupied_us"),
        sf.count_if(at_start).alias("occupancy_at_start"),
        sf.count_if("is_assumed").alias("assumed_visits"),
    )


def _highest(pieces: DataFrame) -> DataFrame:
    """Sums of arrivals and departures per instant: whoever leaves as another comes makes room first."""
    came = sf.struct(sf.col("piece_start").alias("at"), sf.lit(1).alias("change"))
    went = sf.struct(sf.col("piece_end").alias("at"), sf.lit(-1).alias("change"))
    changes = pieces.select("gym", "bucket", sf.inline(sf.array(came, went)))
    by_instant = changes.groupBy("gym", "bucket", "at").agg(sf.sum("change").alias("change"))
    in_time = Window.partitionBy("gym", "bucket").orderBy("at")
    there = by_instant.withColumn("there", sf.sum("change").over(in_time))
    return there.groupBy("gym", "bucket").agg(sf.max("there").alias("max_occupancy"))


def _with_utilisation(known: DataFrame, settings: Settings) -> DataFrame:
    measures = ("occupied_us", "max_occupancy", "occupancy_at_start", "assumed_visits")
    counted = known.withColumns(
        {name: sf.when(sf.col("has_door_data"), sf.coalesce(name, sf.lit(0).cast("bigint"))) for name in measures}
    )
    mean = sf.col("occupied_us") / sf.col("bucket_us")
    return counted.withColumns({"mean_occupancy": mean, "utilisation": mean / sf.col("capacity")}).select(
        "gym",
        "bucket_start",
        "local_date",
        "local_clock",
        iso_weekday(sf.col("local_date")).alias("local_weekday"),
        sf.substring("local_clock", 1, 2).cast("int").alias("local_hour"),
        (sf.col("bucket_us") / 1_000_000).alias("bucket_s"),
        "is_open",
        "has_door_data",
        "mean_occupancy",
        "max_occupancy",
        "occupancy_at_start",
        (sf.col("occupied_us") / 60_000_000).alias("occupancy_minutes"),
        "assumed_visits",
        sf.coalesce(sf.col("assumed_visits") > 0, sf.lit(False)).alias("is_estimated"),
        "capacity",
        "utilisation",
        utilisation_level(sf.col("utilisation"), settings).alias("utilisation_level"),
    )


def utilisation_level(utilisation: Column, settings: Settings) -> Column:
    """`green`, `amber` or `red`; NULL for an unknown utilisation."""
    return (
        sf.when(utilisation >= settings.red_percent / 100, "red")
        .when(utilisation >= settings.amber_percent / 100, "amber")
        .when(utilisation.isNotNull(), "green")
    )


def _bucket(microseconds: Column) -> Column:
    return sf.floor(microseconds / BUCKET_US)
