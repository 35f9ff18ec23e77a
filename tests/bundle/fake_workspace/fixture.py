"""The pytest fixture `workspace`: an empty fake workspace, and a failure for each request that it could not serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bundle.fake_workspace.server import FakeServer
from tests.bundle.fake_workspace.workspace import FakeWorkspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def fake_server() -> Iterator[FakeServer]:
    server = FakeServer()
    yield server
    server.stop()


@pytest.fixture
def workspace(fake_server: FakeServer, tmp_path: Path) -> Iterator[FakeWorkspace]:
    opened = FakeWorkspace(fake_server, tmp_path / "workspace")
    yield opened
    opened.close()
    assert not opened.unanswered, "The fake workspace cannot answer: " + ", ".join(opened.unanswered)
