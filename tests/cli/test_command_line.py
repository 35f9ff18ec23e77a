from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dlt_local.api.modules import API

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    DltLocal = Callable[..., Result]

QUICK = [["--help"], ["run", "--help"], ["show", "gym_summary", "--format", "csv"], ["events"]]


@pytest.mark.parametrize("arguments", QUICK, ids=lambda arguments: arguments[0])
def test_looking_loads_no_spark(state: Path, arguments: list[str]) -> None:
    at_end = "import atexit, sys; atexit.register(lambda: print([m for m in sys.modules if m in {'pyspark', 'py4j'}]))"
    code = f"{at_end}; from dlt_local.cli import main; main()"
    options = [] if "--help" in arguments else ["--state", str(state)]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments, *options], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("[]\n")


def test_the_module_is_the_command(state: Path) -> None:
    command = [sys.executable, "-m", "dlt_local", "show", "gym_summary", "--state", str(state), "--format", "csv"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b'gym,note,bpm\n1,"a,b",\n1,,2.0\n2,b,1.5\n'


def test_a_reader_that_goes_away_is_no_error(state: Path) -> None:
    command = f"{sys.executable} -m dlt_local show gym_summary --state {state} --format csv | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602 - ours
    assert (done.stdout, done.stderr) == ("gym,note,bpm\n", "")


def test_support_lists_every_name_of_the_api(dlt_local: DltLocal) -> None:
    rows = [line.split() for line in dlt_local("support").stdout.splitlines()]
    words = {word for row in rows for word in row[:7]}
    assert set(API) <= words


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Usage: dlt-local"),
        (["rnu"], "No such command 'rnu'. Did you mean 'run'?"),
        (["run", "--stat", "x"], "No such option: --stat"),
        (["run", "--set", "novalue", "{source}"], "'novalue' is not KEY=VALUE"),
        (["run", "--set", "=x", "{source}"], "'' is not KEY=VALUE"),
        (["run", "--full-refresh-all", "--refresh", "a"], "not together with --refresh or --full-refresh"),
        (["run", "--landing", "x", "{source}"], "only a bundle has one; configure by --set KEY=VALUE"),
        (["run", "{source}/none"], "Error: No file or folder {source}/none\n"),
        (["run"], "Error: No databricks.yml in {source} or above. "),
        (["graph", "--format", "dot"], "'dot' is not one of 'mermaid', 'json', 'markdown'."),
    ],
)
def test_wrong_arguments_end_with_exit_code_2(
    dlt_local: DltLocal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    source = tmp_path / "sources"
    source.mkdir()
    (source / "a.py").touch()
    monkeypatch.chdir(source)
    result = dlt_local(*(argument.format(source=source) for argument in arguments))
    assert result.exit_code == 2
    assert message.format(source=source) in result.stderr + result.stdout
    assert "Traceback" not in result.stderr
    assert not (source / ".dlt_local").exists()


def test_an_unexpected_error_is_one_line_that_names_its_kind(
    dlt_local: DltLocal, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero\nsecond line")

    monkeypatch.setattr("dlt_local.show.stored_tables.find_table", broken)
    result = dlt_local("show", "gym_summary", "--state", state)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: Internal error, ZeroDivisionError: by zero. --debug shows where.\n"
