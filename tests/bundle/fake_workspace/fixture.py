"""The pytest fixture `workspace`: an empty fake workspace, and a failure for each request that it could not serve."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.bundle.fake_workspace.identity import Identity
from tests.bundle.fake_workspace.server import FakeServer
from tests.bundle.fake_workspace.workspace import FakeWorkspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OpenWorkspace = Callable[[str], FakeWorkspace]


@pytest.fixture(scope="session")
def fake_server() -> Iterator[FakeServer]:
    server = FakeServer()
    yield server
    server.stop()


@pytest.fixture
def open_workspace(fake_server: FakeServer, tmp_path: Path) -> Iterator[OpenWorkspace]:
    """An empty workspace for a user or the application id of a service principal; each call gives another one."""
    opened: list[FakeWorkspace] = []

    def open_one(user_name: str) -> FakeWorkspace:
        folder = tmp_path / f"workspace_{len(opened)}"
        opened.append(FakeWorkspace(fake_server, folder, identity=Identity(user_name)))
        return opened[-1]

    yield open_one
    unanswered = [request for workspace in opened for request in workspace.unanswered]
    for workspace in opened:
        workspace.close()
    assert not unanswered, "The fake workspace cannot answer: " + ", ".join(unanswered)


@pytest.fixture
def workspace(open_workspace: OpenWorkspace) -> FakeWorkspace:
    return open_workspace("lakehouse_engineer")
