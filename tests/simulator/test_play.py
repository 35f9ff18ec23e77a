from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource

from dlt_local.kafka.broker import running_broker, start_broker
from dlt_local.kafka.client import KafkaClient
from dlt_local.kafka.protocol import KafkaCluster
from simulator.delivery import Delivery, DeliveryError, NewTopics
from simulator.message import Message
from tests.kafka.messages import Message as Sent
from tests.kafka.messages import new_topic, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typer.testing import Result

    FitnessSim = Callable[..., Result]
    Shown = Callable[..., list[dict[str, Any]]]

ROOT = Path(__file__).parents[2]
LANDING = ROOT / "fixtures/landing"


@pytest.fixture(scope="module")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one whose topics bear the names of the feeds."""
    with running_broker(tmp_path_factory.mktemp("own")) as broker:
        yield broker.cluster.bootstrap_servers


def land(folder: Path, *envelopes: dict[str, Any] | str) -> None:
    (folder / "kafka_multiplex").mkdir(parents=True)
    lines = (envelope if isinstance(envelope, str) else json.dumps(envelope) for envelope in envelopes)
    (folder / "kafka_multiplex/a.json").write_text("".join(f"{line}\n" for line in lines))


def test_the_landing_of_the_demo_becomes_its_messages(fitness_sim: FitnessSim, shown: Shown, own_broker: str) -> None:
    """Counts are lines of the files by `grep -c`; a gym line with a logout is two messages, see the landing's page."""
    done = fitness_sim("play", LANDING, "--partitions", 2, "--bootstrap-servers", own_broker)

    counts = {
        "bpm": 2675, "gym_logins": 39, "registered_users": 18, "steps": 1, "user_activity": 14, "user_info": 22,
        "workout": 56,
    }  # fmt: skip
    assert done.exit_code == 0
    assert done.stdout.splitlines()[:-1] == [f"{topic}: {count} messages" for topic, count in counts.items()]
    broken = LANDING / "2026-04-14/kafka_multiplex/bpm_0414_broken.json"
    assert done.stderr.splitlines() == [
        f"{LANDING}/2026-04-14/gyms/gyms_0414.csv is not played: no topic takes the feed 'gyms'",
        f"{broken}:1 cannot be played: it is no JSON",
        f"{broken}:2 cannot be played: it is no JSON",
        "2 lines could not be played; they are named above",
    ]
    arrived = {topic: shown(topic, "--bootstrap-servers", own_broker) for topic in counts}
    assert {topic: len(messages) for topic, messages in arrived.items()} == counts
    workouts = [envelope for file in sorted(LANDING.glob("*/kafka_multiplex/workout*")) for envelope in lines_of(file)]
    by_key = {key: [e["value"] for e in workouts if e["key"] == key] for key in {e["key"] for e in workouts}}
    assert {
        key: [json.loads(value) if isinstance(value, str) else value for value in values]
        for key, values in by_key.items()
    } == {key: [m["value"] for m in arrived["workout"] if m["key"] == key] for key in by_key}


def lines_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_messages_arrive_as_their_envelopes_say(
    kafka: KafkaCluster, fitness_sim: FitnessSim, shown: Shown, tmp_path: Path
) -> None:
    topic, other = new_topic(kafka, partitions=3), new_topic(kafka)
    time_s = int(time.time())
    header = [{"key": "ce_id", "value": "a-1"}]
    land(
        tmp_path,
        {"topic": topic, "key": "k", "value": "1", "partition": 2, "timestamp": time_s},
        {"topic": other, "key": "k", "value": "2", "timestamp": time_s * 1000 + 250, "headers": header},
        {"topic": topic, "value": None, "key": "k", "partition": 1, "timestamp": time_s},
        "no envelope",
    )
    done = fitness_sim("play", tmp_path, "--topics", f"{topic},absent", "--keep-partitions", "--strict")

    assert done.exit_code == 1
    assert f"{tmp_path}/kafka_multiplex/a.json:4 cannot be played: it is no JSON" in done.stderr.splitlines()
    assert done.stdout.splitlines()[:2] == ["absent: 0 messages", f"{topic}: 2 messages"]
    assert sorted((m["partition"], m["value"]) for m in shown(topic)) == [(1, None), (2, 1)]
    assert shown(other) == []

    assert fitness_sim("play", tmp_path, "--topics", other).exit_code == 0
    (message,) = shown(other)
    assert message["headers"] == [{"key": "ce_id", "value": "a-1"}]
    assert message["timestamp"].endswith(".250Z")


