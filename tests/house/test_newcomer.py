"""A project outside this repository, made of the files and commands of the documentation and of nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dlt_local.cli.app import app
from tests.house.documents import commands_shown, files_shown, write_files

PAGE = "use_in_your_repository.md"
ORDER = '{"id": 1, "city": "Rome", "amount": 10}'


def run(commands: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The commands by their names, as found beside this Python; nothing of this repository is on the path."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "PYTHON", "PYSPARK"))}
    environment = {**kept, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = ["bash", "-e", "-c", commands]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_three_files_run_and_pass_their_tests(tmp_path: Path) -> None:
    files = files_shown(PAGE)
    assert list(files) == ["databricks.yml", "src/orders.py", "tests/test_orders.py"]
    write_files(files, tmp_path)

    first, second, tests, _ = commands_shown(PAGE)
    for commands, output in (first, second, tests):
        done = run(commands, tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), f"{commands}{done.stdout}{done.stderr}"
        assert done.stdout.endswith(output or "")

    assert "1 passed" in done.stdout
    assert (first[1], second[1]) == ("city,sales\nBonn,2.5\nRome,10.0\n", "city,sales\nRome,11.0\n")


@pytest.mark.usefixtures("spark")
def test_every_other_command_of_the_page_succeeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(files_shown(PAGE), tmp_path)
    write_files({"landing/orders/1.json": ORDER}, tmp_path)
    monkeypatch.chdir(tmp_path)
    commands = commands_shown(PAGE)[-1][0].splitlines()
    assert len(commands) == 8
    for command in commands:
        program, *arguments = command.split()
        done = CliRunner().invoke(app, arguments, prog_name=program)
        assert (program, done.exit_code, done.stderr) == ("dlt-local", 0, ""), f"{command}: {done.output}"


def test_a_mistake_is_one_line_that_names_the_place_and_the_nearest_name(tmp_path: Path) -> None:
    files = files_shown(PAGE)
    files["src/orders.py"] = files["src/orders.py"].replace('spark.read.table("orders")', 'spark.read.table("order")')
    write_files({**files, "landing/orders/1.json": ORDER}, tmp_path)

    done = run("dlt-local validate", tmp_path)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"Error: {tmp_path}/src/orders.py:24: ")
    assert "Did you mean 'orders'?" in done.stderr
