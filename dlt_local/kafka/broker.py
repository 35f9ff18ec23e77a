"""A real Kafka broker on this machine: one node that is its own controller (KRaft), from Kafka's published jars."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dlt_local.kafka.broker_jars import broker_jars
from dlt_local.kafka.errors import BrokerError
from dlt_local.kafka.login import LISTENER
from dlt_local.kafka.protocol import KafkaCluster, ask_versions
from dlt_local.session.java import find_java

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlt_local.kafka.login import Login

HOST = "127.0.0.1"
_CLUSTER = "ZGx0LWxvY2FsLWthZmthLQ"
_LOG_CONFIGURATION = Path(__file__).with_name("log4j2.properties")
_LOCK = "broker.lock"
_LOG = "broker.log"
_START_SECONDS = 90
_STOP_SECONDS = 30
_ANSWER_SECONDS = 5
_RETRY_SECONDS = 0.05
_JAVA_OPTIONS = (
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    f"-Dlog4j2.configurationFile={_LOG_CONFIGURATION.as_uri()}",
)
_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    # Messages may bear the time of a recording that is played again; by default those of last week are deleted.
    "log.retention.ms": "-1",
    # 20 MB and what belongs to it; by default one.
    "message.max.bytes": "33554432",
    # One node holds every copy.
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # After a kill the controller waits for the end of the old session: by default nine seconds.
    "broker.session.timeout.ms": "1500",
    "broker.heartbeat.interval.ms": "300",
}


@dataclass(frozen=True, slots=True)
class Broker:
    """A running broker of this machine."""

    cluster: KafkaCluster
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        """Ends it in order; everything that it acknowledged is on disk either way."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running_broker(folder: Path, *, port: int | None = None, login: Login | None = None) -> Iterator[Broker]:
    """A broker that keeps its data in `folder`, on a free port unless one is given; it stops at the end of the block.

    A folder that another broker left, orderly or killed, is taken over with its topics and messages. With a login it
    talks to nobody else; for SCRAM it knows only that of the folder's first start.
    """
    broker = start_broker(folder, port=port, login=login)
    try:
        yield broker
    finally:
        broker.stop()


def start_broker(folder: Path, *, port: int | None = None, login: Login | None = None) -> Broker:
    """The same without an end: whoever calls it stops it. On Linux it ends with the calling thread at the latest."""
    folder = folder.absolute()
    port, controller = (_free(port), *_free_ports(1)) if port else _free_ports(2)
    settings, log = folder / "broker.properties", folder / _LOG
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _taken(folder) as lock:
            _write_secretly(settings, _properties(folder / "messages", port, controller, login))
            with log.open("wb") as output:
                _format(folder / "messages", settings, output, login)
                process = _started(_java("kafka.Kafka", str(settings)), output, lock)
    except OSError as error:
        message = f"Kafka cannot keep its data in {folder}: {error.strerror or error}"
        raise BrokerError(message, remedy="Name another folder.") from error
    broker = Broker(KafkaCluster(f"{HOST}:{port}", login), process, log)
    try:
        _wait(broker, port)
    except BaseException:
        broker.stop()
        raise
    return broker


@contextmanager
def _taken(folder: Path) -> Iterator[int]:
    """A lock on the folder, as a file descriptor: the broker that inherits it holds it for as long as it runs.

    Kafka has one too, but takes it only after it has begun to read what another broker may be writing.
    """
    with (folder / _LOCK).open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BrokerError(f"A broker is running in {folder}", remedy="Stop it, or name another folder.") from error
        yield file.fileno()


def _free(port: int) -> int:
    """Else whatever listens there would be taken for the broker."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        message = f"Kafka cannot listen on {HOST}:{port}: {error.strerror}"
        raise BrokerError(message, remedy="Choose another port, or none.") from error
    return port


def _free_ports(number: int) -> tuple[int, ...]:
    """Held open together, so that they differ."""
    sockets = [socket.create_server((HOST, 0)) for _ in range(number)]
    ports = tuple(int(opened.getsockname()[1]) for opened in sockets)
    for opened in sockets:
        opened.close()
    return ports


def _properties(messages: Path, port: int, controller: int, login: Login | None) -> str:
    listener = LISTENER if login else "PLAINTEXT"
    places = {
        "listeners": f"{listener}://{HOST}:{port},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": f"{listener}://{HOST}:{port}",
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "log.dirs": str(messages),
    }
    everything = {**_SETTINGS, **places, **(login.broker_settings() if login else {})}
    return "".join(f"{key}={_escaped(value)}\n" for key, value in everything.items())


def _escaped(value: str) -> str:
    """As a file of Java's properties has it."""
    return json.dumps(value)[1:-1]


def _write_secretly(file: Path, text: str) -> None:
    """For the eyes of this user only, also if an earlier file was for more."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)


def _java(main: str, *arguments: str) -> list[str]:
    classes = os.pathsep.join(str(jar) for jar in broker_jars())
    return [str(find_java().executable), *_JAVA_OPTIONS, "-cp", classes, main, *arguments]


def _format(messages: Path, settings: Path, output: IO[bytes], login: Login | None) -> None:
    """Prepares an empty folder; a used one stays as it is."""
    if (messages / "meta.properties").exists():
        return
    arguments = ["format", "-t", _CLUSTER, "-c", str(settings)]
    if login:
        arguments += ["--add-scram", login.scram_credential()]
    # Everybody sees the arguments of a command, so they are in a file.
    file = settings.with_name("format.arguments")
    _write_secretly(file, "\n".join(arguments))
    command = _java("kafka.tools.StorageTool", f"@{file}")
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
    finally:
        file.unlink()
    if done.returncode:
        raise _failure("Kafka cannot prepare its data folder", settings.with_name(_LOG))


def _started(command: Sequence[str], output: IO[bytes], lock: int) -> subprocess.Popen[bytes]:
    tied = [sys.executable, "-m", "dlt_local.kafka.tied_process", str(os.getpid()), *command]
    # Ctrl-C is for Python, which then stops the broker in order.
    return subprocess.Popen(
        tied, stdin=subprocess.DEVNULL, stdout=output, stderr=output, process_group=0, pass_fds=(lock,)
    )


def _wait(broker: Broker, port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        if broker.process.poll() is not None:
            raise _failure("Kafka did not start", broker.log)
        try:
            ask_versions(HOST, port, _ANSWER_SECONDS)
        except OSError:
            if time.monotonic() > deadline:
                raise _failure(f"Kafka did not serve requests within {_START_SECONDS} seconds", broker.log) from None
            time.sleep(_RETRY_SECONDS)
        else:
            return


def _failure(what: str, log: Path) -> BrokerError:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    causes = [line.removeprefix("Caused by: ") for line in lines if "Exception: " in line]
    reason = (causes or lines or ["it printed nothing"])[-1]
    return BrokerError(f"{what}: {reason}", remedy=f"See {log}.")
