"""Which readings alert, what their messages say, and that a message follows from its reading alone."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from pyspark.sql import functions as sf

from fitness import live_alerts
from fitness.heart_rate_limits import HEART_RATE_LIMITS
from fitness.settings import Settings
from tests.fitness.data_sets import KAFKA_RECORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession

# However long the tests take, their readings are fresh.
SETTINGS = Settings(live_max_age_s=100_000)
SCHEMA = json.loads((Path(live_alerts.__file__).parent / "health_alert.schema.json").read_text("utf-8"))
NOW = datetime.now(UTC).replace(microsecond=0)
# A member of 40, and so of at most 208 - 0.7 * 40 = 180 beats; known to rest ten minutes ago.
MEMBER = {
    "device_id": 10, "user_id": 1, "resting_hr": 55.0, "hr_max": 180.0, "low_bpm": 40.0, "high_at_rest_bpm": 120.0,
    "over_max_bpm": 180.0, "artefact_bpm": 198.0, "known_at": NOW - timedelta(minutes=10),
}  # fmt: skip


def alerts(
    spark: SparkSession,
    readings: Sequence[tuple[Any, float, datetime]],
    limits: Sequence[dict[str, Any]] | None = (MEMBER,),
    settings: Settings = SETTINGS,
    taken_at: datetime = NOW,
) -> list[dict[str, Any]]:
    rows = [record(device, bpm, at, taken_at) for device, bpm, at in readings]
    known = None if limits is None else spark.createDataFrame(list(limits), HEART_RATE_LIMITS)
    messages = live_alerts.alert_messages(spark.createDataFrame(rows, KAFKA_RECORDS), known, settings).collect()
    found = [{"key": row.key, **json.loads(row.value)} for row in messages]
    for row in messages:
        jsonschema.validate(json.loads(row.value), SCHEMA)
    return sorted(found, key=lambda alert: (alert["event_time"], alert["rule"], alert["device_id"]))


def record(device: Any, bpm: float, at: datetime, taken_at: datetime) -> tuple[object, ...]:
    value = json.dumps({"device_id": device, "time": at.timestamp(), "heartrate": bpm}).encode()
    return (str(device).encode(), value, "bpm", 0, 0, taken_at, None)


def test_a_message_says_what_was_measured_and_which_limit_it_broke(spark: SparkSession) -> None:
    at = datetime.fromtimestamp(NOW.timestamp() // 600 * 600, UTC)
    slot = int(at.timestamp() // 600)
    (alert,) = alerts(spark, [(10, 181.5, at)], taken_at=at, limits=[{**MEMBER, "high_at_rest_bpm": None}])
    assert alert == {
        "key": "1",
        "alert_id": hashlib.sha256(f"HR_OVER_MAX|1|{slot}".encode()).hexdigest()[:32],
        "rule": "HR_OVER_MAX",
        "severity": "warning",
        "user_id": 1,
        "device_id": 10,
        "bpm": 181.5,
        "limit_bpm": 180.0,
        "event_time": at.strftime("%Y-%m-%dT%H:%M:%S.000000Z"),
        "rule_version": live_alerts.rule_version(SETTINGS),
    }


NO_AGE = {"hr_max": None, "over_max_bpm": None, "artefact_bpm": None, "high_at_rest_bpm": None}
LIMITS: list[tuple[float, dict[str, Any], list[str]]] = [
    # Each limit itself is fine; beyond it a reading alerts. 0 is a device without contact.
    (0.0, {}, []),
    (39.9, {}, ["LOW_HR"]),
    (40.0, {}, []),
    (120.0, {}, []),
    (120.1, {}, ["HIGH_HR_AT_REST"]),
    (180.0, {}, ["HIGH_HR_AT_REST"]),
    (180.1, {}, ["HIGH_HR_AT_REST", "HR_OVER_MAX"]),
    (198.0, {}, ["HIGH_HR_AT_REST", "HR_OVER_MAX"]),
    # Beyond 110 % of the highest rate the device counts steps.
    (198.1, {}, ["HIGH_HR_AT_REST"]),
    # In exercise, or when that was last known 15 minutes ago, a high rate says nothing.
    (150.0, {"high_at_rest_bpm": None}, []),
    (150.0, {"known_at": NOW - timedelta(minutes=15)}, ["HIGH_HR_AT_REST"]),
    (150.0, {"known_at": NOW - timedelta(minutes=15, seconds=1)}, []),
    # Without a believable age the general limit holds.
    (199.0, NO_AGE, []),
    (201.0, NO_AGE, ["HR_OVER_MAX"]),
]


def test_limits(spark: SparkSession) -> None:
    """One device for each case."""
    readings = [(device, bpm, NOW) for device, (bpm, _, _) in enumerate(LIMITS)]
    members = [{**MEMBER, **member, "device_id": device} for device, (_, member, _) in enumerate(LIMITS)]
    found = alerts(spark, readings, members)
    expected = [(device, rule) for device, (_, _, rules) in enumerate(LIMITS) for rule in rules]
    assert sorted((alert["device_id"], alert["rule"]) for alert in found) == expected


@pytest.mark.parametrize("limits", [None, (MEMBER,)])
def test_a_device_of_nobody_alerts_by_general_limits(spark: SparkSession, limits: Sequence[dict[str, Any]]) -> None:
    found = alerts(spark, [(99, 39.0, NOW), (99, 150.0, NOW), (99, 201.0, NOW)], limits)
    assert [(alert["key"], alert["user_id"], alert["rule"]) for alert in found] == [
        ("device 99", None, "HR_OVER_MAX"),
        ("device 99", None, "LOW_HR"),
    ]


def test_old_readings_alert_nobody(spark: SparkSession) -> None:
    """By the time at which Kafka took the message, and by the clock: a replay of yesterday's messages is silent."""
    settings = Settings(live_max_age_s=7 * 3600)
    late = [(10, 30.0, NOW - timedelta(hours=5)), (10, 30.0, NOW - timedelta(hours=8))]
    assert len(alerts(spark, late, settings=settings)) == 1
    # Kafka's clock is ahead of ours here, so that only its time makes the reading old.
    assert alerts(spark, [(10, 30.0, NOW)], settings=settings, taken_at=NOW + timedelta(hours=9)) == []
    yesterday = NOW - timedelta(days=1)
    assert alerts(spark, [(10, 30.0, yesterday)], settings=settings, taken_at=yesterday) == []


