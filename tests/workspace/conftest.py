"""Tier 2: the lakehouse as it is deployed in a real workspace. Only read, never changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config

from tests.credentials import NO_WORKSPACE, workspace_is_named, workspace_or_skip

if TYPE_CHECKING:
    from collections.abc import Callable

    from databricks.sdk.service.pipelines import PipelineStateInfo

# A host that does not answer is told within half a minute; the SDK would try for five minutes.
PATIENCE_SECONDS = 30


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--need-workspace", action="store_true", help="fail where a workspace is missing instead of skip")


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.getoption("--need-workspace") and not workspace_is_named():
        pytest.exit(NO_WORKSPACE, returncode=pytest.ExitCode.USAGE_ERROR)


@pytest.fixture(scope="session")
def workspace() -> WorkspaceClient:
    """The named workspace, once it has let us in."""
    workspace_or_skip()
    client = WorkspaceClient(
        config=Config(retry_timeout_seconds=PATIENCE_SECONDS, http_timeout_seconds=PATIENCE_SECONDS)
    )
    client.current_user.me()
    return client


@pytest.fixture(scope="session")
def deployed(workspace: WorkspaceClient) -> Callable[[str], PipelineStateInfo]:
    """A pipeline by its name in the bundle; DEPLOYED_PREFIX is what a development target puts before it."""
    prefix = os.environ.get("DEPLOYED_PREFIX", "")

    def find(name: str) -> PipelineStateInfo:
        wanted = prefix + name
        found = [one for one in workspace.pipelines.list_pipelines(filter=f"name LIKE '%{name}'") if one.name == wanted]
        assert len(found) == 1, f"{len(found)} pipelines are called {wanted!r}"
        return found[0]

    return find
