"""The verdict by what rule files say, and what the forms show of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from dlt_local.quality import BesideTheLog, Outcome, json_text, junit_text, markdown_text, quality_report
from dlt_local.quality.as_html import html_text
from dlt_local.quality.as_json import SCHEMA
from dlt_local.quality.as_table import print_report
from dlt_local.quality.rule_files import read_rule_files
from tests.quality.log_of_updates import NUMBERS, Log
from tests.quality.parsed_page import ParsedPage
from tests.quality.rule_folder import write_rules
from tests.quality.test_counts import VIOLATION, ten_numbers

if TYPE_CHECKING:
    from pathlib import Path

    from dlt_local.quality import QualityReport

SMALL_IS_RED = "Rule 'small' of silver.numbers is failed by 20.00% of 10 rows, its objective allows 19.00%"
POSITIVE_IS_AMBER = "Rule 'positive' of silver.numbers is failed by 10.00% of 10 rows, its objective allows 9.00%"
UNMEASURED = (
    "checks of data sets are not evaluated: run the job that makes them, `dlt-local job JOB`",
    "samples of failed rows are not taken: run the job that makes them, `dlt-local job JOB`",
)


def judged(folder: Path, log: Log | None = None, fail_under: float | None = None) -> QualityReport:
    beside = BesideTheLog(rules=read_rule_files(folder))
    return quality_report((log or ten_numbers()).events, fail_under=fail_under, beside=beside)


@pytest.mark.parametrize(
    ("positive", "small", "fail_under", "outcome", "reasons", "warnings"),
    [
        # One of ten fails `positive`, two of ten fail `small`: what an objective just allows is allowed.
        (0.1, 0.2, None, Outcome.GOOD, (), ()),
        (0.09, 0.2, None, Outcome.AMBER, (POSITIVE_IS_AMBER,), (POSITIVE_IS_AMBER,)),
        (0.1, 0.19, None, Outcome.BREACH, (SMALL_IS_RED,), ()),
        (0.09, 0.19, None, Outcome.BREACH, (SMALL_IS_RED,), (POSITIVE_IS_AMBER,)),
        # --fail-under holds besides, and is red.
        (0.09, 0.2, 0.8, Outcome.AMBER, (POSITIVE_IS_AMBER,), (POSITIVE_IS_AMBER,)),
    ],
)
def test_an_objective_decides_by_what_its_breach_is(  # noqa: PLR0913, PLR0917 - one parameter per column
    tmp_path: Path,
    positive: float,
    small: float,
    fail_under: float | None,
    outcome: Outcome,
    reasons: tuple[str, ...],
    warnings: tuple[str, ...],
) -> None:
    verdict = judged(write_rules(tmp_path, positive=positive, small=small), fail_under=fail_under).verdict
    assert (verdict.outcome, verdict.reasons, verdict.warnings) == (outcome, reasons, warnings)
    assert verdict.exit_code == (1 if outcome is Outcome.BREACH else 0)


def test_a_least_pass_rate_is_red_besides_an_amber_objective(tmp_path: Path) -> None:
    verdict = judged(write_rules(tmp_path, positive=0.09), fail_under=0.95).verdict
    assert [reason.split(" of ")[0] for reason in verdict.reasons] == ["Rule 'positive'", "Rule 'small'"]
    assert (verdict.outcome, verdict.warnings) == (Outcome.BREACH, ())


def test_what_is_not_known_outweighs_amber(tmp_path: Path) -> None:
    verdict = judged(write_rules(tmp_path, positive=0.01), ten_numbers().state("CANCELED")).verdict
    assert (verdict.outcome, verdict.exit_code, len(verdict.warnings)) == (Outcome.NOT_EVALUATED, 2, 1)


def volume(report: QualityReport) -> tuple[float | None, str]:
    (found,) = [check for check in report.checks if check.name == "min_rows"]
    return found.observed, found.status


@pytest.mark.parametrize(
    ("min_rows", "on", "outcome"),
    [(8, "red", Outcome.GOOD), (9, "red", Outcome.BREACH), (9, "amber", Outcome.AMBER)],
)
def test_too_few_rows_miss_the_objective_of_a_data_set_that_is_computed_whole(
    tmp_path: Path, min_rows: int, on: str, outcome: Outcome
) -> None:
    log = Log().start("u1").defines(("positive", "n > 0", "ALLOW"), flow_type="MATERIALIZED_VIEW")
    log.batch({"positive": (8, 0)}, rows=8).status("COMPLETED").state("COMPLETED")
    report = judged(write_rules(tmp_path, min_rows=min_rows, on=on), log)
    assert volume(report) == (8, "passed" if min_rows == 8 else "failed")
    assert report.verdict.outcome is outcome
    if outcome is not Outcome.GOOD:
        assert report.verdict.reasons == (
            "Check 'min_rows' of silver.numbers failed: 8 found, at least 9 expected; rows computed",
        )


def test_rows_of_a_stream_are_those_of_all_updates_and_too_few_are_not_known(tmp_path: Path) -> None:
    log = ten_numbers().start("u2").batch({"positive": (2, 0)}, rows=2).status("COMPLETED").state("COMPLETED")
    assert volume(judged(write_rules(tmp_path, min_rows=10), log)) == (10, "passed")
    report = judged(write_rules(tmp_path, min_rows=11), log)
    assert volume(report) == (10, "not_evaluated")
    assert report.verdict.outcome is Outcome.GOOD


@pytest.mark.parametrize("status", ["FAILED", "SKIPPED"])
def test_rows_of_a_flow_that_did_not_end_are_not_judged(tmp_path: Path, status: str) -> None:
    log = Log().start("u1").defines(("positive", "n > 0", "ALLOW"))
    report = judged(write_rules(tmp_path, min_rows=9), log.status(status).state("COMPLETED"))
    assert [check.name for check in report.checks] == ["one_row_per_number"]


def test_a_violation_is_no_objective(tmp_path: Path) -> None:
    log = Log().start("u1").defines(("small", "n < 8", "DROP"))
    log.status("FAILED", error=[VIOLATION.format(names="small")]).state("FAILED")
    reasons = judged(write_rules(tmp_path), log).verdict.reasons
    assert reasons[1] == "Rule 'small' of silver.numbers stopped flow 'fitness.silver.numbers' at a row"


def test_a_data_set_in_another_schema_has_the_file_of_its_table(tmp_path: Path) -> None:
    log = Log().start("u1").defines(("small", "n < 8", "DROP"), dataset="ci.validation.numbers")
    log.batch({"small": (1, 9)}, rows=1, dataset="ci.validation.numbers").status("COMPLETED").state("COMPLETED")
    assert judged(write_rules(tmp_path), log).verdict.outcome is Outcome.BREACH


def test_files_and_log_that_do_not_agree_are_told(tmp_path: Path) -> None:
    log = Log().start("u1").defines(("positive", "n >= 0", "ALLOW"), ("odd", "n % 2 = 1", "ALLOW"))
    log.batch({"positive": (10, 0), "odd": (10, 0)}, rows=10).status("COMPLETED").state("COMPLETED")
    assert judged(write_rules(tmp_path), log).not_known == (
        UNMEASURED[0],
        "the objectives of rules that no rule file has: silver.numbers.odd",
        "how rules of the rule files do that the log does not name: silver.numbers.small",
        "whether rules are as their rule files now say, as the log has another text or action: silver.numbers.positive",
    )


def test_a_condition_in_a_comment_is_that_of_the_file(tmp_path: Path) -> None:
    judged_once = "NOT array_contains(reasons, 'small') /* n < 8 */"
    log = Log().start("u1").defines(("positive", "n > 0", "ALLOW"), ("small", judged_once, "DROP"))
    log.batch({"positive": (10, 0), "small": (8, 2)}, rows=10).status("COMPLETED").state("COMPLETED")
    report = judged(write_rules(tmp_path), log)
    assert report.not_known == UNMEASURED
    assert [result.sql for result in report.expectations] == ["n > 0", "n < 8"]
    shown = ParsedPage(html_text(report))
    assert [row[1] for row in shown.cells("rule-table")] == ["small n < 8", "positive n > 0"]
    assert f"In the log {judged_once}" in shown.shown


def test_data_sets_of_another_pipeline_are_not_missed(tmp_path: Path) -> None:
    log = Log().start("u1").defines(("positive", "n > 0", "ALLOW"), dataset="fitness.silver.other")
    log.batch({"positive": (1, 0)}, dataset="fitness.silver.other").state("COMPLETED")
    report = judged(write_rules(tmp_path), log)
    assert (report.not_known, report.checks) == ((), ())


def test_every_form_shows_what_the_file_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = judged(write_rules(tmp_path / "rules", positive=0.09, small=0.19))
    assert report.expectations[0].rule.dataset == "silver.numbers"
    print_report(report)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    place = tmp_path / "rules" / "silver.numbers.yml"
    expected = f"small critical drop 2 of 10 new rows 20.00% 19.00%, else red {NUMBERS} {place}:13"
    assert f"silver.numbers {expected}" in lines
    assert lines[-1] == f"amber: {POSITIVE_IS_AMBER}"
    markdown = markdown_text(report)
    assert "| silver.numbers | small | critical | drop | 2 of 10 new rows | 20.00% | 19.00%, else red |" in markdown
    assert f"Amber:\n\n- {POSITIVE_IS_AMBER}" in markdown

    shown = ParsedPage(html_text(report))
    rows = shown.cells("rule-table")
    assert [row[:6] for row in rows] == [
        ["✕ breach critical", "small n < 8", "silver.numbers", "drop", "2 / 10 new rows", "20.00% 19.00% allowed"],
        ["▲ amber warning", "positive n > 0", "silver.numbers", "warn", "1 / 10 new rows", "10.00% 9.00% allowed"],
    ]
    assert [row[9].rsplit("/", 1)[-1] for row in rows] == ["silver.numbers.yml:13", "silver.numbers.yml:7"]
    assert (
        "Objective at most 19.00%, else red Severity critical Dimension validity Owner data-engineering" in shown.shown
    )
    assert f"✕{SMALL_IS_RED} ▲{POSITIVE_IS_AMBER}" in shown.shown
    assert "2 of 2 rules have an objective." in shown.shown

    cases = {case.attrib["name"]: case for case in ET.fromstring(junit_text(report)).iter("testcase")}  # noqa: S314
    assert [name for name, case in cases.items() if case.find("failure") is not None] == ["small"]
    facts = {one.attrib["name"]: one.attrib["value"] for one in cases["positive"].iter("property")}
    assert (facts["amber"], facts["owner"], facts["allowed"]) == (
        POSITIVE_IS_AMBER,
        "data-engineering",
        "9.00%, else amber",
    )
    document = json.loads(json_text(report))
    jsonschema.validate(document, json.loads(SCHEMA.read_text("utf-8")))
    assert document["verdict"]["warnings"] == [POSITIVE_IS_AMBER]
    small = document["updates"][0]["expectations"][1]
    assert small["rule_file"] == {
        "source_file": str(place),
        "source_line": 13,
        "sql": "n < 8",
        "action": "drop",
        "severity": "critical",
        "dimension": "validity",
        "owner": "data-engineering",
        "max_failed_rate": 0.19,
        "on_breach": "red",
    }
    assert (small["breach"], small["amber"]) == (SMALL_IS_RED, None)


def test_an_amber_page_says_why_and_ends_well(tmp_path: Path) -> None:
    report = judged(write_rules(tmp_path, positive=0.09))
    shown = ParsedPage(html_text(report))
    assert f"▲ Amber ▲{POSITIVE_IS_AMBER}" in shown.shown
    assert shown.all_of("body") == [{"class": "amber"}]
    assert shown.shown.count(POSITIVE_IS_AMBER) == 2
    (link,) = [one["href"] for one in shown.all_of("a") if "rule-" in one["href"]]
    assert [one.get("class") for one in shown.all_of("tr") if one.get("id") == link[1:]] == ["amber"]
    assert report.verdict.exit_code == 0
