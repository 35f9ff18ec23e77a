"""The story of `fixtures/landing` through a broker, and once more through the files that a connector writes of it."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from confluent_kafka import Producer

from dlt_local.kafka.broker import running_broker
from simulator.sql_source import load
from tests.acceptance.state import results
from tests.kafka.lakehouse import updated
from tests.kafka.messages import client, consumed
from tests.oracle.__main__ import story_days
from tests.oracle.text import raw_form, text_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from confluent_kafka import Message
    from pyspark.sql import SparkSession

    from dlt_local.kafka.protocol import KafkaCluster
    from dlt_local.postgres.server import Server
    from tests.acceptance.state import State

pytestmark = pytest.mark.slow

KNOWN_TOPICS = ("bpm", "gym_logins", "registered_users", "user_info", "workout")
TOPICS = (*KNOWN_TOPICS, "steps")
DAYS = "user_activity"
FEEDS_OF_TOPICS = ("kafka_multiplex", "daily_activity")
FEEDS_OF_TABLES = ("registered_users", "gym_logins")
# What was received differs in form from lines of a file, and lines that are no JSON come from files alone.
NOT_OF_A_DATABASE = {f"silver.{feed}_quarantine" for feed in (*FEEDS_OF_TABLES, "kafka_multiplex")}

Rows = dict[str, list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the tables held after the files alone, after the broker alone, and after connector files besides."""

    by_files: Rows
    by_broker: Rows
    by_both: Rows
    counts_by_broker: dict[str, int]
    counts_by_both: dict[str, int]
    messages: int
    lines_that_are_no_message: int


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """Where nobody else uses the topics of the pipeline."""
    with running_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker.cluster


