"""Messages about single readings beyond a limit, within a second: the first sign of what may become an episode.

A message is a notification, not a diagnosis. Each reading is judged by itself, whatever came before it: that needs no
state, so it holds in real-time mode. `gold.health_alerts` has the episodes, exactly.
"""

from __future__ import annotations

import hashlib
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from fitness.alert_episodes import ALERT_ID_LENGTH
from fitness.envelope import kafka_records
from fitness.event_time import after, epoch_time
from fitness.heart_rate_limits import HEART_RATE_LIMITS
from fitness.heart_rate_messages import checked_heart_rate_messages
from fitness.rules import valid

if TYPE_CHECKING:
    from fitness.settings import Settings

READINGS_TOPIC = "bpm"
MODES = ("real_time", "micro_batch")

MESSAGE = """
    alert_id STRING COMMENT 'Follows from rule, wearer and ten minutes of event time: all readings of these share it',
    rule STRING COMMENT 'HIGH_HR_AT_REST, LOW_HR or HR_OVER_MAX',
    severity STRING COMMENT 'warning; a notification, not a diagnosis',
    user_id BIGINT COMMENT 'Member; NULL if nobody is known to wear the device',
    device_id BIGINT COMMENT 'Device that measured',
    bpm DOUBLE COMMENT 'The reading',
    limit_bpm DOUBLE COMMENT 'The limit that it is beyond',
    event_time STRING COMMENT 'When the device measured, ISO 8601 in UTC',
    rule_version STRING COMMENT 'Digest of the settings of the rules'"""
"""Fields of a message; health_alert.schema.json says the same to its readers."""

RECEIVED = f"""{MESSAGE},
    sent_at TIMESTAMP COMMENT 'When Kafka took the message',
    partition INT COMMENT 'Kafka partition',
    offset BIGINT COMMENT 'Kafka offset',
    raw STRING COMMENT 'The message as received, if it is no alert; NULL otherwise'"""

_RULE_SETTINGS = ("low_hr_bpm", "live_highest_bpm", "live_rest_known_s", "live_repeat_s", "live_max_age_s")


def alert_messages(records: DataFrame, limits: DataFrame | None, settings: Settings) -> DataFrame:
    """`key` and `value` of a message for each rule that a fresh reading breaks.

    `records` are those of Spark's Kafka source, `limits` rows of `heart_rate_limits`; without them, and for devices
    that they lack, general limits hold. All rules of one reading are judged; a reading older than `live_max_age_s`
    breaks none, so that a replay alerts nobody.
    """
    readings = fresh_readings(records, settings)
    known = readings if limits is None else readings.join(sf.broadcast(limits), "device_id", "left")
    columns = [] if limits is None else limits.columns
    judged = _with_general_limits(known, columns, settings)
    # Few readings break any; the others are spared the list.
    beyond = judged.where(reduce(or_, (met for _, met in _conditions().values())))
    return _as_messages(beyond.withColumn("broken", sf.explode(_broken())), settings)


def fresh_readings(records: DataFrame, settings: Settings) -> DataFrame:
    """`device_id`, `event_time` and `bpm` of the valid readings that are not old.

    In real-time mode the clock tells when the checkpoint interval began, so the time at which Kafka took the message
    counts where it is later.
    """
    envelopes = _with_clock(kafka_records(records))
    now = sf.greatest("clock", epoch_time(sf.col("timestamp")))
    received = envelopes.withColumns({"source_file": sf.lit(None).cast("string"), "ingested_at": now})
    judged = checked_heart_rate_messages(received, settings)
    checked = judged.select("device_id", "event_time", "bpm", "ingested_at", "is_quarantined")
    # Filters stop at an observation; otherwise each would parse the message once more for itself.
    counted = checked.observe("readings", sf.count("*").alias("received"), sf.count_if("is_quarantined").alias("bad"))
    readings = valid(counted).where("bpm > 0")
    is_fresh = after(sf.col("event_time"), seconds=settings.live_max_age_s) >= sf.col("ingested_at")
    return readings.where(is_fresh).select("device_id", "event_time", "bpm", "ingested_at")


def _with_clock(messages: DataFrame) -> DataFrame:
    """`clock`, by a join with one row: as a constant of the query it would have Spark compile each batch anew."""
    one_row = messages.sparkSession.range(1).select(
        sf.col("id").cast("int").alias("clock_id"), sf.current_timestamp().alias("clock")
    )
    # Not a constant either, which the optimizer would take the join apart for.
    return messages.join(sf.broadcast(one_row), sf.pmod("partition", sf.lit(1)) == sf.col("clock_id"))


