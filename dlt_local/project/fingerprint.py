"""A digest of everything that decides what a pipeline declares: sources, settings, environment, versions."""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlt_local.project.spec import PipelineSpec

RULES = "rules"
"""Folder of rule files below the root path of a pipeline."""

_RUNTIME = Path(__file__).resolve().parents[1]
_INSTALLED = tuple({str(Path(prefix).resolve()) for prefix in (sys.prefix, sys.base_prefix)})
# A terminal or a shell changes these; no pipeline means something else by it.
_VOLATILE = frozenset({"_", "COLUMNS", "LINES", "OLDPWD", "PWD", "SHLVL", "TERM", "PYTEST_CURRENT_TEST"})
_SPARK = ("PYSPARK_", "SPARK_")
_recording: list[set[str]] = []
_hooked: list[bool] = []


def surroundings() -> tuple[str, ...]:
    """Environment variables, versions and the day; to be taken before Spark starts, which sets variables itself."""
    variables = [f"{key}={value}" for key, value in sorted(os.environ.items()) if _matters(key)]
    return (sys.version, version("pyspark"), datetime.now(UTC).date().isoformat(), *variables)


def project_digest(spec: PipelineSpec, read_files: Iterable[str], around: tuple[str, ...]) -> str:
    """Changes with every source file, rule file, setting, file that was read, and with the surroundings."""
    digest = hashlib.sha256()
    settings = [f"{key}={value}" for key, value in sorted(spec.configuration.items())]
    for fact in (spec.name, spec.catalog, spec.schema, *settings, *around):
        digest.update(fact.encode())
    sources = {*spec.source_files, *spec.root_path.rglob("*.py"), *_RUNTIME.rglob("*.py"), *map(Path, read_files)}
    # A file that a module has kept in memory since an earlier update is read, but not opened.
    sources.update((spec.root_path / RULES).glob("*.yml"))
    for file in sorted(sources):
        digest.update(str(file).encode())
        digest.update(file.read_bytes() if file.is_file() else b"absent")
    return digest.hexdigest()


def _matters(key: str) -> bool:
    return key not in _VOLATILE and not key.startswith(_SPARK)


@contextmanager
def recorded_reads() -> Iterator[set[str]]:
    """Collects the files that Python code opens, source files and installed packages left out."""
    if not _hooked:
        sys.addaudithook(_note_open)
        _hooked.append(True)
    files: set[str] = set()
    _recording.append(files)
    try:
        yield files
    finally:
        _recording.remove(files)


def _note_open(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or not _recording or not isinstance(arguments[0], str):
        return
    path = os.path.realpath(arguments[0])
    if not path.endswith((".py", ".pyc")) and not path.startswith((*_INSTALLED, "/proc", "/dev", "/sys")):
        for files in _recording:
            files.add(path)
