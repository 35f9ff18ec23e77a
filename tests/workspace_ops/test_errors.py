"""Every way in which a workspace may not be reached or may refuse is one line with a remedy, and exit code 2."""

from __future__ import annotations

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bundle.fake_workspace import FakeWorkspace
    from tests.workspace_ops.conftest import FitnessOps

EVERY_COMMAND = [
    ["trigger", "fitness_lakehouse"],
    ["events", "fitness_lakehouse"],
    ["report", "fitness_lakehouse"],
    ["secrets-sync", "fitness"],
    ["doctor"],
]
EACH = pytest.mark.parametrize("arguments", EVERY_COMMAND, ids=lambda arguments: arguments[0])


class _Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>Shoes</html>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def shop() -> Iterator[str]:
    """A web server that is no workspace."""
    server = HTTPServer(("127.0.0.1", 0), _Shop)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@EACH
def test_no_credentials(fitness_ops: FitnessOps, arguments: list[str]) -> None:
    result = fitness_ops(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: Cannot sign in: default auth: cannot configure default credentials. Name a")
    assert result.stderr.count("\n") == 1


def test_a_profile_that_is_not_there(fitness_ops: FitnessOps) -> None:
    result = fitness_ops("doctor", "--profile", "staging")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: Cannot sign in: ")


def test_a_host_that_does_not_answer(fitness_ops: FitnessOps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "none")
    result = fitness_ops("doctor", "--host", "http://127.0.0.1:9")
    assert result.exit_code == 2
    assert result.stderr == ("Error: http://127.0.0.1:9 does not answer. Check the host, the network and the proxy.\n")


def test_a_host_that_is_no_workspace(fitness_ops: FitnessOps, monkeypatch: pytest.MonkeyPatch, shop: str) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "none")
    result = fitness_ops("doctor", "--host", shop)
    assert result.exit_code == 2
    assert result.stderr == f"Error: {shop} answers, but is no Databricks workspace. Check the host.\n"


@EACH
def test_a_token_that_is_refused(workspace: FakeWorkspace, signed_in: FitnessOps, arguments: list[str]) -> None:
    workspace.pipelines.create("fitness_lakehouse")
    workspace.faults.refuse_token()
    result = signed_in(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {workspace.host} does not accept the credentials (Credential was not sent")
    assert result.stderr.endswith("Renew the token, or sign in again by `databricks auth login`.\n")
    assert workspace.token not in result.output


@pytest.mark.parametrize(
    ("arguments", "path", "method", "refused", "needed"),
    [
        (EVERY_COMMAND[0], "/api/2.0/pipelines", "GET", "see pipelines", "CAN_VIEW on the pipeline"),
        (
            EVERY_COMMAND[0],
            "/api/2.0/pipelines/*",
            "POST",
            "start an update of 'fitness_lakehouse'",
            "CAN_RUN on the pipeline",
        ),
        (
            EVERY_COMMAND[1],
            "/api/2.0/pipelines/*/events",
            "GET",
            "read events of the pipeline",
            "CAN_VIEW on the pipeline",
        ),
        (
            EVERY_COMMAND[2],
            "/api/2.0/pipelines/*/updates",
            "GET",
            "see updates of 'fitness_lakehouse'",
            "CAN_VIEW on the pipeline",
        ),
        (
            EVERY_COMMAND[3],
            "/api/2.0/secrets/scopes/*",
            "POST",
            "see and create secret scopes",
            "the right to create secret scopes",
        ),
    ],
)
def test_a_missing_permission_is_named(  # noqa: PLR0913, PLR0917 - a case has these parts
    workspace: FakeWorkspace,
    signed_in: FitnessOps,
    arguments: list[str],
    path: str,
    method: str,
    refused: str,
    needed: str,
) -> None:
    workspace.pipelines.create("fitness_lakehouse")
    workspace.faults.forbid(path, method=method, message="ada@example.org has no right.")
    result = signed_in(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"Error: You may not {refused} ([not shown] has no right). It takes {needed}: ask whoever manages it.\n"
    )


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("fitnes_lakehouse", "No pipeline 'fitnes_lakehouse' that you may see. Did you mean 'fitness_lakehouse'?"),
        ("sales'", "No pipeline 'sales'' that you may see. Deploy it by `databricks bundle deploy`, or give its id."),
        (
            "00000000-0000-0000-0000-000000000000",
            "No pipeline with the id 00000000-0000-0000-0000-000000000000. Its name does as well.",
        ),
    ],
)
def test_a_pipeline_that_is_not_there(
    workspace: FakeWorkspace, signed_in: FitnessOps, wanted: str, message: str
) -> None:
    workspace.pipelines.create("fitness_lakehouse")
    result = signed_in("trigger", wanted)
    assert (result.exit_code, result.stderr) == (2, f"Error: {message}\n")


def test_a_name_without_the_prefix_of_development(workspace: FakeWorkspace, signed_in: FitnessOps) -> None:
    mine = workspace.pipelines.create("[dev ada] fitness_lakehouse")
    # LIKE's underscore stands for any character.
    workspace.pipelines.create("[dev ada] fitness-lakehouse")
    result = signed_in("trigger", "fitness_lakehouse", "--no-wait")
    assert result.exit_code == 0
    assert f"/pipelines/{mine}/" in result.stdout


def test_the_exact_name_comes_first(workspace: FakeWorkspace, signed_in: FitnessOps) -> None:
    workspace.pipelines.create("[dev ada] fitness_lakehouse")
    exact = workspace.pipelines.create("fitness_lakehouse")
    assert f"/pipelines/{exact}/" in signed_in("trigger", "fitness_lakehouse", "--no-wait").stdout


def test_an_ambiguous_name(workspace: FakeWorkspace, signed_in: FitnessOps) -> None:
    ids = [workspace.pipelines.create(f"[dev {user}] fitness_lakehouse") for user in ("ada", "bob")]
    result = signed_in("events", "fitness_lakehouse")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: 2 pipelines are named 'fitness_lakehouse': ")
    assert all(pipeline_id in result.stderr for pipeline_id in ids)
    assert result.stderr.endswith(" Give the id of one.\n")


def test_help_does_not_wait_for_the_sdk() -> None:
    code = "import sys, workspace_ops.commands.app; print(*{name.split('.')[0] for name in sys.modules})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"databricks", "pyspark", "deltalake"}.isdisjoint(result.stdout.split())
