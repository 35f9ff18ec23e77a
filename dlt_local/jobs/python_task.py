"""Runs a Python file as a script with a command line of its own, as a Python task does."""

from __future__ import annotations

import runpy
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dlt_local.errors import first_line
from dlt_local.jobs.failure import TaskError
from dlt_local.source_location import SourceLocation, location_of_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt_local.project.jobs import PythonTask


def run_python(task: PythonTask) -> None:
    """Execute the file; it finds the session by `SparkSession.builder.getOrCreate()`."""
    file = str(task.file)
    try:
        with _command_line(task):
            runpy.run_path(file, run_name="__main__")
    except SystemExit as end:
        if end.code not in (None, 0):
            what = end.code if isinstance(end.code, str) else f"it ended with exit code {end.code}"
            raise TaskError(task.key, what, where=SourceLocation(file, 1)) from end
    except Exception as error:
        where = location_of_error(error.__traceback__, frozenset({file})) or SourceLocation(file, 1)
        raise TaskError(task.key, f"{type(error).__name__}: {first_line(error)}", where=where) from error


@contextmanager
def _command_line(task: PythonTask) -> Iterator[None]:
    arguments, path = sys.argv, list(sys.path)
    sys.argv = [str(task.file), *task.parameters]
    sys.path.insert(0, str(task.file.parent))
    try:
        yield
    finally:
        sys.argv, sys.path[:] = arguments, path
