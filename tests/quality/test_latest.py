"""Which update is judged when the latest found nothing new, and that every form says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from dlt_local.quality import json_text, junit_text, markdown_text, quality_report
from dlt_local.quality.as_html import html_text
from dlt_local.quality.as_json import SCHEMA
from dlt_local.quality.as_table import print_report
from tests.quality.log_of_updates import Log
from tests.quality.parsed_page import ParsedPage
from tests.quality.test_counts import VIOLATION, ten_numbers
from tests.quality.updates_in_a_row import POSITIVE

if TYPE_CHECKING:
    from dlt_local.quality import QualityReport

NOTICE = "Update u3 found nothing new, nor did 1 before it; judged is update u1, the latest that did something."


def nothing_new(log: Log, *updates: str, cause: str = "USER_ACTION") -> Log:
    for update in updates:
        log.start(update, cause=cause).status("COMPLETED").state("COMPLETED")
    return log


def judged(log: Log, update: str = "latest") -> tuple[list[str], int]:
    report = quality_report(log.events, update=update)
    return [one.update_id for one in report.updates], report.verdict.exit_code


def test_the_latest_that_did_something_is_judged() -> None:
    report = quality_report(nothing_new(ten_numbers(), "u2", "u3").events)
    assert (report.last.update_id, report.verdict.exit_code, report.nothing_new) == ("u1", 0, ("u2", "u3"))
    assert [past.update_id for past in report.history] == ["u1"]


def test_an_update_asked_for_by_its_id_is_judged_as_it_is() -> None:
    log = nothing_new(ten_numbers(), "u2", "u3")
    assert judged(log, "u2") == (["u2"], 2)
    assert quality_report(log.events, update="u2").nothing_new == ()
    assert quality_report(log.events, update="u1").nothing_new == ()


@pytest.mark.parametrize(
    ("log", "update", "code"),
    [
        # Every row was dropped.
        (ten_numbers().start("u2").batch({"small": (0, 1)}, dropped=1).state("COMPLETED"), "u2", 0),
        (ten_numbers().start("u2").state("FAILED", error=["no such table"]), "u2", 1),
        (ten_numbers().start("u2"), "u2", 2),
        (nothing_new(Log(), "u1", "u2"), "u2", 2),
    ],
)
def test_rows_and_trouble_are_something(log: Log, update: str, code: int) -> None:
    assert judged(log) == ([update], code)


def test_an_update_that_only_validates_does_nothing() -> None:
    log = ten_numbers()
    log.update = "u2"
    log.add("create_update", {"cause": "USER_ACTION", "validate_only": True}).state("FAILED", error=["no such table"])
    assert judged(log) == (["u1"], 0)


def test_a_retry_that_has_nothing_left_to_do_counts_with_what_it_goes_on_from() -> None:
    log = Log().start("u1").defines(POSITIVE).batch({"positive": (3, 0)}, rows=3)
    log.status("FAILED", error=[VIOLATION.format(names="positive")]).state("FAILED")
    assert judged(nothing_new(log, "u2", cause="RETRY_ON_FAILURE")) == (["u1", "u2"], 0)


@pytest.fixture
def report() -> QualityReport:
    return quality_report(nothing_new(ten_numbers(), "u2", "u3").events)


def test_every_form_says_so(report: QualityReport, capsys: pytest.CaptureFixture[str]) -> None:
    print_report(report)
    assert NOTICE in capsys.readouterr().out.splitlines()
    assert NOTICE in markdown_text(report)
    assert NOTICE in ParsedPage(html_text(report)).shown
    assert f'<property name="notice" value="{NOTICE}" />' in junit_text(report)
    document = json.loads(json_text(report))
    jsonschema.validate(document, json.loads(SCHEMA.read_text("utf-8")))
    assert document["nothing_new"] == ["u2", "u3"]
    assert "nothing new;" in markdown_text(quality_report(nothing_new(ten_numbers(), "u2").events))
