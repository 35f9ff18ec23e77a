"""The workspace that tests may use: only one that somebody named, never the default of a laptop by accident."""

from __future__ import annotations

import os

import pytest

NAMED_BY = ("DATABRICKS_HOST", "DATABRICKS_CONFIG_PROFILE")
NO_WORKSPACE = f"no workspace is named: set {NAMED_BY[0]} and a login, or {NAMED_BY[1]}"


def workspace_is_named() -> bool:
    return any(os.environ.get(name) for name in NAMED_BY)


def workspace_or_skip() -> None:
    """Skips without a workspace. With one, whatever then fails is an error, the login too."""
    if not workspace_is_named():
        pytest.skip(NO_WORKSPACE)


def env_or_skip(name: str) -> str:
    """The value of an environment variable that a test cannot do without."""
    value = os.environ.get(name)
    if not value:
        pytest.skip(f"{name} is not set")
    return value