def test_readings_of_the_future_and_poison_alert_nobody_and_stop_nothing(spark: SparkSession) -> None:
    values = [b"", b"\xff\xfe", b"{", b"[]", b"null", b'{"device_id": "x", "time": 1, "heartrate": 30}', b'"ok"']
    rows: list[tuple[object, ...]] = [(None, value, "bpm", 0, 0, NOW, None) for value in [*values, None]]
    rows.append((None, record(10, 30.0, NOW + timedelta(hours=6), NOW)[1], "bpm", 0, 0, NOW, None))
    frame = spark.createDataFrame(rows, KAFKA_RECORDS)
    assert live_alerts.alert_messages(frame, None, SETTINGS).collect() == []


def test_readings_of_ten_minutes_share_an_id_and_those_after_have_another(spark: SparkSession) -> None:
    begin = datetime.fromtimestamp(NOW.timestamp() // 600 * 600 - 600, UTC)
    times = [begin, begin + timedelta(seconds=599.9), begin + timedelta(seconds=600)]
    ids = [alert["alert_id"] for alert in alerts(spark, [(10, 30.0, at) for at in times])]
    assert ids[0] == ids[1] != ids[2]
    other = alerts(spark, [(10, 30.0, begin)], [{**MEMBER, "user_id": 2}])
    assert other[0]["alert_id"] != ids[0]


def test_the_alerts_of_a_set_of_readings_do_not_depend_on_order_or_batches(spark: SparkSession) -> None:
    chance = random.Random(6)  # noqa: S311 # repeatable
    readings = [
        (chance.choice([10, 99, "10"]), chance.uniform(20, 220), NOW - timedelta(seconds=chance.randrange(200)))
        for _ in range(300)
    ]
    whole = alerts(spark, readings)
    shuffled = chance.sample(readings, len(readings))
    pieces = [alerts(spark, piece) for piece in (shuffled[:50], shuffled[50:51], shuffled[51:])]
    assert len(whole) > 50
    assert sorted(map(str, whole)) == sorted(str(alert) for piece in pieces for alert in piece)


def test_messages_are_read_back_and_what_is_no_alert_is_kept_as_it_came(spark: SparkSession) -> None:
    frame = sent(spark, [record(10, 30.0, NOW, NOW)])
    strange = spark.createDataFrame([(None, b"ping", "alerts", 1, 7, NOW, None)], KAFKA_RECORDS)
    rows = live_alerts.received_messages(frame.unionByName(strange)).collect()
    good, bad = sorted(rows, key=lambda row: row.partition)
    assert (good.rule, good.user_id, good.bpm, good.limit_bpm, good.raw) == ("LOW_HR", 1, 30.0, 40.0, None)
    assert (bad.alert_id, bad.raw, bad.partition, bad.offset) == (None, "ping", 1, 7)


def sent(spark: SparkSession, rows: list[tuple[object, ...]]) -> DataFrame:
    known = spark.createDataFrame([MEMBER], HEART_RATE_LIMITS)
    messages = live_alerts.alert_messages(spark.createDataFrame(rows, KAFKA_RECORDS), known, SETTINGS)
    return messages.select(
        sf.col("key").cast("binary"),
        sf.col("value").cast("binary"),
        sf.lit("alerts").alias("topic"),
        sf.lit(0).alias("partition"),
        sf.lit(0).cast("bigint").alias("offset"),
        sf.lit(NOW).alias("timestamp"),
        sf.lit(None).cast("array<struct<key: string, value: binary>>").alias("headers"),
    )
