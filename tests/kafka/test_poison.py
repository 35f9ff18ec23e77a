"""Messages that nobody expects, through the bronze and silver tables of the pipeline: each ends in one place."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from tests.kafka.lakehouse import updated
from tests.kafka.messages import client, new_topic

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from dlt_local.kafka.protocol import KafkaCluster
    from tests.acceptance.state import State

NINE = 1_772_442_000  # on 2 March 2026
READING = {"device_id": 7, "time": NINE, "heartrate": 61}
_AROUND = json.dumps(READING | {"notes": ""})
LARGE = json.dumps(READING | {"notes": "x" * (20_000_000 - len(_AROUND))})
DAY = {"user_id": 7, "date": "2026-03-02", "steps": 900}
EVENT = (("ce_specversion", b"1.0"), ("ce_id", b"e1"), ("ce_source", b"/watch"), ("ce_type", b"reading"))
NO_TEXT = b'{"device_id": 7, "time": 1772442000, "heartrate": \xff}'
DEEP = json.dumps(READING)[:-1] + ', "x": ' + "[" * 2000 + "]" * 2000 + "}"

READINGS: dict[str, tuple[bytes | None, tuple[tuple[str, bytes], ...]]] = {
    "plain": (json.dumps(READING).encode(), ()),
    "event in binary mode": (json.dumps(READING | {"time": NINE + 1}).encode(), EVENT),
    "20 MB": (LARGE.encode(), ()),
    "tombstone": (None, ()),
    "empty": (b"", ()),
    "no UTF-8": (NO_TEXT, ()),
    "zero bytes": (b"\0\0", ()),
    "cut off": (b'{"device_id": 7, "time": 17724', ()),
    "too deep": (DEEP.encode(), ()),
}
VALID = {"plain", "event in binary mode", "20 MB"}
DAYS = {"record": json.dumps(DAY).encode(), "tombstone": None, "no UTF-8": b'{"user_id": \xff}', "list": b"[]"}
REFRESHED = tuple(
    f"{schema}.{table}"
    for schema, tables in {
        "bronze": ("kafka_multiplex_bz", "daily_activity_bz"),
        "silver": ("bpm_checked", "kafka_multiplex_checked", "daily_activity_checked"),
    }.items()
    for table in tables
)


@dataclass(frozen=True, slots=True)
class Taken:
    """The state, and which message lies at which offset."""

    state: State
    readings: dict[int, str]
    days: dict[int, str]
    topic_of_days: str

    def readings_in(self, table: str) -> list[dict[str, Any]]:
        """Rows of our messages; other tests may have used the topic before."""
        return [row for row in self.state.arrow(table).to_pylist() if row["offset"] in self.readings]


@pytest.fixture(scope="module")
def taken(spark: SparkSession, kafka: KafkaCluster, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    assert spark
    folder = tmp_path_factory.mktemp("poison")
    for feed in ("kafka_multiplex", "daily_activity"):
        (folder / "landing" / feed).mkdir(parents=True)
    kafka.create_topics({"bpm": 1})
    days, first = new_topic(kafka), end_of(kafka, "bpm")
    producer = Producer({**client(kafka), "message.max.bytes": 30_000_000})
    for value, headers in READINGS.values():
        producer.produce("bpm", key="7", value=value, headers=list(headers), partition=0)
    for day in DAYS.values():
        producer.produce(days, key="7", value=day, partition=0)
    assert producer.flush(60) == 0
    settings = {
        "fitness.kafka_bootstrap_servers": kafka.bootstrap_servers,
        "fitness.kafka_topics": "bpm",
        "fitness.kafka_daily_activity_topic": days,
        "fitness.kafka_max_offsets_per_trigger": "5",
    }
    state = updated(folder, settings, refresh=REFRESHED)
    assert end_of(kafka, "bpm") == first + len(READINGS)
    return Taken(state, dict(enumerate(READINGS, first)), dict(enumerate(DAYS)), days)


def end_of(kafka: KafkaCluster, topic: str) -> int:
    consumer = Consumer({**client(kafka), "group.id": topic})
    end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=30)[1]
    consumer.close()
    return int(end)


def test_each_message_is_one_row_of_bronze_and_one_verdict(taken: Taken) -> None:
    for table in ("bronze.kafka_multiplex_bz", "silver.bpm_checked"):
        assert sorted(row["offset"] for row in taken.readings_in(table)) == list(taken.readings)
    verdicts = {taken.readings[row["offset"]]: row["is_quarantined"] for row in taken.readings_in("silver.bpm_checked")}
    assert {name for name, is_quarantined in verdicts.items() if not is_quarantined} == VALID


def test_no_byte_is_lost(taken: Taken) -> None:
    found = {taken.readings[row["offset"]]: row for row in taken.readings_in("bronze.kafka_multiplex_bz")}
    for name, (value, _) in READINGS.items():
        row = found[name]
        kept = row["value"] if row["value"] is None else row["value"].encode()
        if row["_rescued_data"] is not None:
            assert json.loads(row["_rescued_data"]) == {"base64": ["value"]}
            kept = base64.b64decode(row["value"])
        assert kept == value, name
    assert [name for name, row in found.items() if row["_rescued_data"]] == ["no UTF-8"]


def test_attributes_in_headers_make_an_event(taken: Taken) -> None:
    events = {taken.readings[row["offset"]]: row["event_id"] for row in taken.readings_in("silver.bpm_checked")}
    assert {name: event for name, event in events.items() if event} == {"event in binary mode": "/watch e1"}


def test_what_a_large_message_says_beside_its_reading_is_kept(taken: Taken) -> None:
    (row,) = [row for row in taken.readings_in("silver.bpm_checked") if taken.readings[row["offset"]] == "20 MB"]
    assert row["bpm"] == 61
    assert len(json.loads(row["rescued_data"])["notes"]) > 19_000_000


def test_each_record_of_a_day_is_one_verdict(taken: Taken) -> None:
    rows = {taken.days[row["offset"]]: row for row in taken.state.arrow("silver.daily_activity_checked").to_pylist()}
    assert {name: row["is_quarantined"] for name, row in rows.items()} == {name: name != "record" for name in DAYS}
    assert (rows["record"]["steps"], rows["record"]["topic"]) == (900, taken.topic_of_days)
    assert json.loads(rows["no UTF-8"]["raw"])["value"] == base64.b64encode(DAYS["no UTF-8"] or b"").decode()
