"""The command and its parts on a real broker and a real receiver."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from alert_delivery.alert import Alert
from alert_delivery.commands.app import app
from alert_delivery.only_one import only_one
from alert_delivery.outbox import Outbox, Outcome
from alert_delivery.taking import Taker
from dlt_local.kafka.client import KafkaClient
from tests.kafka.messages import Message, new_topic, received, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    from dlt_local.kafka.protocol import KafkaCluster
    from tests.alert_delivery.conftest import Clock, Receiver

    Deliver = Callable[..., Result]

ROOT = Path(__file__).parents[2]
SECRET = "a secret that no output shows"  # noqa: S105 # of this test only
NOW = "2026-04-14T06:35:00.250Z"


def alert(name: str, event_time: str | None = None) -> Message:
    fields = {"alert_id": name, "rule": "high_heart_rate", "severity": "critical", "user": "u-1", "value_bpm": 190.5}
    return Message(json.dumps(fields | ({"event_time": event_time} if event_time else {})), key="u-1")


@pytest.fixture
def box(tmp_path: Path) -> Path:
    return tmp_path / "box" / "outbox.db"


@pytest.fixture
def deliver(kafka: KafkaCluster, receiver: Receiver, box: Path, monkeypatch: pytest.MonkeyPatch) -> Deliver:
    """Deliver until the end of a topic."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap_servers)
    monkeypatch.setenv("FITNESS_ALERTS_WEBHOOK", receiver.url)
    monkeypatch.setenv("FITNESS_ALERTS_SECRET", SECRET)
    group = uuid.uuid4().hex

    def call(topic: str, *options: object) -> Result:
        arguments = ["deliver", "--topic", topic, "--group", group, "--outbox", box, "--until-end", *options]
        return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="fitness-alerts")

    return call


def look(command: str, box: Path, *options: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, [command, "--outbox", str(box), "--format", "json", *options])
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_alert_of_the_topic_is_delivered_once(
    kafka: KafkaCluster, deliver: Deliver, receiver: Receiver, box: Path
) -> None:
    topic = new_topic(kafka, partitions=2)
    first, second = alert("a"), alert("b")._replace(partition=1)
    send(kafka, topic, first, second, first, Message('{"alert_id": "a", "rule": "other text"}'))
    receiver.answers = [(500, {})]

    done = deliver(topic, "--first-retry", 0.01)
    assert done.exit_code == 0, done.stderr
    assert max(receiver.keys) == "b"
    assert len(receiver.requests) == 3
    assert {request.body for request in receiver.requests} == {first.value.encode(), second.value.encode()}

    send(kafka, topic, second, alert("c"), alert("old", "2020-01-01T00:00:00Z"))
    assert deliver(topic).exit_code == 0
    assert receiver.keys[3:] == ["c"]
    log = look("log", box)
    assert [entry["outcome"] for entry in log].count("DELIVERED") == 3
    assert [entry["detail"] for entry in log if entry["outcome"] == "RETRY"] == ["500"]
    assert [entry["alert_id"] for entry in log if entry["outcome"] == "EXPIRED"] == ["old"]
    assert SECRET not in done.output
    assert "190.5" not in json.dumps(log)


def test_what_cannot_be_read_or_delivered_becomes_a_dead_letter(
    kafka: KafkaCluster, deliver: Deliver, receiver: Receiver, box: Path
) -> None:
    topic, dead = new_topic(kafka), new_topic(kafka)
    send(kafka, topic, Message("no json"), alert("refused"), Message('{"rule": "nameless"}', key="k"), alert("fine"))
    receiver.answers = [(400, {})]

    assert deliver(topic, "--dead-letter-topic", dead).exit_code == 0
    assert receiver.keys == ["refused", "fine"]
    letters = look("dead-letters", box)
    assert [(letter["source"], letter["alert_id"], letter["reason"]) for letter in letters] == [
        (f"{topic}/0/0", None, "The message is no JSON"),
        (f"{topic}/0/2", None, "The message has no text 'alert_id'"),
        (f"{topic}/0/1", "refused", "400"),
    ]
    first, second, third = received(kafka, dead)
    assert (first.value, first.key) == ("no json", None)
    assert first.headers == (("reason", b"The message is no JSON"), ("source", f"{topic}/0/0".encode()))
    assert (second.value, third.key) == ('{"rule": "nameless"}', "refused")

    requeued = CliRunner().invoke(app, ["dead-letters", "--outbox", str(box), "--requeue"])
    assert requeued.stdout == "1 alerts are to be delivered again\n"
    assert deliver(topic, "--dead-letter-topic", dead).exit_code == 0
    assert receiver.keys == ["refused", "fine", "refused"]
    assert len(received(kafka, dead)) == 3
    CliRunner().invoke(app, ["dead-letters", "--outbox", str(box), "--delete"])
    assert look("dead-letters", box) == []


