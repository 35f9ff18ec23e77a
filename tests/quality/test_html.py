"""The page of the report, read without style sheet and script."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from dlt_local.quality import BesideTheLog, json_text, quality_report
from dlt_local.quality.as_html import MOST_BYTES, html_text
from dlt_local.quality.rule_files import read_rule_files
from tests.quality.log_of_updates import Log
from tests.quality.parsed_page import ParsedPage
from tests.quality.test_counts import SMALL, VIOLATION, ten_numbers
from tests.quality.updates_in_a_row import POSITIVE, SEVEN, failing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULE_FILE = "dataset: silver.numbers\nowner: data-engineering\nrules:\n{rules}"
RULE = """\
  - name: rule_{0}
    sql: n > {0}
    action: warn
    severity: warning
    dimension: validity
    objective: {{max_failed_rate: 0.02, on_breach: amber}}
"""
NONE = "\u2013"
NASTY = "<script>alert(1)</script><img src=x onerror='alert(2)'>\"&'"
ADDRESSES = re.compile(r"(?i)(?:https?:|//\w|url\(|@import|src=|href=\"[^#])")


def page(log: Log, **asked_for: Any) -> ParsedPage:
    return ParsedPage(html_text(quality_report(log.events, **asked_for)))


def mixed() -> Log:
    """Rows fail one rule, one is passed, one saw nothing, and one stopped its flow."""
    log = Log().start("u1").defines(POSITIVE, SMALL, ("seen", "n > 9", "ALLOW"))
    log.defines(("strict", "n <> 5", "FAIL"), dataset="fitness.gold.totals", inputs=("fitness.silver.numbers",))
    log.batch({"positive": (8, 2), "small": (10, 0)}, rows=10).status("COMPLETED")
    log.status("FAILED", dataset="fitness.gold.totals", error=[VIOLATION.format(names="strict")])
    return log.state("FAILED")


def test_cells_of_the_rule_table() -> None:
    assert page(mixed(), fail_under=0.5).cells("rule-table") == [
        [
            "✕ breach", "strict n <> 5", "gold.totals", "FAIL", "at least 1", "stopped its flow", "", NONE, NONE, NONE,
        ],
        [
            "△ rows failed", "positive n > 0", "silver.numbers", "ALLOW", "2 / 10 new rows", "20.00%", "", NONE,
            "0 of 7 updates", NONE,
        ],
        [
            "✓ passed", "small n < 8", "silver.numbers", "DROP", "0 / 10 new rows", "0.00%", "", NONE, "0 of 7 updates",
            NONE,
        ],
    ]  # fmt: skip


def test_what_was_not_evaluated_is_listed_with_the_reason() -> None:
    assert page(mixed()).cells("unjudged-table") == [["○ no data", "seen n > 9", "silver.numbers", "ALLOW", NONE, NONE]]


def test_data_sets_show_their_worst_rule_and_what_they_read() -> None:
    shown = page(mixed())
    assert shown.cells("lineage-table") == [
        ["gold.totals", "✕ breach: stopped its flow strict", "silver.numbers"],
        ["silver.numbers", "△ rows failed: 20.00% positive", NONE],
    ]
    nodes = [one["class"] for one in shown.all_of("g")]
    assert sorted(nodes) == ["node breach", "node failed"]
    (edge,) = [one for one in shown.all_of("path") if one.get("class", "").startswith("edge")]
    assert edge["class"] == "edge"


def test_the_head_says_what_is_wrong_and_the_numbers_how_much() -> None:
    shown = page(mixed(), fail_under=0.9)
    assert "✕ Breach ✕Rule 'strict' of gold.totals stopped flow 'fitness.gold.totals' at a row" in shown.shown.replace(
        "✕Update u1 FAILED ", ""
    )
    assert "Rule 'positive' of silver.numbers is passed by 80.00% of 10 rows" in shown.shown
    assert "Each rule must be passed by 90.00% of its rows." in shown.shown
    assert "rows in 10 rows out 10 rows dropped 0 rules evaluated 3 of 4 breached 2" in shown.shown
    assert "with failed rows 0 not evaluated 1 unusual rates 0" in shown.shown
    assert "fitness.gold.totals into gold.totals: FAILED" in shown.shown
    assert "Ada" not in shown.shown


def test_a_trend_in_its_cells() -> None:
    (row,) = page(failing(*SEVEN, 20)).cells("rule-table")
    # 0.6745 * 0.16 / 0.02 = 5.396
    assert row[4:9] == ["20 / 100 new rows", "20.00%", "failed 8 in a row", "+16.00", "5.4 unusual"]
    shown = page(failing(*SEVEN, 20))
    (line,) = [one for one in shown.all_of("svg") if one.get("class") == "spark"]
    assert line["aria-label"] == "8 rates in 8 updates, from 1.00% to 20.00%, the last 20.00%"
    assert "Failing since 2026-04-14 06:00:00 UTC, the first update looked at" in shown.shown
    (steady,) = page(failing(*([0] * 7), 0)).cells("rule-table")
    assert steady[6:9] == ["", "0.00", "never varied"]


def test_a_rule_in_two_flows_names_them() -> None:
    log = Log().start("u1").defines(POSITIVE, flow="old").flow("fitness.silver.numbers", "new")
    log.batch({"positive": (1, 0)}, flow="old").batch({"positive": (0, 1)}, flow="new").state("COMPLETED")
    assert [row[2] for row in page(log).cells("rule-table")] == [
        "silver.numbers by flow new",
        "silver.numbers by flow old",
    ]


def test_a_rule_fails_since_it_last_passed() -> None:
    shown = page(failing(5, 0, 3, 2))
    assert shown.cells("rule-table")[0][6] == "failed 2 in a row"
    # An update has seven events, a second each.
    assert "Failing since 2026-04-14 06:00:14 UTC Median" in shown.shown
    assert "Failing since" not in page(failing(5, 0)).shown


def test_a_rule_that_stopped_an_attempt_before_the_last_is_no_breach() -> None:
    strict = ("strict", "n <> 5", "FAIL")
    log = Log().start("u1").defines(strict)
    log.status("FAILED", error=[VIOLATION.format(names="strict")]).state("FAILED")
    log.start("u2", cause="RETRY_ON_FAILURE").defines(strict).batch({"strict": (3, 0)}).status("COMPLETED")
    shown = page(log.state("COMPLETED"))
    assert [row[:2] for row in shown.cells("rule-table")] == [
        ["△ rows failed", "strict n <> 5"],
        ["✓ passed", "strict n <> 5"],
    ]
    assert "Goes on from u1 (FAILED)" in shown.shown
    assert "breached 0" in shown.shown


def test_a_sparkline_point_by_point() -> None:
    (path,) = [one["d"] for one in page(failing(0, 10, 5)).all_of("path") if "class" not in one]
    # From 4 to 116 in two steps; 24 is zero, 4 the highest rate, half of it in the middle.
    assert path == "M4.0 24.0h0L60.0 4.0L116.0 14.0"


def test_changes_of_rules_are_shown() -> None:
    log = failing(1)
    log.start("u2").defines(("positive", "n >= 0", "DROP"), ("new", "n < 5", "ALLOW"))
    shown = page(log.batch({"positive": (1, 0)}).state("COMPLETED"))
    assert "Since update u1: added new of silver.numbers · ALLOW n < 5" in shown.shown
    assert "changed positive of silver.numbers · ALLOW → DROP n > 0 n >= 0" in shown.shown
    assert "None since update u1." in page(failing(1, 1)).shown
    assert "No earlier update was read." in page(failing(1)).shown


@pytest.mark.parametrize(
    ("log", "says"),
    [
        (Log().start("u1").defines(POSITIVE).status("COMPLETED").state("COMPLETED"), "No expectation saw a row"),
        (Log().start("u1").state("COMPLETED"), "The log names no expectation"),
        (Log().start("u1"), "Update u1 has not ended: it is RUNNING"),
    ],
)
def test_nothing_found_is_not_good(log: Log, says: str) -> None:
    shown = page(log)
    assert f"○ Could not be evaluated ○{says}" in shown.shown
    assert "No rule judged a row." in shown.shown
    assert "✓" not in shown.shown
    assert shown.all_of("body") == [{"class": "not_evaluated"}]


def test_good_says_what_it_leaves_open() -> None:
    shown = page(ten_numbers()).shown
    assert "✓ Good The update completed, and no rule stopped it. Some rows failed 2 rules." in shown
    assert "No least pass rate was asked for, so that failed rows alone are no breach." in shown


def test_what_the_log_does_not_know_is_said() -> None:
    shown = page(Log().start("u1").batch({"a": (1, 0)}).state("COMPLETED")).shown
    assert "The log does not tell what reads what." in shown
    assert "which rules are declared: those that saw no row are not listed" in shown


def nasty_logs() -> Iterator[Log]:
    rule = (NASTY, f"n > '{NASTY}'", "ALLOW")
    log = Log().start("u1").defines(rule, dataset=f"fitness.silver.{NASTY}", inputs=(f"fitness.bronze.{NASTY}",))
    log.batch({NASTY: (1, 1)}, dataset=f"fitness.silver.{NASTY}", flow=NASTY)
    log.status("FAILED", dataset=f"fitness.gold.{NASTY}", flow=NASTY, error=[f"no {NASTY}"])
    yield log.state("FAILED", error=[NASTY])
    yield Log().start(NASTY, cause=NASTY).defines(rule)


@pytest.mark.parametrize("log", list(nasty_logs()))
def test_names_from_outside_do_no_harm(log: Log) -> None:
    report = quality_report(log.events, fail_under=1)
    text = html_text(report)
    shown = ParsedPage(text)
    assert "<script>alert" not in text
    assert "<img" not in text
    assert NASTY in shown.shown
    assert [attributes for attributes, _ in shown.scripts] == [
        {"type": "application/json", "id": "report-data"},
        {},
    ]
    assert not [name for _, attributes in shown.tags for name in attributes if name.startswith("on")]
    assert json.loads(shown.scripts[0][1]) == json.loads(json_text(report))


def test_the_data_for_programs_are_the_json_report() -> None:
    report = quality_report(mixed().events, fail_under=0.9)
    (attributes, text), _ = ParsedPage(html_text(report)).scripts
    assert attributes["type"] == "application/json"
    assert json.loads(text) == json.loads(json_text(report))


def test_the_page_asks_for_nothing_from_outside() -> None:
    text = html_text(quality_report(mixed().events))
    assert not ADDRESSES.search(text)
    assert ParsedPage(text).all_of("link") == []
    policy = ParsedPage(text).all_of("meta")[1]
    assert policy == {
        "http-equiv": "Content-Security-Policy",
        "content": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:",
    }


def test_the_page_can_be_read_by_ear_and_in_grey() -> None:
    shown = page(mixed())
    assert shown.all_of("html") == [{"lang": "en"}]
    assert {one["scope"] for one in shown.all_of("th")} == {"col", "row"}
    assert all(one["role"] == "img" and one["aria-label"] for one in shown.all_of("svg") if "class" in one)
    # Each has its symbol and its word, besides its colour.
    assert [row[0] for row in shown.cells("rule-table")] == ["✕ breach", "△ rows failed", "✓ passed"]
    (region,) = [one for one in shown.all_of("div") if one.get("class") == "scroll"]
    assert region["tabindex"] == "0"
    # What needs a script is not there without one.
    assert [one for one in shown.all_of("form") if "hidden" not in one] == []
    assert shown.all_of("button") == []


def test_thirty_updates_of_a_hundred_rules_are_quick_and_small(tmp_path: Path) -> None:
    rules = [(f"rule_{number}", f"n > {number}", "ALLOW") for number in range(100)]
    log = Log()
    for update in range(30):
        log.start(f"u{update}").defines(*rules).batch(
            {name: (1000 + update, number) for number, (name, _, _) in enumerate(rules)}
        )
        log.status("COMPLETED").state("COMPLETED")
    (tmp_path / "silver.numbers.yml").write_text(RULE_FILE.format(rules="".join(map(RULE.format, range(100)))), "utf-8")
    began = time.process_time()
    beside = BesideTheLog(rules=read_rule_files(tmp_path))
    text = html_text(quality_report(log.events, beside=beside))
    assert time.process_time() - began < 5
    assert len(text.encode()) < MOST_BYTES / 2
    assert len(ParsedPage(text).cells("rule-table")) == 100


def test_a_report_that_is_too_long_keeps_its_worst_rules_and_says_so() -> None:
    rules = [(f"rule {number}", f"n > {number} {'-' * 900}", "ALLOW") for number in range(900)]
    log = Log().start("u1").defines(*rules).batch({name: (2, 1) for name, _, _ in rules}).state("COMPLETED")
    text = html_text(quality_report(log.events, fail_under=1))
    assert len(text.encode()) < MOST_BYTES
    shown = ParsedPage(text)
    listed = len(shown.cells("rule-table"))
    assert 0 < listed < 900
    assert f"{900 - listed} more rules are left out; the JSON report has all." in shown.shown
    assert "too long with its data for programs; the JSON report has them" in shown.shown
    assert "and 892 more; the rules are listed below" in shown.shown


def test_half_a_character_can_be_written() -> None:
    log = Log().start("u1").defines(("a\ud800", "n > 0", "ALLOW")).batch({"a\ud800": (1, 0)}).state("COMPLETED")
    assert "a?" in html_text(quality_report(log.events))
