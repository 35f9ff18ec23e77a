"""The command in this process, signed in to a fake workspace by the environment alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from workspace_ops import connection, statements
from workspace_ops.commands import trigger
from workspace_ops.commands.app import app
from workspace_ops.request import Pace

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from tests.bundle.fake_workspace import FakeWorkspace

FitnessOps = Callable[..., "Result"]


@pytest.fixture
def without_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no profile of whoever runs the tests; nothing waits longer than it must."""
    for name in os.environ:
        if name.startswith(("DATABRICKS_", "ARM_", "GOOGLE_", "DLT_LOCAL_DEBUG")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(connection, "RETRY_SECONDS", 1)
    monkeypatch.setattr(statements, "LOOK_SECONDS", 0)
    monkeypatch.setattr(trigger, "PACE", Pace(look=0, longest_wait=0.01, give_up=30))


@pytest.fixture
def fitness_ops(without_credentials: None) -> FitnessOps:
    """Call the command with arguments, nowhere signed in."""
    assert without_credentials is None

    def call(*arguments: object, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin, prog_name="fitness-ops")

    return call


@pytest.fixture
def signed_in(workspace: FakeWorkspace, fitness_ops: FitnessOps, monkeypatch: pytest.MonkeyPatch) -> FitnessOps:
    """Call the command with arguments, signed in to the fake workspace."""
    for name, value in workspace.environment.items():
        monkeypatch.setenv(name, value)
    return fitness_ops