def test_topics_that_are_made_keep_old_messages(kafka: KafkaCluster, fitness_sim: FitnessSim, tmp_path: Path) -> None:
    topic = f"made-{tmp_path.name}"
    land(tmp_path, {"topic": topic, "value": "1", "timestamp": 1500000000})
    assert fitness_sim("play", tmp_path, "--partitions", 3).exit_code == 0

    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    assert admin.describe_configs([resource])[resource].result(30)["retention.ms"].value == "-1"
    assert len(admin.list_topics(topic).topics[topic].partitions) == 3


def test_a_topic_that_will_delete_what_is_played_is_warned_of(
    kafka: KafkaCluster, fitness_sim: FitnessSim, tmp_path: Path
) -> None:
    topic = f"short-{tmp_path.name}"
    KafkaClient(kafka.bootstrap_servers).create_topic(topic, partitions=1, settings={"retention.ms": "86400000"})
    land(tmp_path, *({"topic": topic, "value": "1", "timestamp": at} for at in (time.time(), 1776148500, 1)))
    done = fitness_sim("play", tmp_path)
    assert done.exit_code == 0
    assert done.stderr == (
        f"Warning: Topic '{topic}' keeps messages for 1 days from their own times on: Kafka will soon delete older"
        f" ones, such as that of {tmp_path}/kafka_multiplex/a.json:2. Set the topic's retention.ms to -1 to keep"
        " them.\n"
    )


def test_a_message_that_kafka_refuses_is_named_and_the_others_go_on(
    fitness_sim: FitnessSim, shown: Shown, kafka: KafkaCluster, tmp_path: Path
) -> None:
    topic = f"small-{tmp_path.name}"
    KafkaClient(kafka.bootstrap_servers).create_topic(topic, partitions=1, settings={"max.message.bytes": "100000"})
    land(tmp_path, *({"topic": topic, "value": value} for value in ("1", "x" * 200_000, "2")))
    done = fitness_sim("play", tmp_path)

    assert done.exit_code == 1
    assert f"{tmp_path}/kafka_multiplex/a.json:2 was refused by Kafka for '{topic}': " in done.stderr
    assert done.stdout.splitlines()[0] == f"{topic}: 2 messages"
    assert [m["value"] for m in shown(topic)] == [1, 2]


def test_the_files_of_a_day_play_side_by_side(
    fitness_sim: FitnessSim, shown: Shown, kafka: KafkaCluster, tmp_path: Path
) -> None:
    topic = new_topic(kafka)
    (tmp_path / "kafka_multiplex").mkdir()
    for name, times in (("a", (10, 30, 20)), ("b", (11, 21, 31))):
        envelopes = (json.dumps({"topic": topic, "value": str(t), "timestamp": 1776148500 + t}) for t in times)
        (tmp_path / f"kafka_multiplex/{name}.json").write_text("\n".join(envelopes))

    assert fitness_sim("play", tmp_path, "--speedup", 1e6).exit_code == 0
    assert fitness_sim("play", tmp_path, "--rate", 1e6).exit_code == 0
    assert [m["value"] for m in shown(topic)] == [10, 11, 21, 30, 20, 31, 10, 30, 20, 11, 21, 31]


