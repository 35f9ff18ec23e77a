"""Judging by rules: which rows of a feed are right, and why the others are not.

A rule is a name that reads as a fact, and a SQL predicate over the row. Only TRUE passes, so NULL violates.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.rule_files import rules_of

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


def violated(rules: Rules) -> Column:
    """The names of the rules that the row violates, in the order of the rules."""
    names = [sf.when(~sf.coalesce(sf.expr(rule), sf.lit(False)), sf.lit(name)) for name, rule in rules.items()]
    return sf.array_compact(sf.array(*names)) if names else _none()


def judged(
    parsed: DataFrame,
    *,
    columns: Sequence[str],
    data_set: str,
    clocks: Sequence[str] = (),
    without: Collection[str] = (),
) -> DataFrame:
    """`columns` of every row with its verdict and ingest position; no row is lost.

    The rules are those of `data_set` but for the names in `without`. `parsed` brings, beside whatever they mention, the
    columns `raw`, those of the ingest position, and for the times `clocks` what `event_time.event_time_doubt` says of
    them as `<clock>_doubt`.
    """
    rules = {action: _rules(data_set, action, without) for action in ("quarantine", "flag")}
    verdicts = parsed.withColumn("reasons", violated(rules["quarantine"]))
    if "flags" in columns:
        verdicts = verdicts.withColumn("flags", _violated_flags(rules["flag"], clocks))
    rejected = sf.size("reasons") > 0
    return verdicts.select(
        *columns,
        "reasons",
        rejected.alias("is_quarantined"),
        sf.when(rejected, sf.col("raw")).alias("raw"),
        *INGEST_POSITION,
    )


def as_expectations(data_set: str) -> dict[str, str]:
    """The rules of a judged table for `expect_all`: each was evaluated once, its verdict lies in `reasons` or `flags`.

    The rule itself stands in a comment, so that an expectation changes when its rule does.
    """
    return {
        name: f"NOT array_contains({column}, '{name}') /* {_in_comment(rule)} */"
        for action, column in (("quarantine", "reasons"), ("flag", "flags"))
        for name, rule in rules_of(data_set, action).items()
    }


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


def _rules(data_set: str, action: str, without: Collection[str]) -> Rules:
    return {name: rule for name, rule in rules_of(data_set, action).items() if name not in without}


def _violated_flags(flags: Rules, clocks: Sequence[str]) -> Column:
    """Of most rows no time is in doubt: they are spared the questions about doubts."""
    about_doubts = {f"{clock}_{fact}" for clock in clocks for fact in ("occurs_once", "occurs")} & set(flags)
    if not about_doubts:
        return violated(flags)
    doubt = sf.coalesce(*(f"{clock}_doubt" for clock in clocks))
    doubts = violated({name: rule for name, rule in flags.items() if name in about_doubts})
    others = {name: rule for name, rule in flags.items() if name not in about_doubts}
    clear = sf.when(doubt.isNull(), _none()).otherwise(doubts)
    return sf.concat(violated(others), clear) if others else clear


def _none() -> Column:
    return sf.array().cast("array<string>")


def _in_comment(sql: str) -> str:
    # Comments nest, so the sign of one in a text would open or end it.
    return sql.replace("/*", "/ *").replace("*/", "* /")
