"""The requests of Kafka's protocol that a broker of this machine is asked, in their simplest versions.

They need neither a client library nor a second Java.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.kafka.errors import BrokerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlt_local.kafka.login import Login

SERVERS = "KAFKA_BOOTSTRAP_SERVERS"
_API_VERSIONS = (18, 0)
_CREATE_TOPICS = (19, 4)
_HANDSHAKE = (17, 1)
_AUTHENTICATE = (36, 0)
_TOPIC_ALREADY_EXISTS = 36
_CREATE_MILLISECONDS = 10_000
_ANSWER_SECONDS = 15
_CLIENT = "dlt-local"


def ask_versions(host: str, port: int, seconds: float) -> None:
    """Returns once the broker serves requests; OSError if it does not within so many seconds."""
    _answer(host, port, _API_VERSIONS, b"", seconds)


@dataclass(frozen=True, slots=True)
class KafkaCluster:
    """Where brokers listen: `host:port`, several of them with commas between, and what they ask for."""

    bootstrap_servers: str
    login: Login | None = None

    def create_topics(self, topics: Mapping[str, int]) -> None:
        """Makes topics with so many partitions each; those that are there stay as they are. BrokerError if it fails."""
        wanted = b"".join(
            # As many replicas as the broker thinks fit, no assignment of partitions to brokers, no settings.
            _text(name) + struct.pack(">ihii", partitions, -1, 0, 0)
            for name, partitions in topics.items()
        )
        body = struct.pack(">i", len(topics)) + wanted + struct.pack(">ib", _CREATE_MILLISECONDS, 0)
        host, _, port = self.bootstrap_servers.partition(",")[0].rpartition(":")
        try:
            answer = _Reader(_answer(host, int(port), _CREATE_TOPICS, body, _ANSWER_SECONDS, self.login))
        except (OSError, ValueError) as error:
            raise BrokerError(f"Kafka at {self.bootstrap_servers} makes no topics: {error}") from error
        _refuse_failures(answer)


def _refuse_failures(answer: _Reader) -> None:
    answer.number("i")  # how long the broker throttled us
    for _ in range(answer.number("i")):
        name, code, reason = answer.text(), answer.number("h"), answer.text()
        if code not in (0, _TOPIC_ALREADY_EXISTS):
            raise BrokerError(f"Topic '{name}' cannot be made: {reason or f'Kafka error {code}'}")


def _answer(
    host: str, port: int, request: tuple[int, int], body: bytes, seconds: float, login: Login | None = None
) -> bytes:
    with socket.create_connection((host, port), timeout=seconds) as connection:
        if login:
            _authenticate(connection, login)
        return _exchanged(connection, request, body)


def _authenticate(connection: socket.socket, login: Login) -> None:
    handshake = _Reader(_exchanged(connection, _HANDSHAKE, _text("PLAIN")))
    refused = handshake.number("h")
    if not refused:
        token = f"\0{login.user}\0{login.password}".encode()
        refused = _Reader(_exchanged(connection, _AUTHENTICATE, struct.pack(">i", len(token)) + token)).number("h")
    if refused:
        raise ConnectionError(f"it refuses the login of '{login.user}' (Kafka error {refused})")


def _exchanged(connection: socket.socket, request: tuple[int, int], body: bytes) -> bytes:
    message = struct.pack(">hhi", *request, 0) + _text(_CLIENT) + body
    connection.sendall(struct.pack(">i", len(message)) + message)
    (length,) = struct.unpack(">i", _received(connection, 4))
    return _received(connection, length)[4:]


def _received(connection: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        part = connection.recv(length - len(parts))
        if not part:
            raise ConnectionError("The broker closed the connection")
        parts += part
    return bytes(parts)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack(">h", len(encoded)) + encoded


class _Reader:
    """Takes values from the front of an answer."""

    def __init__(self, answer: bytes) -> None:
        self._rest = answer

    def number(self, kind: str) -> int:
        size = struct.calcsize(f">{kind}")
        (value,) = struct.unpack(f">{kind}", self._taken(size))
        return int(value)

    def text(self) -> str:
        """Empty for Kafka's null."""
        length = self.number("h")
        return self._taken(max(length, 0)).decode()

    def _taken(self, size: int) -> bytes:
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken
