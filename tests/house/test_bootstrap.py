from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MISSING = (
    "No working Python 3.11, 3.12 or 3.13 found. Install one (Debian and Ubuntu: also python3-venv),"
    " or name it: make PYTHON=/path/to/python3\n"
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    (folder / "scripts").mkdir(parents=True)
    for name in ("Makefile", "scripts/bootstrap.sh", "requirements.txt", "requirements-dev.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def bootstrap(clone: Path, path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "scripts/bootstrap.sh", "requirements.txt"],
        cwd=clone,
        env={"PATH": str(path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_any_python_one_line_says_what_to_install(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()

    done = bootstrap(clone, tmp_path / "bin")

    assert (done.returncode, done.stdout, done.stderr) == (1, "", MISSING)
    assert not (clone / ".venv").exists()


def test_a_shim_that_exists_but_fails_is_passed_over(clone: Path, tmp_path: Path) -> None:
    program(tmp_path / "bin", "python3.12", "echo 'python3.12: command not found' >&2; exit 127")
    program(tmp_path / "bin", "python3", "exit 1")

    done = bootstrap(clone, tmp_path / "bin")

    assert (done.returncode, done.stderr) == (1, MISSING)


def test_the_first_python_that_works_makes_the_environment(clone: Path, tmp_path: Path) -> None:
    program(tmp_path / "bin", "python3.12", "exit 127")
    program(
        tmp_path / "bin",
        "python3.11",
        'case "$*" in "-c "*) exit 0;; --version) echo Python 3.11.99;; *) echo "$@" >&2; exit 9;; esac',
    )

    done = bootstrap(clone, tmp_path / "bin")

    assert (done.returncode, done.stdout) == (9, "Making .venv with Python 3.11.99\n")
    assert done.stderr == "-m venv --clear .venv\n"


def test_a_named_python_that_is_unfit_is_refused_by_its_name(clone: Path, tmp_path: Path) -> None:
    program(tmp_path / "bin", "old", "exit 1")
    program(tmp_path / "bin", "python3.12", "exit 0")

    done = bootstrap(clone, tmp_path / "bin", PYTHON="old")

    assert done.returncode == 1
    assert done.stderr == (
        "PYTHON=old is not a working Python 3.11, 3.12 or 3.13 with its venv module. Name another one.\n"
    )


def test_a_fit_python_is_fit_and_an_old_one_is_not() -> None:
    check = next(
        line.split("'")[1] for line in (ROOT / "scripts/bootstrap.sh").read_text("utf-8").splitlines() if "-c '" in line
    )
    answers = {}
    for version in ((3, 10), (3, 11), (3, 13), (3, 14)):
        pretended = f"import sys; sys.version_info = ({version[0]}, {version[1]}, 0); {check}"
        answers[version] = subprocess.run([sys.executable, "-c", pretended], check=False).returncode

    assert answers == {(3, 10): 1, (3, 11): 0, (3, 13): 0, (3, 14): 1}


def test_make_stops_with_the_one_line(clone: Path, tmp_path: Path) -> None:
    make = shutil.which("make")
    assert make
    (tmp_path / "bin").mkdir()
    environment = {"PATH": str(tmp_path / "bin"), "SHELL": "/bin/sh"}

    done = subprocess.run([make, "demo"], cwd=clone, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr.splitlines()[0] + "\n" == MISSING
    assert len(done.stderr.splitlines()) == 2


def test_a_finished_installation_is_not_repeated(clone: Path) -> None:
    (clone / ".venv").mkdir()
    stamp = clone / ".venv" / ".runtime"
    stamp.touch()
    newest = max(file.stat().st_mtime for file in clone.rglob("*") if file.is_file())
    os.utime(stamp, (newest + 1, newest + 1))

    # This test may itself run below `make test`, which tells the inner make so.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE") and key != "MFLAGS"}
    command = ["make", "--dry-run", ".venv/.runtime"]
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=True)

    assert done.stdout == "make: '.venv/.runtime' is up to date.\n"


def test_every_locked_package_has_a_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-connect.txt"):
        lines = (ROOT / name).read_text("utf-8").splitlines()
        pins = [number for number, line in enumerate(lines) if "==" in line and not line.lstrip().startswith("#")]

        assert pins
        assert [lines[number] for number in pins if "--hash=sha256:" not in lines[number + 1]] == []


def test_the_environments_name_what_must_be_in_them() -> None:
    def names(file: str) -> set[str]:
        text = (ROOT / file).read_text("utf-8")
        return {line.split("==")[0] for line in text.splitlines() if "==" in line and line[0].isalpha()}

    development = {"pyspark", "delta-spark", "databricks-sdk", "databricks-bundles", "pytest", "great-expectations"}

    assert development <= names("requirements-dev.txt")
    assert "databricks-connect" in names("requirements-connect.txt")
    assert "databricks-connect" not in names("requirements-dev.txt")
    assert "pyspark" not in names("requirements-connect.txt")
    assert names("requirements.txt") <= names("requirements-dev.txt")
