"""A member's day as the tracker sums it up: steps, calories, sleep, mood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.event_time import epoch_time, event_time
from fitness.identifiers import numeric_id
from fitness.json_text import rescued, with_json_object
from fitness.rules import VERDICT_SCHEMA, judged, valid

if TYPE_CHECKING:
    from fitness.settings import Settings

LANDING = "value STRING COMMENT 'The line as received'"

MEASURES = ("steps", "calories_burned", "distance_km", "active_minutes", "sleep_hours", "heart_rate_avg")
LABELS = ("workout_type", "weather_conditions", "location", "mood")
RECORD = ("user_id", "date", *MEASURES, *LABELS, "timestamp")
ENVELOPE = ("key", "value", "topic", "partition", "offset", "headers")

DAY = """
    user_id BIGINT COMMENT 'Member',
    date DATE COMMENT 'Day in the calendar of the member',
    steps BIGINT COMMENT 'Steps',
    calories_burned DOUBLE COMMENT 'Kilocalories',
    distance_km DOUBLE COMMENT 'Distance in km',
    active_minutes INT COMMENT 'Minutes in motion',
    sleep_hours DOUBLE COMMENT 'Hours asleep',
    heart_rate_avg DOUBLE COMMENT 'Average heart rate of the day in bpm, as the tracker states it',
    workout_type STRING COMMENT 'Main kind of workout; NULL if none',
    weather_conditions STRING COMMENT 'Weather as stated',
    location STRING COMMENT 'City as stated',
    mood STRING COMMENT 'Mood as stated',
    flags ARRAY<STRING> COMMENT 'Names of the violated rules that do not reject the record'"""
CHECKED = f"""{DAY},
    recorded_at TIMESTAMP COMMENT 'Time of the record, else of its envelope; NULL if neither has one',
    rescued_data STRING COMMENT 'Fields that the feed does not know as JSON, each value as text; NULL if none',
    {VERDICT_SCHEMA}"""


def checked_daily_activity(lines: DataFrame, settings: Settings) -> DataFrame:
    """Every record, typed, with the rules it violates; a line holds a record, or an envelope whose value is one."""
    typed = _records(lines).select(
        numeric_id(sf.col("record.user_id")).alias("user_id"),
        sf.try_to_date("record.date", "yyyy-MM-dd").alias("date"),
        _number("steps").try_cast("bigint").alias("steps"),
        *(_number(name).alias(name) for name in ("calories_burned", "distance_km")),
        _number("active_minutes").try_cast("int").alias("active_minutes"),
        *(_number(name).alias(name) for name in ("sleep_hours", "heart_rate_avg")),
        *(f"record.{name}" for name in LABELS),
        sf.coalesce(event_time(sf.col("record.timestamp"), settings.local_time_zone), "envelope_time").alias(
            "recorded_at"
        ),
        "rescued_data",
        "record",
        "raw",
        "source_file",
        "topic",
        "partition",
        "offset",
        "ingested_at",
    )
    columns = ("user_id", "date", *MEASURES, *LABELS, "flags", "recorded_at", "rescued_data")
    return judged(typed, columns=columns, data_set="daily_activity_checked")


def daily_activity(checked: DataFrame) -> DataFrame:
    """One row per member and day: the latest record.

    Later by its own time, then by offset; records that have neither are told apart by their contents alone, so that
    the order of arrival decides nothing.
    """
    contents = sf.struct("recorded_at", "offset", *MEASURES, *LABELS, "flags")
    latest = valid(checked).groupBy("user_id", "date").agg(sf.max(contents).alias("latest"))
    return latest.select("user_id", "date", *(f"latest.{name}" for name in (*MEASURES, *LABELS, "flags")))


def _records(lines: DataFrame) -> DataFrame:
    line = with_json_object(lines, text="value", fields=(*ENVELOPE, *RECORD), into="line")
    is_envelope = sf.col("line.value").isNotNull() & sf.col("line.topic").isNotNull()
    unwrapped = line.withColumn("message", sf.when(is_envelope, sf.col("line.value")))
    inner = with_json_object(unwrapped, text="message", fields=RECORD, into="inner")
    return inner.select(
        sf.when(is_envelope, sf.col("inner")).otherwise(_record_of_line()).alias("record"),
        sf.when(is_envelope, rescued("inner_unknown")).otherwise(rescued("line_unknown")).alias("rescued_data"),
        sf.when(is_envelope, epoch_time(sf.col("line.timestamp"))).alias("envelope_time"),
        sf.col("value").alias("raw"),
        "source_file",
        sf.col("line.topic").alias("topic"),
        sf.col("line.partition").try_cast("int").alias("partition"),
        sf.col("line.offset").try_cast("bigint").alias("offset"),
        "ingested_at",
    )


def _record_of_line() -> Column:
    return sf.when(sf.col("line").isNotNull(), sf.struct(*(f"line.{name}" for name in RECORD)))


def _number(name: str) -> Column:
    return sf.col(f"record.{name}").try_cast("double")
