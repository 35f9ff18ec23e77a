"""Which tests run where: none without a workspace that was named, none skipped once it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
NO_WORKSPACE = "no workspace is named: set DATABRICKS_HOST and a login, or DATABRICKS_CONFIG_PROFILE"


def run_tests(folder: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    named = {name: value for name, value in os.environ.items() if not name.startswith(("DATABRICKS_", "SPARK_"))}
    command = [sys.executable, "-m", "pytest", f"--confcutdir={folder}", "-p", "no:cacheprovider", folder, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=named | environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_without_a_workspace_its_tests_are_skipped_with_the_reason() -> None:
    done = run_tests("tests/workspace")
    assert done.returncode == 0
    assert NO_WORKSPACE in done.stdout
    assert "passed" not in done.stdout


def test_a_run_that_needs_a_workspace_does_not_skip() -> None:
    done = run_tests("tests/workspace", "--need-workspace")
    assert done.returncode == 4
    assert NO_WORKSPACE in done.stdout + done.stderr


def test_a_workspace_that_refuses_the_login_is_an_error() -> None:
    with refusing_workspace() as host:
        done = run_tests("tests/workspace", "-k", "last_update", DATABRICKS_HOST=host, DATABRICKS_TOKEN=host)
    assert done.returncode == 1
    assert "PermissionDenied: Invalid access token" in done.stdout
    assert "skipped" not in done.stdout


def test_cases_are_not_run_beside_two_kinds_of_pyspark(tmp_path: Path) -> None:
    metadata = tmp_path / "databricks_connect-19.3.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: databricks-connect\nVersion: 19.3.0\n", "utf-8")
    done = run_tests("tests/connect", PYTHONPATH=str(tmp_path))
    assert done.returncode == 4
    assert "pyspark 4.2.0 and databricks-connect 19.3.0 are both installed here" in done.stdout + done.stderr


@contextmanager
def refusing_workspace() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusal)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Refusal(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # named by the base class
        body = json.dumps({"error_code": "PERMISSION_DENIED", "message": "Invalid access token."}).encode()
        self.send_response(403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Not beside the test's own output."""