def received_messages(records: DataFrame) -> DataFrame:
    """The messages of the topic as rows; what is no alert is kept as it came."""
    message = sf.from_json(sf.col("value").cast("string"), _types()).alias("message")
    read = records.select(message, "value", "timestamp", "partition", "offset")
    is_alert = sf.col("message.alert_id").isNotNull() & sf.col("message.rule").isNotNull()
    return read.select(
        "message.*",
        sf.col("timestamp").alias("sent_at"),
        "partition",
        "offset",
        sf.when(~sf.coalesce(is_alert, sf.lit(False)), sf.col("value").cast("string")).alias("raw"),
    )


def _with_general_limits(readings: DataFrame, columns: list[str], settings: Settings) -> DataFrame:
    """Readings with all limits; at rest is only who was so at the last update, a short time ago."""
    nothing = {
        name: sf.lit(None).cast(kind) for name, kind in _limit_types() if name not in columns and name != "device_id"
    }
    complete = readings.withColumns(nothing)
    known_until = after(sf.col("known_at"), seconds=settings.live_rest_known_s)
    is_known = sf.col("event_time").between(sf.col("known_at"), known_until)
    return complete.withColumns(
        {
            "low_bpm": sf.coalesce("low_bpm", sf.lit(float(settings.low_hr_bpm))),
            "over_max_bpm": sf.coalesce("over_max_bpm", sf.lit(float(settings.live_highest_bpm))),
            "high_at_rest_bpm": sf.when(is_known, sf.col("high_at_rest_bpm")),
        }
    )


def _conditions() -> dict[str, tuple[str, Column]]:
    """Which limit a rule is about, and whether a reading breaks it, by rule."""
    bpm = sf.col("bpm")
    is_heart = sf.coalesce(bpm <= sf.col("artefact_bpm"), sf.lit(True))
    return {
        "LOW_HR": ("low_bpm", bpm < sf.col("low_bpm")),
        "HIGH_HR_AT_REST": ("high_at_rest_bpm", bpm > sf.col("high_at_rest_bpm")),
        "HR_OVER_MAX": ("over_max_bpm", (bpm > sf.col("over_max_bpm")) & is_heart),
    }


def _broken() -> Column:
    """The rules that a reading breaks, each with its limit."""
    broken = [
        sf.when(met, sf.struct(sf.lit(rule).alias("rule"), sf.col(limit).alias("limit_bpm")))
        for rule, (limit, met) in _conditions().items()
    ]
    return sf.array_compact(sf.array(*broken))


def _as_messages(beyond: DataFrame, settings: Settings) -> DataFrame:
    wearer = sf.coalesce(sf.col("user_id").cast("string"), sf.concat(sf.lit("device "), "device_id"))
    slot = sf.floor(sf.unix_micros("event_time") / (settings.live_repeat_s * 1_000_000))
    identity = sf.concat_ws("|", "broken.rule", wearer, slot.cast("string"))
    message = sf.struct(
        sf.left(sf.sha2(identity, 256), sf.lit(ALERT_ID_LENGTH)).alias("alert_id"),
        "broken.rule",
        sf.lit("warning").alias("severity"),
        "user_id",
        "device_id",
        "bpm",
        "broken.limit_bpm",
        _iso("event_time").alias("event_time"),
        sf.lit(rule_version(settings)).alias("rule_version"),
    )
    return beyond.select(wearer.alias("key"), sf.to_json(message, {"ignoreNullFields": "false"}).alias("value"))


def rule_version(settings: Settings) -> str:
    """Changes with any setting of the live pipeline that decides which readings alert."""
    text = ";".join(f"{name}={getattr(settings, name)}" for name in _RULE_SETTINGS)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _iso(time: str) -> Column:
    in_utc = sf.to_utc_timestamp(sf.col(time), sf.current_timezone())
    return sf.date_format(in_utc, "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'")


def _types() -> str:
    return _without_comments(MESSAGE)


def _limit_types() -> list[tuple[str, str]]:
    parts = _without_comments(HEART_RATE_LIMITS).split(", ")
    return [(name, kind) for name, _, kind in (part.partition(" ") for part in parts)]


def _without_comments(ddl: str) -> str:
    return ", ".join(line.strip().partition(" COMMENT")[0] for line in ddl.strip().splitlines())
