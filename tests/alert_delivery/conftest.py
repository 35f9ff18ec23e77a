"""A receiver that answers as told, a clock that stands still, and an outbox."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from alert_delivery.outbox import Outbox
from dlt_local.kafka.broker_jars import broker_jars
from dlt_local.session.errors import JarsUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    concerned = [
        item for item in items if item.path.is_relative_to(HERE) and "kafka" in getattr(item, "fixturenames", ())
    ]
    try:
        if concerned:
            broker_jars()
    except JarsUnavailableError as error:
        for item in concerned:
            item.add_marker(pytest.mark.skip(reason=str(error)))


class Request(NamedTuple):
    key: str
    body: bytes
    headers: dict[str, str]


@dataclass
class Receiver:
    """Answers each request with the next of `answers` (status and headers), then 204."""

    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    on_request: Callable[[], None] = lambda: None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def keys(self) -> list[str]:
        return [request.key for request in self.requests]

    def start(self) -> ThreadingHTTPServer:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append(Request(self.headers["Idempotency-Key"], body, dict(self.headers)))
                receiver.on_request()
                status, headers = receiver.answers.pop(0) if receiver.answers else (204, {})
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        server.daemon_threads = True
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    started = Receiver()
    server = started.start()
    yield started
    server.shutdown()
    server.server_close()


@dataclass
class Clock:
    now: float = 1_776_148_500.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "box" / "outbox.db") as opened:
        yield opened