@pytest.fixture(scope="module")
def delivered(spark: SparkSession, own_kafka: KafkaCluster, tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    assert spark
    folder, kafka = tmp_path_factory.mktemp("delivered"), own_kafka
    for day in story_days():
        shutil.copytree(day, folder / "files" / "landing", dirs_exist_ok=True)
    by_files = rows_of(updated(folder / "files"))
    kafka.create_topics(dict.fromkeys((*TOPICS, DAYS), 1))
    settings = {"fitness.kafka_bootstrap_servers": kafka.bootstrap_servers, "fitness.kafka_topics": ",".join(TOPICS)}
    broken = 0
    first, *others = story_days()
    for days in ([first], others):
        broken += sum(play(kafka, day, folder / "broker" / "landing") for day in days)
        state = updated(folder / "broker", settings)
    by_broker, counts = rows_of(state), counts_of(state)
    messages = [message for topic in (*TOPICS, DAYS) for message in consumed(kafka, topic)]
    write_as_connector(messages, folder / "broker" / "landing")
    state = updated(folder / "broker", settings)
    return Delivered(by_files, by_broker, rows_of(state), counts, counts_of(state), len(messages), broken)


def test_the_broker_tells_the_same_story_as_the_files(delivered: Delivered) -> None:
    files = {table: without_position(table, rows) for table, rows in delivered.by_files.items()}
    broker = {table: without_position(table, rows) for table, rows in delivered.by_broker.items()}
    assert [table for table in files | broker if files.get(table) != broker.get(table)] == []


def test_what_a_connector_lands_besides_changes_no_table(delivered: Delivered) -> None:
    broker, both = delivered.by_broker, delivered.by_both
    assert [table for table in broker | both if broker.get(table) != both.get(table)] == []


@pytest.fixture(scope="module")
def by_database_and_broker(
    delivered: Delivered, own_kafka: KafkaCluster, postgres: Server, tmp_path_factory: pytest.TempPathFactory
) -> Rows:
    """Registrations and visits from PostgreSQL, the messages from the broker, and nothing but the gyms from files."""
    assert delivered
    folder, days = tmp_path_factory.mktemp("database"), story_days()
    for day in days:
        load(postgres.conninfo, day)
    for feed in (*FEEDS_OF_TOPICS, *FEEDS_OF_TABLES):
        (folder / "landing" / feed).mkdir(parents=True)
    shutil.copytree(days[0] / "gyms", folder / "landing" / "gyms")
    settings = {
        "fitness.kafka_bootstrap_servers": own_kafka.bootstrap_servers,
        "fitness.kafka_topics": ",".join(TOPICS),
        "fitness.sql_url": postgres.jdbc_url,
        "fitness.sql_user": postgres.user,
        "fitness.sql_password_scope": "gym",
        "fitness.sql_password_key": "reader",
        "fitness.sql_registrations_table": "registered_users",
        "fitness.sql_device_assignments_table": "device_assignments",
        "fitness.sql_visits_table": "gym_visits",
    }
    with pytest.MonkeyPatch.context() as patch, psycopg.connect(postgres.conninfo, autocommit=True) as connection:
        patch.setenv("DLT_LOCAL_SECRET_GYM_READER", postgres.password)
        rows = rows_of(updated(folder, settings))
        connection.execute("DROP TABLE registered_users, device_assignments, gym_visits")
    return rows


def test_a_database_and_the_broker_tell_it_as_well(delivered: Delivered, by_database_and_broker: Rows) -> None:
    files = {table: without_position(table, rows) for table, rows in delivered.by_files.items()}
    other = {table: without_position(table, rows) for table, rows in by_database_and_broker.items()}
    assert [table for table in files if table not in NOT_OF_A_DATABASE and files[table] != other[table]] == []
    assert len(set(files) - NOT_OF_A_DATABASE) > 40


def test_every_message_is_in_bronze_once_by_each_way(delivered: Delivered) -> None:
    assert delivered.messages > 1000
    assert delivered.lines_that_are_no_message == 2
    came = {"bronze.kafka_multiplex_bz", "bronze.daily_activity_bz"}
    once = sum(delivered.counts_by_broker[table] for table in came)
    twice = sum(delivered.counts_by_both[table] for table in came)
    assert once == delivered.messages + delivered.lines_that_are_no_message
    assert twice == once + delivered.messages


@pytest.mark.parametrize("counted", ["counts_by_broker", "counts_by_both"])
def test_every_bronze_row_is_judged_once(delivered: Delivered, counted: str) -> None:
    counts: dict[str, int] = getattr(delivered, counted)
    assert counts["silver.daily_activity_checked"] == counts["bronze.daily_activity_bz"]
    feeds = ("bpm", "workout", "user_info", "registered_users", "gym_logins", "kafka_multiplex")
    judged = sum(counts[f"silver.{feed}_checked"] for feed in feeds)
    lines = counts["bronze.registered_users_bz"] + counts["bronze.gym_logins_bz"]
    assert judged == counts["bronze.kafka_multiplex_bz"] + lines


def counts_of(state: State) -> dict[str, int]:
    return {name: count for name, (_, count) in state.extent().items()}


def rows_of(state: State) -> Rows:
    """All results; of rejected rows everything but when and by what they came."""
    found = {name: state.arrow(name).to_pylist() for name in results(state)}
    return {
        name: text_rows({key: row[key] for key in row if key not in ("source_file", "ingested_at")} for row in rows)
        for name, rows in found.items()
    }


def without_position(table: str, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Rows without anything that depends on where in Kafka a message lay; of a quarantine each rejected row once."""
    if table.endswith("_quarantine"):
        said = {(raw_form(content(row["raw"])), row["reasons"]) for row in rows}
        return [{"raw": raw, "reasons": reasons} for raw, reasons in sorted(said)]
    return text_rows({name: row[name] if name not in PERIOD else instant(row[name]) for name in row} for row in rows)


PERIOD = ("__START_AT", "__END_AT")


def instant(version: str) -> str:
    return str(json.loads(version)["updated_at"]) if version else ""


def content(raw: str) -> str:
    """What a message says, also if the row shows its envelope."""
    try:
        envelope = json.loads(raw)
    except ValueError:
        return raw
    has_place = isinstance(envelope, dict) and {"topic", "offset", "value"} <= envelope.keys()
    return str(envelope["value"]) if has_place else raw


def play(kafka: KafkaCluster, day: Path, landing: Path) -> int:
    """Send the messages of a day in the order of their offsets, land everything else; the lines that are no JSON."""
    for feed in day.iterdir():
        if feed.name not in FEEDS_OF_TOPICS:
            shutil.copytree(feed, landing / feed.name, dirs_exist_ok=True)
    envelopes, broken = [], []
    for line in lines_of(day / "kafka_multiplex"):
        try:
            envelopes.append(json.loads(line))
        except ValueError:
            broken.append(line)
    (landing / "daily_activity").mkdir(parents=True, exist_ok=True)
    (landing / "kafka_multiplex").mkdir(parents=True, exist_ok=True)
    (landing / "kafka_multiplex" / f"{day.name}.json").write_text("\n".join(broken), encoding="utf-8")
    producer = Producer(client(kafka))
    for envelope in sorted(envelopes, key=lambda each: (each["topic"], each["offset"])):
        assert set(envelope) == {"key", "value", "topic", "partition", "offset", "timestamp"}
        value = envelope["value"] if isinstance(envelope["value"], str) else json.dumps(envelope["value"])
        producer.produce(
            envelope["topic"], value=value, key=envelope["key"], partition=0, timestamp=milliseconds(envelope)
        )
    for line in lines_of(day / "daily_activity"):
        producer.produce(DAYS, value=line, partition=0)
    assert producer.flush(30) == 0
    return len(broken)


def lines_of(feed: Path) -> Iterator[str]:
    for path in sorted(feed.iterdir()):
        yield from (line for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def milliseconds(envelope: dict[str, Any]) -> int:
    at = float(envelope["timestamp"])
    return round(at if at > 1e11 else at * 1000)


def write_as_connector(messages: list[Message], landing: Path) -> None:
    """A file a topic; readings as base64, as a connector does without a schema."""
    for message in messages:
        topic, value = message.topic(), message.value() or b""
        text = base64.b64encode(value).decode() if topic == "bpm" else value.decode()
        envelope = {
            "key": (message.key() or b"").decode() or None,
            "value": text,
            "topic": topic,
            "partition": message.partition(),
            "offset": message.offset(),
            "timestamp": message.timestamp()[1],
        }
        folder = landing / ("daily_activity" if topic == DAYS else "kafka_multiplex")
        with (folder / f"connector_{topic}.json").open("a", encoding="utf-8") as file:
            file.write(json.dumps(envelope) + "\n")
