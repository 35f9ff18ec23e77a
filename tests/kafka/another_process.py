"""Updates of the pipeline under test by a process of their own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

_SCRIPT = """
import sys
from pathlib import Path
from dlt_local.pytest_plugin import PipelineProject

settings = dict(setting.split("=", 1) for setting in sys.argv[2:])
result = PipelineProject(Path(sys.argv[1]), settings).update()
sys.exit("\\n".join(result.errors) or None)
"""


def update_in_another_process(pipeline: PipelineProject) -> None:
    done = subprocess.run(command(pipeline), capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr


def command(pipeline: PipelineProject) -> list[str]:
    """What such a process runs."""
    settings = [f"{key}={value}" for key, value in pipeline.settings.items()]
    return [sys.executable, "-W", "error", "-c", _SCRIPT, str(pipeline.root), *settings]
