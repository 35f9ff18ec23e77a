"""The page about rule files: its files make a project whose expectations are those of the rule file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from dlt_local.cli.app import app
from tests.house.documents import commands_shown, files_shown, write_files

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "rule_files.md"
ORDERS = [{"id": 1, "city": "Rome", "amount": 10}, {"city": "Bonn", "amount": 5}, {"id": 3, "amount": -1}]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files({**files_shown("use_in_your_repository.md"), **files_shown(PAGE)}, tmp_path)
    write_files({"landing/orders/1.json": "\n".join(map(json.dumps, ORDERS))}, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("shop")
def test_every_command_of_the_page_succeeds() -> None:
    commands = commands_shown(PAGE)[0][0].splitlines()
    assert len(commands) == 5
    for command in commands:
        program, *arguments = command.split()
        done = CliRunner().invoke(app, arguments, prog_name=program)
        assert (program, done.exit_code, done.stderr) == ("dlt-local", 0, ""), f"{command}: {done.output}"


@pytest.mark.usefixtures("shop", "spark")
def test_the_rules_of_the_file_are_those_of_the_pipeline() -> None:
    assert CliRunner().invoke(app, ["run"]).exit_code == 0
    (update,) = json.loads(CliRunner().invoke(app, ["report", "--format", "json"]).stdout)["updates"]
    counted = {
        rule["expectation"]: (rule["constraint_sql"], rule["action"], rule["passed"], rule["failed"])
        for rule in update["expectations"]
    }
    assert counted == {
        "id present": ("id IS NOT NULL", "DROP", 2, 1),
        "amount positive": ("amount > 0", "ALLOW", 2, 1),
    }
