"""Finds a Java that Spark runs on: JAVA_HOME, then PATH, then a Python package that carries one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.session.bundled_java import bundled_java_home
from dlt_local.session.errors import JavaUnfitError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FIT_VERSIONS = (17, 21)
REMEDY = "Install Java 17 or 21 and put it on PATH, or set JAVA_HOME."
_PROBE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Java:
    """A Java executable and its full version, for example 17.0.15."""

    executable: Path
    version: str

    @property
    def feature(self) -> int:
        """The number that decides what runs: 17 for 17.0.15, 8 for 1.8.0_292."""
        numbers = self.version.split(".")
        return int(re.match(r"\d+", numbers[1 if numbers[0] == "1" else 0])[0])  # type: ignore[index]  # always digits

    @property
    def is_fit(self) -> bool:
        """Whether Spark 4 runs on it."""
        return self.feature in FIT_VERSIONS


def find_java(environment: Mapping[str, str] = os.environ) -> Java:
    """The first fit Java; fetches one into the user cache if the machine has none."""
    seen: list[Java] = []
    for executable in _candidates(environment):
        java = probe(executable)
        if java is None:
            continue
        if java.is_fit:
            return java
        seen.append(java)
    return _bundled_java(seen)


def probe(executable: Path) -> Java | None:
    """The version of a Java executable, None if it does not run (macOS has a stub that only prints advice)."""
    version = _released_version(executable) or _reported_version(executable)
    return Java(executable, version) if version else None


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    home = environment.get("JAVA_HOME")
    if home:
        yield Path(home) / "bin" / "java"
    on_path = shutil.which("java", path=environment.get("PATH", ""))
    if on_path:
        yield Path(on_path)


def _released_version(executable: Path) -> str | None:
    """From the `release` file beside `bin`, which saves starting a Java only to ask it."""
    resolved = executable.resolve()
    if not os.access(resolved, os.X_OK):
        return None
    try:
        release = (resolved.parent.parent / "release").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r'^JAVA_VERSION="(\d[^"]*)"', release, re.MULTILINE)
    return found[1] if found else None


def _reported_version(executable: Path) -> str | None:
    try:
        answer = subprocess.run(
            [executable, "-version"], capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(\d[^"]*)"', answer.stderr + answer.stdout)
    return found[1] if found and answer.returncode == 0 else None


def _bundled_java(unfit: list[Java]) -> Java:
    found = ", ".join(f"Java {java.version} at {java.executable}" for java in unfit)
    what = f"Spark needs Java 17 or 21; found only {found}" if found else "Spark needs Java 17 or 21; found none"
    try:
        home = bundled_java_home()
    except JavaUnfitError as error:
        raise JavaUnfitError(f"{what}, and {error.what}", remedy=REMEDY) from error
    java = probe(home / "bin" / "java")
    if java is None:
        raise JavaUnfitError(f"{what}, and the one in {home} does not run", remedy=REMEDY)
    return java
