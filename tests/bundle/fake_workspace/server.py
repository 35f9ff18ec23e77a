"""The HTTP server: one for all workspaces of a test run, on 127.0.0.1; the token chooses the workspace."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.bundle.fake_workspace.answers import Answer, ApiError, Json, bad_request, unauthenticated
from tests.bundle.fake_workspace.faults import DroppedConnectionError
from tests.bundle.fake_workspace.identity import WORKSPACE_ID
from tests.bundle.fake_workspace.routing import request_of

if TYPE_CHECKING:
    from tests.bundle.fake_workspace.workspace import FakeWorkspace

WELL_KNOWN = "/.well-known/databricks-config"


class FakeServer(ThreadingHTTPServer):
    """Answers for the workspaces that were registered by their token."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.workspaces: dict[str, FakeWorkspace] = {}
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def stop(self) -> None:
        self.shutdown()
        self.server_close()

    def answer(self, method: str, target: str, token: str, content: bytes) -> Answer:
        """The answer of the workspace that the token belongs to; the host itself is known to everybody."""
        try:
            if urlsplit(target).path == WELL_KNOWN:
                return Answer({"oidc_endpoint": f"{self.url}/oidc", "workspace_id": WORKSPACE_ID})
            workspace = self.workspaces.get(token)
            if workspace is None:
                raise unauthenticated()
            return workspace.answer(method, target, request_of(method, target, _json(content), content))
        except ApiError as error:
            return error.answer()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in one packet; in two, the second waits 40 ms for an acknowledgement.
    wbufsize = -1
    server: FakeServer

    def _serve(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        try:
            self._send(self.server.answer(self.command, self.path, token, content))
        except DroppedConnectionError:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve  # noqa: N815 - names of http.server

    def _send(self, answer: Answer) -> None:
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        kind = "application/octet-stream" if isinstance(answer.body, bytes) else "application/json"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _json(content: bytes) -> Json:
    """The body as a JSON object; files that are uploaded are none."""
    if not content.lstrip().startswith(b"{"):
        return {}
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    if not isinstance(body, dict):
        raise bad_request("The body is no JSON object", "MALFORMED_REQUEST")
    return body
