"""The gyms: where their day begins, when they open, how many people they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.identifiers import numeric_id
from fitness.rules import INGEST_POSITION, VERDICT_SCHEMA, judged, valid, without_kafka_position

if TYPE_CHECKING:
    from fitness.settings import Settings

RECEIVED = ("gym", "name", "time_zone", "capacity", "opens", "closes", "aliases", "_rescued_data")
LANDING = """
    gym STRING COMMENT 'Gym, as received',
    name STRING COMMENT 'Name, as received',
    time_zone STRING COMMENT 'Time zone of its clock, as received',
    capacity STRING COMMENT 'Most people at a time, as received',
    opens STRING COMMENT 'When it opens, as received',
    closes STRING COMMENT 'When it closes, as received',
    aliases STRING COMMENT 'Numbers that it had before, as received',
    _rescued_data STRING COMMENT 'Fields that the feed does not have, as JSON'"""

GYMS = """
    gym BIGINT COMMENT 'Gym',
    name STRING COMMENT 'Name of the gym',
    time_zone STRING COMMENT 'Zone whose calendar and clock the gym follows; NULL for that of the pipeline',
    capacity INT COMMENT 'People it holds; NULL if unknown',
    opens STRING COMMENT 'Local time HH:mm from which it is open; NULL for midnight',
    closes STRING COMMENT 'Local time HH:mm at which it closes, before opens if on the next day; NULL for midnight',
    aliases ARRAY<BIGINT> COMMENT 'Other numbers under which doors report this gym'"""
CHECKED = f"{GYMS}, {VERDICT_SCHEMA}"

COLUMNS = ("gym", "name", "time_zone", "capacity", "opens", "closes", "aliases")


def checked_gyms(received: DataFrame) -> DataFrame:
    """Every line about a gym, typed, with the rules it violates; aliases are separated by semicolons."""
    texts = sf.filter(sf.split(sf.coalesce("aliases", sf.lit("")), ";"), lambda text: sf.trim(text) != "")
    typed = without_kafka_position(received).select(
        numeric_id(sf.col("gym")).alias("gym"),
        _text("name").alias("name"),
        _text("time_zone").alias("time_zone"),
        sf.trim("capacity").try_cast("int").alias("capacity"),
        _clock("opens").alias("opens"),
        _clock("closes").alias("closes"),
        sf.transform(texts, numeric_id).alias("aliases"),
        sf.col("capacity").alias("capacity_text"),
        sf.to_json(sf.struct(*RECEIVED)).alias("raw"),
        *INGEST_POSITION,
    )
    return judged(typed, columns=COLUMNS, data_set="gyms_checked")


def gyms(checked: DataFrame) -> DataFrame:
    """One row per gym: the line that came last; of one update the one of the file whose name sorts last."""
    latest = sf.max(sf.struct("ingested_at", "source_file", *COLUMNS)).alias("latest")
    return valid(checked).groupBy("gym").agg(latest).select(*(f"latest.{column}" for column in COLUMNS))


def with_gym(visits: DataFrame, gyms: DataFrame, settings: Settings) -> DataFrame:
    """Visits under the gym's own number, with its `time_zone`, `capacity`, `opens` and `closes`.

    An unknown gym follows the zone of the pipeline, is open all day, and has no known capacity.
    """
    numbered = visits.join(_numbers(gyms), visits["gym"] == sf.col("number"), "left").select(
        *(visits[column] for column in visits.columns if column != "gym"),
        sf.coalesce("own_number", visits["gym"]).alias("gym"),
    )
    zone = sf.coalesce("time_zone", sf.lit(settings.time_zone))
    features = gyms.select("gym", "time_zone", "capacity", "opens", "closes")
    return numbered.join(features, "gym", "left").withColumn("time_zone", zone)


def gym_name(gym: Column, name: Column, is_known: Column) -> Column:
    """The name of a gym; one without is called by its number."""
    return sf.coalesce(name, sf.concat(sf.when(is_known, "gym ").otherwise("unknown gym "), gym.cast("string")))


def is_open(clock: Column, opens: Column, closes: Column) -> Column:
    """Whether a gym is open at a local time HH:mm; opening hours may run over midnight."""
    start, end = sf.coalesce(opens, sf.lit("00:00")), sf.coalesce(closes, sf.lit("24:00"))
    over_midnight = (clock >= start) | (clock < end)
    return sf.when(start < end, (clock >= start) & (clock < end)).otherwise(over_midnight)


def _numbers(gyms: DataFrame) -> DataFrame:
    """Every number that means a gym; a gym's own number beats an alias, the lowest gym beats the others."""
    own = gyms.select(sf.col("gym").alias("number"), sf.lit(0).alias("rank"), sf.col("gym").alias("own_number"))
    others = gyms.select(sf.explode("aliases").alias("number"), sf.lit(1).alias("rank"), sf.col("gym"))
    best = sf.min(sf.struct("rank", "own_number")).alias("best")
    return own.union(others).groupBy("number").agg(best).select("number", "best.own_number")


def _text(column: str) -> Column:
    trimmed = sf.trim(column)
    return sf.when(trimmed != "", trimmed)


def _clock(column: str) -> Column:
    """`6:30` as `06:30`, so that times compare as texts."""
    return sf.when(sf.length(_text(column)) <= len("6:30"), sf.lpad(_text(column), 5, "0")).otherwise(_text(column))
