"""Checks of data sets and samples of rows, from tables as jobs write them."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from dlt_local.quality import BesideTheLog, Outcome, json_text, junit_text, markdown_text, quality_report
from dlt_local.quality.as_html import html_text
from dlt_local.quality.as_json import SCHEMA
from dlt_local.quality.measured import UnreadableTableError
from dlt_local.quality.measured_tables import measured_in
from dlt_local.quality.rule_files import read_rule_files
from tests.quality.parsed_page import ParsedPage
from tests.quality.rule_folder import check, sample, write_measured, write_rules
from tests.quality.test_counts import ten_numbers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlt_local.quality import QualityReport

    Judged = Callable[..., QualityReport]

NASTY = "<script>alert(1)</script><img src=x onerror='alert(2)'>|\"&'"


@pytest.fixture
def judged(tmp_path: Path) -> Judged:
    """The report on ten numbers with rule files, and tables of these rows."""

    def report(events: list[dict[str, Any]] | None = None, **tables: list[dict[str, Any]]) -> QualityReport:
        state = write_measured(tmp_path / "state", **tables)
        beside = BesideTheLog(read_rule_files(write_rules(tmp_path / "rules")), partial(measured_in, state))
        return quality_report(events or ten_numbers().events, beside=beside)

    return report


@pytest.mark.parametrize(
    ("severity", "status", "outcome"),
    [
        ("critical", "passed", Outcome.GOOD),
        ("critical", "failed", Outcome.BREACH),
        ("warning", "failed", Outcome.AMBER),
        ("info", "failed", Outcome.AMBER),
        ("critical", "not_evaluated", Outcome.GOOD),
    ],
)
def test_a_failed_check_decides_by_its_severity(judged: Judged, severity: str, status: str, outcome: Outcome) -> None:
    report = judged(checks=[check(severity=severity, status=status, observed=3.0)], samples=[])
    assert report.verdict.outcome is outcome
    if status == "failed":
        assert report.verdict.reasons == (
            "Check 'one_row_per_number' of silver.numbers failed: 3 found, at most 0 expected",
        )


def test_what_no_job_has_measured_is_not_evaluated_and_says_how(judged: Judged) -> None:
    report = judged()
    declared = [one for one in report.checks if one.engine == "none"]
    assert [(one.name, one.status) for one in declared] == [("one_row_per_number", "not_evaluated")]
    how = "run the job that makes them, `dlt-local job JOB`"
    assert report.not_known == (
        f"checks of data sets are not evaluated: {how}",
        f"samples of failed rows are not taken: {how}",
    )
    # Those of another update are not those of this one.
    other = judged(checks=[check(update_id="u0", status="failed")], samples=[sample(update_id="u0")])
    assert (other.not_known, other.verdict.outcome) == (report.not_known, Outcome.GOOD)


def test_without_rule_files_nothing_is_missed_and_what_was_measured_is_shown(tmp_path: Path) -> None:
    beside = BesideTheLog(measure=partial(measured_in, tmp_path))
    assert quality_report(ten_numbers().events, beside=beside).not_known == ()
    write_measured(tmp_path, checks=[check(status="failed")], samples=[sample()])
    report = quality_report(ten_numbers().events, beside=beside)
    assert report.verdict.outcome is Outcome.BREACH
    assert [len(result.samples) for result in report.expectations] == [0, 1]


def test_what_was_measured_after_an_update_with_nothing_new_holds_for_the_one_judged(judged: Judged) -> None:
    log = ten_numbers().start("u2").status("COMPLETED").state("COMPLETED")
    rows = [check(observed=4.0, status="failed"), check(update_id="u2", observed=0.0)]
    report = judged(log.events, checks=rows, samples=[sample()])
    assert report.last.update_id == "u1"
    assert report.verdict.outcome is Outcome.GOOD
    assert [one.update_id for one in report.checks if one.engine == "gx"] == ["u2"]
    assert len(report.expectations[1].samples) == 1


def test_twenty_samples_of_a_rule_are_shown_with_where_they_came_from(judged: Judged) -> None:
    rows = [sample(keys=json.dumps({"n": number})) for number in range(10, 35)]
    rows += [sample(expectation="positive", source_file=None, topic="numbers", partition=0, offset=17, observed=None)]
    report = judged(checks=[], samples=rows)
    page = ParsedPage(html_text(report))
    first, second = [name for name in page.tables if name.startswith("samples-")]
    assert len(page.cells(first)) == 20
    assert page.cells(first)[0] == ["n 10", "8", "n < 8", "numbers/1.json"]
    assert page.cells(second) == [["n 8", "NULL", "n < 8", "topic numbers, partition 0, offset 17"]]
    assert "small silver.numbers · 20 of 2 rows" in page.shown
    assert [one["href"] for one in page.all_of("a") if "samples" in one["href"]] == [f"#{first}", f"#{second}"]
    assert markdown_text(report).count("| silver.numbers | small | n 1") == 3
    document = json.loads(json_text(report))
    jsonschema.validate(document, json.loads(SCHEMA.read_text("utf-8")))
    positive, small = document["updates"][0]["expectations"]
    assert len(small["samples"]) == 20
    assert positive["samples"] == [
        {"keys": {"n": "8"}, "reason": "n < 8", "observed": None, "position": "topic numbers, partition 0, offset 17"}
    ]


def test_checks_are_shown_the_worst_first(judged: Judged) -> None:
    rows = [
        check(),
        check(check_name="fresh", status="not_evaluated", observed=None, details_json='{"why": "not installed"}'),
        check(check_name="rows", engine="sql", severity="warning", status="failed", observed=1.5, expected_low=2.0,
              expected_high=1234.0, details_json='{"table": "silver.other"}'),
    ]  # fmt: skip
    report = judged(checks=rows, samples=[sample()])
    assert ParsedPage(html_text(report)).cells("check-table") == [
        ["▲ amber warning", "rows", "silver.numbers", "1.5", "2 to 1,234", "table: silver.other", "SQL"],
        [
            "○ not evaluated critical", "fresh", "silver.numbers", "\u2013", "at most 0", "not installed",
            "Great Expectations",
        ],
        [
            "✓ passed critical", "min_rows", "silver.numbers", "8", "at least 1", "rows written",
            "event log",
        ],
        ["✓ passed critical", "one_row_per_number", "silver.numbers", "0", "at most 0", "\u2013", "Great Expectations"],
    ]  # fmt: skip
    root = ET.fromstring(junit_text(report))  # noqa: S314 - it is our own
    cases = {case.attrib["name"]: [child.tag for child in case] for case in root.iter("testcase")}
    assert cases["check rows"] == cases["check min_rows"] == ["properties"]
    assert cases["check fresh"] == ["properties", "skipped"]
    assert "| silver.numbers | rows | warning | failed | 1.5 | 2 to 1,234 |" in markdown_text(report)
    document = json.loads(json_text(report))
    jsonschema.validate(document, json.loads(SCHEMA.read_text("utf-8")))
    assert [one["name"] for one in document["checks"]] == ["rows", "fresh", "min_rows", "one_row_per_number"]


def test_what_jobs_measured_replaces_what_the_log_only_guesses(judged: Judged) -> None:
    report = judged(checks=[check(check_name="min_rows", engine="sql", observed=0.0, status="failed")], samples=[])
    assert [one.engine for one in report.checks if one.name == "min_rows"] == ["sql"]


def test_samples_and_checks_from_outside_do_no_harm(judged: Judged) -> None:
    keys = json.dumps({NASTY: NASTY, "mail": "ada@example.org"})
    report = judged(
        checks=[check(check_name=NASTY, details_json=json.dumps({NASTY: NASTY}))],
        samples=[sample(keys=keys, reason=NASTY, observed=NASTY, source_file=NASTY), sample(keys=NASTY)],
    )
    text = html_text(report)
    page = ParsedPage(text)
    assert "<script>alert" not in text
    assert "<img" not in text
    assert page.shown.count(NASTY) >= 8
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert "ada@" not in text + json_text(report) + markdown_text(report) + junit_text(report)
    assert "<script" not in markdown_text(report).replace(r"\<", "")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"status": "unknown"}, "A row of measurements has the status 'unknown'"),
        ({"severity": "high"}, "A row of measurements has the severity 'high'"),
        ({"check_name": None}, "A row of measurements has no check_name"),
    ],
)
def test_a_table_of_another_shape_is_an_error(judged: Judged, row: dict[str, Any], message: str) -> None:
    with pytest.raises(UnreadableTableError) as caught:
        judged(checks=[check(**row)])
    assert str(caught.value).startswith(message)
