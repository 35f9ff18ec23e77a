"""Rule files are read strictly; the schema that ships with them refuses what the reader refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from dlt_local.errors import PipelineError
from dlt_local.quality.rule_book import CheckEntry, Objective, RuleEntry, RuleFile
from dlt_local.quality.rule_files import SCHEMA, read_rule_files

if TYPE_CHECKING:
    from pathlib import Path

FULL = """\
dataset: silver.bpm_checked
owner: data-engineering
keys: [device_id, event_time]
samples_from: silver.bpm_quarantine
objective: {min_rows: 1, max_staleness_s: 93600, on_breach: amber}
rules:
  - name: device_id_present
    sql: device_id IS NOT NULL
    action: quarantine
    severity: critical
    dimension: completeness
    objective: {max_failed_rate: 0.02, on_breach: red}
    observed: cast(bpm AS STRING)

  - {name: no more than 300, sql: "bpm <= 300", action: warn, severity: info, dimension: validity}
checks:
  - {name: one_row_per_reading, kind: unique, columns: [device_id, event_time], severity: critical, within: 1.5}
"""
RULE = {
    "name": "small",
    "sql": "value < 5",
    "action": "warn",
    "severity": "info",
    "dimension": "validity",
}
CHECK = {"name": "enough", "kind": "row_count", "severity": "warning"}
FILE = {"dataset": "silver.numbers", "owner": "data-engineering", "rules": [RULE]}


def written(folder: Path, document: object, *, name: str = "silver.numbers.yml") -> Path:
    (folder / name).write_text(document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False))
    return folder


def message(folder: Path) -> str:
    with pytest.raises(PipelineError) as error:
        read_rule_files(folder)
    return str(error.value).replace(f"{folder}/", "")


def schema_refuses(document: object) -> bool:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    return bool(list(validator.iter_errors(document)))


def test_a_file_is_read_with_the_line_of_each_rule(tmp_path: Path) -> None:
    folder = tmp_path / "pipelines" / "rules"
    folder.mkdir(parents=True)
    written(folder, FULL, name="silver.bpm_checked.yml")
    source = "pipelines/rules/silver.bpm_checked.yml"
    present = RuleEntry(
        dataset="silver.bpm_checked",
        name="device_id_present",
        sql="device_id IS NOT NULL",
        action="quarantine",
        severity="critical",
        dimension="completeness",
        owner="data-engineering",
        objective=Objective(0.02, None, None, "red"),
        observed="cast(bpm AS STRING)",
        source_file=source,
        source_line=7,
    )
    small = RuleEntry(
        dataset="silver.bpm_checked",
        name="no more than 300",
        sql="bpm <= 300",
        action="warn",
        severity="info",
        dimension="validity",
        owner="data-engineering",
        objective=None,
        observed=None,
        source_file=source,
        source_line=15,
    )
    once = CheckEntry(
        dataset="silver.bpm_checked",
        name="one_row_per_reading",
        kind="unique",
        severity="critical",
        arguments={"columns": ["device_id", "event_time"], "within": 1.5},
        source_file=source,
        source_line=17,
    )
    book = read_rule_files(folder, relative_to=tmp_path)
    assert book.files == (
        RuleFile(
            dataset="silver.bpm_checked",
            owner="data-engineering",
            keys=("device_id", "event_time"),
            samples_from="silver.bpm_quarantine",
            objective=Objective(None, 1, 93600, "amber"),
            rules=(present, small),
            checks=(once,),
            path=folder / "silver.bpm_checked.yml",
        ),
    )
    assert book.rules == (present, small)
    assert book.rule("silver.bpm_checked", "no more than 300") == small
    assert book.rule("silver.bpm_checked", "bpm <= 300") is None
    assert book.rule("gold.bpm_checked", "device_id_present") is None
    assert book.dataset("silver.bpm_checked") is book.files[0]
    assert not schema_refuses(yaml.safe_load(FULL))


def test_without_a_root_the_source_is_the_path_of_the_file(tmp_path: Path) -> None:
    (rule,) = read_rule_files(written(tmp_path, FILE)).rules
    assert (rule.source_file, rule.source_line) == (str(tmp_path / "silver.numbers.yml"), 4)


def test_sql_over_several_lines_is_kept(tmp_path: Path) -> None:
    text = "dataset: t\nowner: x\nrules:\n- name: a\n  sql: |\n    a > 1\n    AND b > 2\n"
    text += "  action: warn\n  severity: info\n  dimension: validity\n"
    (rule,) = read_rule_files(written(tmp_path, text, name="t.yml")).rules
    assert rule.sql == "a > 1\nAND b > 2"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ownr": "x"}, "silver.numbers.yml:9: A rule file has no field 'ownr'. Did you mean 'owner'?"),
        ({"dataset": None}, "silver.numbers.yml:1: A rule file needs 'dataset'"),
        ({"dataset": None, "owner": None}, "silver.numbers.yml:1: A rule file needs 'dataset' and 'owner'"),
        ({"dataset": "a.b.c"}, "silver.numbers.yml:1: 'a.b.c' cannot be a dataset. It is a name, or a schema and a"),
        ({"owner": " "}, "silver.numbers.yml:2: 'owner' is empty"),
        ({"owner": "ada@example.org"}, "silver.numbers.yml:2: The owner is an address. Name the team: rules and"),
        ({"rules": None}, "silver.numbers.yml:1: A rule file has 'rules', 'checks' or both"),
        ({"rules": {"a": 1}}, "silver.numbers.yml:3: 'rules' must be a list, not keys with values"),
        ({"keys": ["a-b"]}, "silver.numbers.yml:10: 'a-b' cannot be a column of 'keys'"),
        ({"keys": ["a", "a"]}, "silver.numbers.yml:11: Column 'a' stands twice in 'keys'"),
        ({"samples_from": "1"}, "silver.numbers.yml:9: '1' cannot be a samples_from. It is a name, or a schema and"),
        ({"objective": {"on_breach": "red"}}, "silver.numbers.yml:9: The objective of a data set as a whole needs"),
        (
            {"objective": {"max_failed_rate": 0.1, "on_breach": "red"}},
            "silver.numbers.yml:10: The objective of a data set as a whole has no field 'max_failed_rate'",
        ),
        ({"objective": {"min_rows": 1}}, "silver.numbers.yml:9: The objective of a data set as a whole needs 'on_br"),
        (
            {"objective": {"min_rows": 0, "on_breach": "red"}},
            "silver.numbers.yml:10: 'min_rows' must be a whole number from 1, not '0'",
        ),
        (
            {"objective": {"max_staleness_s": -1, "on_breach": "red"}},
            "silver.numbers.yml:10: 'max_staleness_s' must be a whole number from 1, not '-1'",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_line(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    document = {key: value for key, value in (FILE | changes).items() if value is not None}
    assert message(written(tmp_path, document)).startswith(told)
    assert schema_refuses(document)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"sql": None}, "silver.numbers.yml:4: A rule needs 'sql'"),
        ({"sql": ""}, "silver.numbers.yml:5: 'sql' is empty"),
        ({"sql": ["a"]}, "silver.numbers.yml:5: 'sql' must be a single value, not a list"),
        ({"name": "a\nb"}, "silver.numbers.yml:4: A name stands on one line"),
        ({"action": "quarantin"}, "silver.numbers.yml:6: There is no action 'quarantin'. Did you mean 'quarantine'?"),
        ({"action": "log"}, "silver.numbers.yml:6: There is no action 'log'. It is one of warn, flag, quarantine, dr"),
        ({"severity": "crit"}, "silver.numbers.yml:7: There is no severity 'crit'. Did you mean 'critical'?"),
        ({"dimension": "speed"}, "silver.numbers.yml:8: There is no dimension 'speed'. It is one of completeness, "),
        ({"severty": "info"}, "silver.numbers.yml:9: A rule has no field 'severty'. Did you mean 'severity'?"),
        ({"observed": ""}, "silver.numbers.yml:9: 'observed' is empty"),
        ({"objective": 1}, "silver.numbers.yml:9: 'objective' must be keys with values, not a single value"),
        (
            {"objective": {"max_failed_rate": 1.5, "on_breach": "red"}},
            "silver.numbers.yml:10: 'max_failed_rate' must be a number from 0 to 1, not '1.5'",
        ),
        (
            {"objective": {"max_failed_rate": "few", "on_breach": "red"}},
            "silver.numbers.yml:10: 'max_failed_rate' must be a number from 0 to 1, not 'few'",
        ),
        (
            {"objective": {"max_failed_rate": 0.1, "on_breach": "orange"}},
            "silver.numbers.yml:11: There is no on_breach 'orange'. It is one of red, amber.",
        ),
    ],
)
def test_what_is_wrong_with_a_rule_is_told_with_its_line(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    rule = {key: value for key, value in (RULE | changes).items() if value is not None}
    document = FILE | {"rules": [rule]}
    assert message(written(tmp_path, document)).startswith(told)
    assert schema_refuses(document)


@pytest.mark.parametrize(
    ("check", "told"),
    [
        (CHECK | {"kind": "uniqe"}, "silver.numbers.yml:5: There is no kind 'uniqe'. Did you mean 'unique'?"),
        ({"name": "enough"}, "silver.numbers.yml:4: A check needs 'kind' and 'severity'"),
    ],
)
def test_what_is_wrong_with_a_check_is_told_with_its_line(tmp_path: Path, check: dict[str, Any], told: str) -> None:
    document = {"dataset": "silver.numbers", "owner": "data-engineering", "checks": [check]}
    assert message(written(tmp_path, document)) == told
    assert schema_refuses(document)


def test_names_are_unique_in_a_file(tmp_path: Path) -> None:
    twins = written(tmp_path, FILE | {"rules": [RULE, dict(RULE)]})
    assert message(twins) == "silver.numbers.yml:9: Rule 'small' stands here twice (first in line 4)"
    twins = written(tmp_path, FILE | {"checks": [CHECK, dict(CHECK)]})
    assert message(twins) == "silver.numbers.yml:13: Check 'enough' stands here twice (first in line 10)"


def test_a_file_is_named_after_its_data_set(tmp_path: Path) -> None:
    told = message(written(tmp_path, FILE, name="silver.numerals.yml"))
    assert told == (
        "silver.numerals.yml:1: This file is about 'silver.numbers', not 'silver.numerals'. "
        "Name the file silver.numbers.yml, or the data set silver.numerals."
    )


def test_a_file_of_another_ending_is_not_passed_over(tmp_path: Path) -> None:
    assert message(written(tmp_path, FILE, name="silver.numbers.yaml")) == (
        "silver.numbers.yaml: a rule file ends in .yml. Rename it."
    )


def test_what_is_wrong_in_several_files_is_told_at_once(tmp_path: Path) -> None:
    written(tmp_path, FILE | {"owner": ""})
    written(tmp_path, "dataset: [", name="gold.sums.yml")
    written(tmp_path, "not a rule file", name="README.md")
    first, second = message(tmp_path).splitlines()
    assert first.startswith("gold.sums.yml:1: Not valid YAML")
    assert second == "silver.numbers.yml:2: 'owner' is empty"


def test_a_folder_must_be_there(tmp_path: Path) -> None:
    assert message(tmp_path / "rules") == f"No folder of rule files {tmp_path}/rules"