def test_a_process_killed_before_it_notes_the_answer_sends_again_under_the_same_key(
    kafka: KafkaCluster, deliver: Deliver, receiver: Receiver, box: Path
) -> None:
    topic = new_topic(kafka)
    send(kafka, topic, alert("a"), alert("b"))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "alert_delivery", "deliver", "--topic", topic, "--group", topic]
    with subprocess.Popen([*command, "--outbox", str(box)], env=environment, stdout=subprocess.DEVNULL) as process:

        def kill() -> None:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()

        receiver.on_request = kill
        process.wait(60)
    assert process.returncode == -signal.SIGKILL
    assert receiver.keys == ["a"]

    receiver.on_request = lambda: None
    # The first process committed its offsets: what it took in is known from the outbox alone.
    assert deliver(topic, "--group", topic).exit_code == 0
    assert receiver.keys == ["a", "a", "b"]
    assert receiver.requests[0].body == receiver.requests[1].body
    assert [(entry["alert_id"], entry["attempt"], entry["outcome"]) for entry in look("log", box)] == [
        ("a", 1, "STARTED"),
        ("a", 2, "DELIVERED"),
        ("b", 1, "DELIVERED"),
    ]


def test_an_alert_is_on_disk_before_its_offset_is_committed(
    kafka: KafkaCluster, clock: Clock, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = new_topic(kafka)
    send(kafka, topic, alert("a", NOW), alert("b"))
    client = KafkaClient(kafka.bootstrap_servers)
    with Outbox(box) as outbox:
        taker = Taker(client, topic, topic, outbox, clock)
        # As if the process were killed after the one and before the other.
        with monkeypatch.context() as patch:
            patch.setattr(Taker, "_commit", lambda *_: None)
            assert sum(taker.take(5.0) for _ in range(2)) == 2
        taker.close()
        again = Taker(client, topic, topic, outbox, clock)
        assert sum(again.take(5.0) for _ in range(2)) == 2
        again.close()
        done = Taker(client, topic, topic, outbox, clock)
        assert done.is_at_end
        assert done.take(0.5) == 0
        done.close()
        assert outbox.pending() == 2
        first = outbox.due(clock())
        assert first
        assert (first.alert_id, first.fresh_since) == ("a", 1776148500.25)


def test_ctrl_c_ends_it_in_order_and_alerts_wait(
    kafka: KafkaCluster, deliver: Deliver, receiver: Receiver, box: Path
) -> None:
    topic = new_topic(kafka)
    deliver(topic)
    send(kafka, topic, alert("a"))
    receiver.answers = [(429, {"Retry-After": "3600"})]
    command = [
        sys.executable,
        "-m",
        "alert_delivery",
        "deliver",
        "--topic",
        topic,
        "--group",
        topic,
        "--outbox",
        str(box),
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == f"Alerts of topic '{topic}' go to http://127.0.0.1:{receiver.port}\n"
        assert process.stdout.readline().endswith("RETRY      a  attempt 1  429\n")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (0, f"1 alerts wait in {box}\n", "")


def test_wrong_calls_are_refused(
    kafka: KafkaCluster, deliver: Deliver, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = new_topic(kafka)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for arguments, message in (
        ([f"{topic}x"], f"has no topic '{topic}x'. Did you mean '{topic}'?"),
        ([topic, "--dead-letter-topic", "absent"], "has no topic 'absent'. Make it."),
        ([topic, "--webhook", "http://example.org/hook"], "must be https"),
    ):
        done = deliver(*arguments)
        assert (done.exit_code, message in done.stderr) == (2, True), done.stderr
    monkeypatch.setattr("dlt_local.kafka.client._ANSWER_SECONDS", 0.5)
    done = deliver(topic, "--bootstrap-servers", f"127.0.0.1:{port}")
    assert (done.exit_code, f"Kafka at 127.0.0.1:{port}, the value of --bootstrap-servers" in done.stderr) == (2, True)
    with only_one(box):
        done = deliver(topic)
    assert (done.exit_code, f"Another process delivers from the outbox {box}" in done.stderr) == (2, True)
    monkeypatch.delenv("FITNESS_ALERTS_SECRET")
    done = deliver(topic)
    assert (done.exit_code, "There is no secret to sign alerts with" in done.stderr) == (2, True)
    assert CliRunner().invoke(app, ["log", "--outbox", "absent.db"]).exit_code == 2


def test_the_log_is_readable(box: Path, clock: Clock) -> None:
    with Outbox(box) as outbox:
        outbox.take(Alert("a", None, b"{}"), "t/0/0", fresh_since=clock(), now=clock())
        due = outbox.due(clock())
        assert due
        outbox.delivered(due, outbox.start(due, clock()), "204", seconds=0.0125, now=clock())
        outbox.refuse(b"x", "t/0/1", "The message is no JSON", clock())
        assert [entry.outcome for entry in outbox.log()] == [Outcome.DELIVERED]
    shown = CliRunner().invoke(app, ["log", "--outbox", str(box)]).stdout
    assert shown == "2026-04-14T06:35:00.000Z  DELIVERED  a  attempt 1  0.013 s  204\n"
    shown = CliRunner().invoke(app, ["dead-letters", "--outbox", str(box)]).stdout
    assert shown == "2026-04-14T06:35:00.000Z  t/0/1  no alert  The message is no JSON\n"
