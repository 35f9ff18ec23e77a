"""Rules as data: which rows of a feed are right, and why the others are not.

A rule is a name that reads as a fact, and a SQL predicate over the row. Only TRUE passes, so NULL violates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.event_time import NEVER, TWICE, WITHOUT_ZONE

Rules = Mapping[str, str]

INGEST_POSITION = ("source_file", "topic", "partition", "offset", "ingested_at")
INGEST_POSITION_SCHEMA = """
    source_file STRING COMMENT 'File that brought the row; NULL if Kafka did',
    topic STRING COMMENT 'Kafka topic; NULL for a feed of files',
    partition INT COMMENT 'Kafka partition; NULL for a feed of files',
    offset BIGINT COMMENT 'Kafka offset; NULL for a feed of files',
    ingested_at TIMESTAMP COMMENT 'When bronze took the row in'"""
VERDICT_SCHEMA = f"""
    reasons ARRAY<STRING> COMMENT 'Names of the violated rules; empty for a valid row',
    is_quarantined BOOLEAN COMMENT 'Whether any rule is violated',
    raw STRING COMMENT 'The row as received, kept here for rejected rows only; bronze has all',
    {INGEST_POSITION_SCHEMA}"""
QUARANTINE_SCHEMA = f"""
    raw STRING COMMENT 'The row as received',
    reasons ARRAY<STRING> COMMENT 'Names of the violated rules',
    {INGEST_POSITION_SCHEMA}"""


def clock_rules(column: str) -> dict[str, str]:
    """Rules for an instant that a device or a door reported; a clock may run five minutes ahead of the ingestion.

    Beside the instant they need `<column>_doubt`, see `event_time.event_time_doubt`.
    """
    return {
        f"{column}_readable": f"{column} IS NOT NULL OR {column}_doubt = '{WITHOUT_ZONE}'",
        f"{column}_has_a_zone": f"coalesce({column}_doubt <> '{WITHOUT_ZONE}', true)",
        f"{column}_since_2010": f"coalesce({column} >= TIMESTAMP '2010-01-01T00:00:00Z', true)",
        f"{column}_not_in_future": f"coalesce({column} <= ingested_at + INTERVAL 5 MINUTES, true)",
    }


def clock_flags(column: str) -> dict[str, str]:
    """Rules for the time of a wall clock that is kept although clocks show it twice, or never."""
    return {
        f"{column}_occurs_once": f"coalesce({column}_doubt <> '{TWICE}', true)",
        f"{column}_occurs": f"coalesce({column}_doubt <> '{NEVER}', true)",
    }


def clock_doubts(*columns: str) -> Column:
    """The names of the `clock_flags` that the row violates; most rows are spared the question."""
    flags = {name: rule for column in columns for name, rule in clock_flags(column).items()}
    doubt = sf.coalesce(*(f"{column}_doubt" for column in columns))
    return sf.when(doubt.isNull(), sf.array().cast("array<string>")).otherwise(violated(flags))


def violated(rules: Rules) -> Column:
    """The names of the rules that the row violates, in the order of the rules."""
    names = [sf.when(~sf.coalesce(sf.expr(rule), sf.lit(False)), sf.lit(name)) for name, rule in rules.items()]
    return sf.array_compact(sf.array(*names))


def judged(parsed: DataFrame, *, columns: Sequence[str], rules: Rules) -> DataFrame:
    """`columns` of every row with its verdict and ingest position; no row is lost.

    `parsed` brings, beside whatever the rules mention, the columns `raw` and those of the ingest position.
    """
    rejected = sf.size("reasons") > 0
    return parsed.withColumn("reasons", violated(rules)).select(
        *columns,
        "reasons",
        rejected.alias("is_quarantined"),
        sf.when(rejected, sf.col("raw")).alias("raw"),
        *INGEST_POSITION,
    )


def as_expectations(rules: Rules, *, column: str = "reasons") -> dict[str, str]:
    """The rules for `expect_all` on a judged table: each was evaluated once, its verdict lies in `column`."""
    return {name: f"NOT array_contains({column}, '{name}')" for name in rules}


def valid(checked: DataFrame) -> DataFrame:
    """The rows that violate no rule."""
    return checked.where("NOT is_quarantined")


def quarantine(checked: DataFrame) -> DataFrame:
    """The rejected rows as received, with their reasons."""
    return checked.where("is_quarantined").select("raw", "reasons", *INGEST_POSITION)


def without_kafka_position(files: DataFrame) -> DataFrame:
    """Rows of a feed of files, which have no topic, partition or offset."""
    return files.withColumns(
        {
            "topic": sf.lit(None).cast("string"),
            "partition": sf.lit(None).cast("int"),
            "offset": sf.lit(None).cast("bigint"),
        }
    )
