"""The real `databricks` command, if a new enough one is on PATH, against a fake workspace."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from tests.bundle.lint.sync import local_files
from tests.bundle.rendering import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.bundle.fake_workspace import FakeWorkspace

OLDEST = (1, 13, 0)
Result = subprocess.CompletedProcess[str]


def why_not() -> str | None:
    """The reason why the command cannot be used here, None if it can."""
    if shutil.which("databricks") is None:
        return "no `databricks` command on PATH"
    said = subprocess.run(["databricks", "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"v(\d+)\.(\d+)\.(\d+)", said.stdout + said.stderr)
    if version is None:
        return f"`databricks --version` says {said.stdout.strip() or said.stderr.strip() or 'nothing'}"
    if tuple(int(part) for part in version.groups()) < OLDEST:
        return f"`databricks` is {version[0]}; the bundle needs v{'.'.join(map(str, OLDEST))}"
    return None


def copy_of_the_bundle(folder: Path) -> Path:
    """The files of this checkout in a folder of their own, where the command may write."""
    for name in local_files(ROOT):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, place)
    return folder


def environment(workspace: FakeWorkspace, home: Path) -> Mapping[str, str]:
    """Nothing of the machine's own configuration, no cache, no telemetry, no question."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABRICKS_", "BUNDLE_"))}
    return {
        **kept,
        **workspace.environment,
        "HOME": str(home),
        "DATABRICKS_BUNDLE_ENGINE": "direct",
        "DATABRICKS_CACHE_DIR": str(home / "cache"),
        "DATABRICKS_CACHE_ENABLED": "false",
        "DATABRICKS_CLI_DISABLE_TELEMETRY": "1",
        "DATABRICKS_CLI_DISABLE_UPDATE_CHECK": "true",
        "DATABRICKS_RATE_LIMIT": "1000",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "NO_COLOR": "1",
    }


def bundle(*words: str, folder: Path, env: Mapping[str, str]) -> Result:
    """`databricks bundle ...` in the bundle's folder, finished."""
    command = ["databricks", "bundle", *words]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=300)
