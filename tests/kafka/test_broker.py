"""The broker by itself: started, stopped, killed, started again."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dlt_local.kafka.broker import HOST, running_broker, start_broker
from dlt_local.kafka.errors import BrokerError
from dlt_local.kafka.protocol import KafkaCluster
from tests.kafka.messages import Message, received, send

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "dlt_local.kafka")


def environment(**others: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "KAFKA_BOOTSTRAP_SERVERS"}
    return inherited | {"PYTHONPATH": str(ROOT)} | others


@pytest.fixture
def command(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The command, once it has said where the broker listens; in a group of its own, as a terminal starts it."""
    data = tmp_path / "data"
    with subprocess.Popen(
        [*COMMAND, "--data", str(data), "bpm:2", "workout"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        yield process
        process.kill()


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    first, second = process.stdout.readline(), process.stdout.readline()
    address = second.strip().partition("=")[2]
    assert first.startswith(f"Kafka listens on {address}; its data is in ")
    return address


def is_listening(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port))):
            return True
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_command_and_its_broker(command: subprocess.Popen[str], number: signal.Signals) -> None:
    address = address_of(command)
    assert is_listening(address)
    # Ctrl-C reaches every process of the terminal's group.
    os.killpg(command.pid, number)
    assert command.communicate(timeout=300) == ("", "")
    assert command.returncode == 0
    assert not is_listening(address)


def test_messages_outlast_a_kill_of_the_broker(tmp_path: Path) -> None:
    killed = start_broker(tmp_path)
    killed.cluster.create_topics({"bpm": 2})
    send(killed.cluster, "bpm", Message("a"), Message("b", partition=1), Message("c"))
    killed.process.kill()
    killed.process.wait()

    with running_broker(tmp_path) as again:
        assert again.cluster != killed.cluster
        again.cluster.create_topics({"bpm": 2, "workout": 1})
        assert received(again.cluster, "bpm", partitions=2) == [Message("a"), Message("c"), Message("b", partition=1)]
        assert received(again.cluster, "workout") == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
def test_a_killed_command_leaves_no_broker(command: subprocess.Popen[str]) -> None:
    address = address_of(command)
    (broker,) = _children(command.pid)
    descriptor = os.pidfd_open(broker)
    command.kill()
    command.wait()
    # Readable once the process has ended.
    assert select.select([descriptor], [], [], 60)[0]
    os.close(descriptor)
    assert not is_listening(address)


def test_a_broker_that_ends_by_itself_ends_the_command(command: subprocess.Popen[str], tmp_path: Path) -> None:
    address_of(command)
    (broker,) = _children(command.pid)
    os.kill(broker, signal.SIGKILL)
    _, errors = command.communicate(timeout=300)
    assert (command.returncode, errors) == (1, f"Kafka has ended by itself. See {tmp_path}/data/broker.log.\n")


def test_another_broker_is_used_instead(tmp_path: Path, kafka: KafkaCluster) -> None:
    address, topic = kafka.bootstrap_servers, tmp_path.name
    done = subprocess.run(
        [*COMMAND, "--data", str(tmp_path / "data"), topic],
        env=environment(KAFKA_BOOTSTRAP_SERVERS=address),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"KAFKA_BOOTSTRAP_SERVERS={address} is used; no broker is started.\n"
    assert received(kafka, topic) == []
    assert not (tmp_path / "data").exists()


def test_a_data_folder_in_use_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    with running_broker(tmp_path) as broker:
        settings, log = (tmp_path / "broker.properties").read_text(), broker.log.stat().st_ino
        with pytest.raises(BrokerError, match=r"^A broker is running in .*\. Stop it, or name another folder\.$"):
            start_broker(tmp_path)
        assert ((tmp_path / "broker.properties").read_text(), broker.log.stat().st_ino) == (settings, log)
        broker.cluster.create_topics({"still_there": 1})


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    with (
        socket.create_server((HOST, 0)) as taken,
        pytest.raises(BrokerError, match=r"Kafka cannot listen on .*: Address already in use"),
    ):
        start_broker(tmp_path, port=taken.getsockname()[1])


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BrokerError, match=r"Kafka cannot keep its data in .*/file/data: Not a directory"):
        start_broker(tmp_path / "file" / "data")


def test_a_topic_that_cannot_be_made_is_named(kafka: KafkaCluster) -> None:
    with pytest.raises(BrokerError, match=r"Topic '\.\.' cannot be made: "):
        kafka.create_topics({"..": 1})


def test_a_cluster_that_makes_no_topics_is_named() -> None:
    with pytest.raises(BrokerError, match=r"Kafka at 127\.0\.0\.1:9 makes no topics: .*refused"):
        KafkaCluster("127.0.0.1:9").create_topics({"bpm": 1})


def _children(parent: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split()]
