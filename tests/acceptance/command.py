"""The command line as a user calls it, each call in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
REAL = REPOSITORY.parent / "shared" / "real"

Result = subprocess.CompletedProcess[str]


def dlt_local(*arguments: object, cwd: Path = REPOSITORY) -> Result:
    """The finished command, whatever its exit code."""
    return subprocess.run(_command(arguments), cwd=cwd, env=_environment(), capture_output=True, text=True, check=False)


def started(*arguments: object) -> subprocess.Popen[str]:
    """The command, still at work."""
    return subprocess.Popen(
        _command(arguments),
        cwd=REPOSITORY,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def completed(*arguments: object) -> Result:
    """The finished command, which must have succeeded."""
    result = dlt_local(*arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def complaint(result: Result) -> str:
    """The one line that a refused or failed command says about what is wrong."""
    assert result.returncode in {1, 2}, result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    (line,) = [line for line in result.stderr.splitlines() if line.strip()]
    return line


def _command(arguments: tuple[object, ...]) -> list[str]:
    return [sys.executable, "-m", "dlt_local", *map(str, arguments)]


def _environment() -> dict[str, str]:
    """Sources of this checkout, wherever the command is called from."""
    return {**os.environ, "PYTHONPATH": str(REPOSITORY)}
