"""`dlt-local rules` reads rule files strictly, and what it makes of ours is what lies in the repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fitness.rule_files import FOLDER

if TYPE_CHECKING:
    from tests.cli.conftest import DltLocal

ROOT = Path(__file__).parents[2]
NUMBERS = """\
dataset: main.numbers
owner: data-engineering
keys: [id]
objective: {min_rows: 2, max_staleness_s: 7200, on_breach: amber}
rules:
  - name: it's small
    sql: |
      value < 5
      OR note RLIKE '\\\\d|;'
    action: drop
    severity: critical
    dimension: validity
    objective: {max_failed_rate: 0.025, on_breach: red}
  - {name: exact, sql: value = 1, action: fail, severity: info, dimension: accuracy}
checks:
  - {name: one_row_per_id, kind: unique, columns: [id], severity: critical}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "main.numbers.yml").write_text(NUMBERS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return rules


@pytest.mark.parametrize(
    ("layout", "file"), [("markdown", "docs/rules.md"), ("sql", "jobs/quality_rules.sql")], ids=["page", "sql"]
)
def test_what_is_made_of_the_rules_is_up_to_date(
    dlt_local: DltLocal, monkeypatch: pytest.MonkeyPatch, layout: str, file: str
) -> None:
    """`dlt-local rules --format LAYOUT > FILE` makes it."""
    monkeypatch.chdir(ROOT)
    result = dlt_local("rules", "--format", layout)
    assert (result.exit_code, result.stdout) == (0, (ROOT / file).read_text(encoding="utf-8"))


def test_a_folder_anywhere_gives_the_same_from_anywhere(dlt_local: DltLocal, tmp_path: Path) -> None:
    given = dlt_local("rules", "--rules", FOLDER, "--format", "sql").stdout
    assert given == (ROOT / "jobs/quality_rules.sql").read_text(encoding="utf-8")
    command = [sys.executable, "-m", "dlt_local", "rules", str(ROOT), "--format", "sql"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    elsewhere = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert elsewhere.stdout == given


def test_rules_for_programs(dlt_local: DltLocal, folder: Path) -> None:
    (numbers,) = json.loads(dlt_local("rules", "--rules", folder, "--format", "json").stdout)["datasets"]
    assert numbers == {
        "dataset": "main.numbers",
        "owner": "data-engineering",
        "keys": ["id"],
        "samples_from": None,
        "objective": {"min_rows": 2, "max_staleness_s": 7200, "on_breach": "amber"},
        "rules": [
            {
                "name": "it's small",
                "sql": "value < 5\nOR note RLIKE '\\\\d|;'",
                "action": "drop",
                "severity": "critical",
                "dimension": "validity",
                "objective": {"max_failed_rate": 0.025, "on_breach": "red"},
                "observed": None,
                "source_file": "rules/main.numbers.yml",
                "source_line": 6,
            },
            {
                "name": "exact",
                "sql": "value = 1",
                "action": "fail",
                "severity": "info",
                "dimension": "accuracy",
                "objective": None,
                "observed": None,
                "source_file": "rules/main.numbers.yml",
                "source_line": 14,
            },
        ],
        "checks": [
            {
                "name": "one_row_per_id",
                "kind": "unique",
                "severity": "critical",
                "arguments": {"columns": ["id"]},
                "source_file": "rules/main.numbers.yml",
                "source_line": 16,
            }
        ],
    }


def test_rules_as_a_page(dlt_local: DltLocal, folder: Path) -> None:
    page = dlt_local("rules", "--rules", folder, "--format", "markdown").stdout
    assert page.split("## main.numbers\n")[1] == (
        "\n"
        "Owner: data-engineering. Objective: at least 2 rows, at most 2 hours old, else amber. Samples show `id`.\n"
        "\n"
        "| rule | condition | on violation | severity | dimension | objective |\n"
        "|---|---|---|---|---|---|\n"
        "| it's small | `value < 5 OR note RLIKE '\\\\d\\|;'` | row dropped | critical | validity "
        "| at most 2.5 % violate it, else red |\n"
        "| exact | `value = 1` | update fails | info | accuracy |  |\n"
        "\n"
        "| check | kind | of | severity |\n"
        "|---|---|---|---|\n"
        '| one_row_per_id | unique | columns: `["id"]` | critical |\n'
    )


def test_rules_as_a_table(dlt_local: DltLocal, folder: Path) -> None:
    lines = [line.split() for line in dlt_local("rules", "--rules", folder).stdout.splitlines()]
    assert ["exact", "value", "=", "1", "fail", "info"] in lines
    assert ["main.numbers", "one_row_per_id", "unique", "critical"] in lines


def test_what_is_wrong_is_told_with_file_and_line(dlt_local: DltLocal, folder: Path) -> None:
    file = folder / "main.numbers.yml"
    file.write_text(NUMBERS.replace("severity: info", "severty: info"), encoding="utf-8")
    result = dlt_local("rules", "--rules", folder)
    assert result.exit_code == 2
    assert f"{file}:14: A rule has no field 'severty'. Did you mean 'severity'?" in " ".join(result.output.split())


def test_a_folder_without_rules_is_no_answer(dlt_local: DltLocal, tmp_path: Path) -> None:
    result = dlt_local("rules", "--rules", tmp_path)
    assert result.exit_code == 2
    assert "No rule file in" in result.output


def test_a_pipeline_and_a_folder_exclude_each_other(dlt_local: DltLocal, folder: Path) -> None:
    result = dlt_local("rules", "--rules", folder, "--pipeline", "fitness_lakehouse")
    assert result.exit_code == 2
    assert "--rules DIR says which rules" in result.output