@pytest.mark.parametrize("arguments", [["play", str(LANDING)], ["tail", "bpm"], ["live"]], ids=lambda a: a[0])
def test_an_unreachable_broker_is_named_with_its_setting(
    fitness_sim: FitnessSim, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    if arguments != ["tail", "bpm"]:
        # One of them shows that the real limit is short enough.
        monkeypatch.setattr("dlt_local.kafka.client._ANSWER_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    started = time.monotonic()
    done = fitness_sim(*arguments, "--bootstrap-servers", f"127.0.0.1:{port}")
    assert time.monotonic() - started < 30
    assert done.exit_code == 2
    assert f"127.0.0.1:{port}, the value of --bootstrap-servers or KAFKA_BOOTSTRAP_SERVERS, gives no" in done.stderr


def test_wrong_arguments_are_refused(fitness_sim: FitnessSim, tmp_path: Path) -> None:
    settings = tmp_path / "client"
    for text, message in (
        ("sasl.password=one-that-is-secret", f"Others can read the secrets in {settings}. chmod 600 {settings}"),
        ("nonsense", "client:1: 'nonsense' is not NAME=VALUE"),
        (
            "# security\nno.such.setting=1",
            'A setting of the Kafka client is wrong: No such configuration property: "no',
        ),
    ):
        settings.write_text(text)
        settings.chmod(0o644)
        done = fitness_sim("play", LANDING, "--client-settings", settings)
        assert (done.exit_code, message in done.stderr) == (2, True)
    for arguments, message in (
        (["--rate", 0], "must be above 0"),
        (["--rate", 1, "--speedup", 1], "not together with --speedup"),
    ):
        done = fitness_sim("play", LANDING, *arguments)
        assert (done.exit_code, message in done.stderr) == (2, True)


def test_a_broker_that_makes_no_topics_for_us(kafka: KafkaCluster) -> None:
    with Delivery(KafkaClient(kafka.bootstrap_servers), topics=NewTopics(None)) as delivery:
        with pytest.raises(DeliveryError, match="has no topic 'absent'"):
            delivery.send(Message("absent", None, b"1"))
        assert delivery.delivered == {}


def test_tail_stops_at_the_end_and_at_a_limit(fitness_sim: FitnessSim, kafka: KafkaCluster) -> None:
    topic = new_topic(kafka, partitions=2)
    send(kafka, topic, *(Sent(str(number), partition=number % 2) for number in range(5)))

    whole = fitness_sim("tail", topic, "--from-beginning", "--until-end", "--format", "raw")
    assert sorted(whole.stdout.split()) == ["0", "1", "2", "3", "4"]
    assert len(fitness_sim("tail", topic, "--from-beginning", "--limit", 2).stdout.splitlines()) == 2
    assert fitness_sim("tail", topic, "--until-end").stdout == ""
    unknown = fitness_sim("tail", f"{topic}x")
    assert (unknown.exit_code, f"Did you mean '{topic}'?" in unknown.stderr) == (2, True)


def test_ctrl_c_ends_live_and_tail_in_order(own_broker: str, shown: Shown, tmp_path: Path) -> None:
    KafkaCluster(own_broker).create_topics({"bpm": 1})
    environment = os.environ | {"KAFKA_BOOTSTRAP_SERVERS": own_broker, "PYTHONPATH": str(ROOT)}
    command, truth = [sys.executable, "-m", "simulator"], tmp_path / "truth"
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environment}
    # This seed begins its emergency after 0.2 seconds.
    options = [
        "--first-device=900001",
        "--devices=3",
        "--rate=300",
        "--emergencies=1",
        "--emergency-seconds=1",
        "--seed=173",
        f"--truth={truth}",
    ]
    with (
        subprocess.Popen([*command, "tail", "bpm"], **pipes) as tail,
        subprocess.Popen([*command, "live", *options], **pipes) as live,
    ):
        assert tail.stdout
        assert "  bpm " in tail.stdout.readline()
        assert live.stdout
        begun = json.loads(live.stdout.readline())
        for process in (live, tail):
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
            assert process.returncode == 0, errors
    arrived = [m for m in shown("bpm", "--bootstrap-servers", own_broker) if str(m["key"]).startswith("90000")]
    assert errors == ""
    assert json.loads(truth.read_text()) == begun
    of_device = [m for m in arrived if m["value"]["device_id"] == begun["device_id"]]
    first_odd = next(m for m in of_device if not 40 < m["value"]["heartrate"] < 100)
    assert first_odd["timestamp"] == begun["started_at"]
    assert all(m["key"] == str(m["value"]["device_id"]) for m in arrived)


def test_ctrl_c_while_playing_delivers_what_was_read(kafka: KafkaCluster, shown: Shown, tmp_path: Path) -> None:
    topic = new_topic(kafka)
    land(tmp_path, {"topic": topic, "value": "1"}, "no envelope", {"topic": topic, "value": "2"})
    environment = os.environ | {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "simulator", "play", str(tmp_path), "--rate", "0.001"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stderr
        # The first message is sent, and the second one due in a quarter of an hour.
        assert "a.json:2 cannot be played" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert output.splitlines()[0] == f"{topic}: 1 messages"
    assert "Interrupted; what had been read is delivered.\n" in errors
    assert [m["value"] for m in shown(topic)] == [1]


def test_a_killed_broker_costs_no_message_and_repeats_none(fitness_sim: FitnessSim, tmp_path: Path) -> None:
    first = start_broker(tmp_path / "broker")
    address = first.cluster.bootstrap_servers
    land(tmp_path / "landing", *({"topic": "t", "value": str(number)} for number in range(3000)))
    command = [sys.executable, "-m", "simulator", "play", str(tmp_path / "landing"), "--rate", "1000"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "KAFKA_BOOTSTRAP_SERVERS": address}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        reading = fitness_sim("tail", "t", "--limit", 500, "--from-beginning", "--bootstrap-servers", address)
        while reading.exit_code:
            # The topic is made by the other process.
            reading = fitness_sim("tail", "t", "--limit", 500, "--from-beginning", "--bootstrap-servers", address)
        first.process.kill()
        first.process.wait()
        with running_broker(tmp_path / "broker", port=int(address.partition(":")[2])):
            output, _ = process.communicate(timeout=120)
            arguments = ["--from-beginning", "--until-end", "--format", "raw", "--bootstrap-servers", address]
            arrived = fitness_sim("tail", "t", *arguments)
    assert output.splitlines()[0] == "t: 3000 messages"
    assert [int(value) for value in arrived.stdout.split()] == list(range(3000))
