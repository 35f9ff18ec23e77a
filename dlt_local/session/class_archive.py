"""An archive of loaded classes that halves the time until Spark has done its first work.

Java can map classes from a file instead of reading, checking and linking 25,000 of them again. The file belongs to one
Java and one class path; it is made once, beside everything else, and a run without it is only slower.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from dlt_local.session.cache import cache_folder
from dlt_local.session.machine import COMPILER

if TYPE_CHECKING:
    from dlt_local.session.java import Java

SWITCH = "DLT_LOCAL_CLASS_ARCHIVE"
TARGET = "DLT_LOCAL_CLASS_ARCHIVE_TARGET"
_KEPT = 3
_BUILD_SECONDS = 300
_RETRY_SECONDS = 24 * 3600


def archive_options(archive: Path) -> list[str]:
    """Java's options to use the archive, or to write it in the process that makes it."""
    target = os.environ.get(TARGET)
    if target:
        return [f"-XX:ArchiveClassesAtExit={target}"]
    if not is_wanted() or not archive.exists():
        return []
    return [f"-XX:SharedArchiveFile={archive}", "-Xshare:auto"]


def archive_file(java: Java, class_path: str) -> Path:
    """Where the archive for this Java and these jars lies in the user cache."""
    jars = [Path(jar).stat() for jar in class_path.split(os.pathsep)]
    facts = [java.version, str(java.executable.resolve()), class_path]
    facts += [f"{jar.st_size} {jar.st_mtime_ns}" for jar in jars]
    key = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]
    return cache_folder("classes", f"java-{java.version}-{key}.jsa")


def is_training() -> bool:
    """Whether this process makes the archive."""
    return TARGET in os.environ


def is_wanted() -> bool:
    """DLT_LOCAL_CLASS_ARCHIVE=off does without."""
    return os.environ.get(SWITCH, "on") != "off"


def build_archive(archive: Path) -> bool:
    """Make the archive unless it is there, is being made, or could not be made today; True if it is there."""
    if archive.exists() or not is_wanted():
        return archive.exists()
    try:
        archive.parent.mkdir(parents=True, exist_ok=True)
        with archive.with_suffix(".lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not archive.exists() and not _failed_lately(archive):
                _train(archive)
            return archive.exists()
    except OSError:
        return False


def build_in_background(archive: Path) -> None:
    """The same in a process of its own that nobody waits for, at the lowest priority."""
    if archive.exists() or not is_wanted() or _failed_lately(archive):
        return
    subprocess.Popen(
        ["nice", "-n", "19", sys.executable, "-m", "dlt_local.session"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _train(archive: Path) -> None:
    """Java writes the archive when it ends; the rename makes it visible only when it is complete."""
    unfinished = archive.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    command = [sys.executable, "-m", "dlt_local.session.training"]
    environment = os.environ | {TARGET: str(unfinished), COMPILER: "quick"}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, timeout=_BUILD_SECONDS, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        done = 1
    if done == 0 and unfinished.exists():
        unfinished.replace(archive)
        _remove_old(archive)
    else:
        unfinished.unlink(missing_ok=True)
        _failure(archive).touch()


def _remove_old(archive: Path) -> None:
    """Each is 190 MB, and every environment has its own."""
    others = sorted(archive.parent.glob("*.jsa"), key=lambda file: file.stat().st_atime, reverse=True)
    for old in [file for file in others if file != archive][_KEPT - 1 :]:
        old.unlink(missing_ok=True)


def _failure(archive: Path) -> Path:
    return archive.with_suffix(".failed")


def _failed_lately(archive: Path) -> bool:
    try:
        return time.time() - _failure(archive).stat().st_mtime < _RETRY_SECONDS
    except OSError:
        return False
