"""Counts of a report, derived by hand from the events of each test."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

from dlt_local.quality import Outcome, quality_report, updates_of
from tests.quality.log_of_updates import NUMBERS, Log

if TYPE_CHECKING:
    from dlt_local.quality import QualityReport

POSITIVE = ("positive", "n > 0", "ALLOW")
SMALL = ("small", "n < 8", "DROP")
VIOLATION = (
    "[EXPECTATION_VIOLATION.VERBOSITY_ALL] Flow 'numbers' failed to meet the expectation. Violated expectations: "
    "'{names}'. Input data: '{{\"name\": \"Ada. Output record: 'x'\"}}'. Output record: '{{\"name\": \"Ada\"}}'. "
    "Missing input data: false"
)

Row = tuple[str, str, str, str, int, int]


def rows(report: QualityReport) -> list[Row]:
    return [
        (r.update_id, r.flow_name or "", f"{r.rule.dataset}.{r.rule.name}", r.status.value, r.passed, r.failed)
        for r in report.expectations
    ]


def ten_numbers() -> Log:
    """0 to 9 in three micro-batches: 0 4 8, 1 5 9, 2 3 6 7."""
    log = Log().start("u1").defines(POSITIVE, SMALL)
    log.batch({"positive": (2, 1), "small": (2, 1)}, rows=2, dropped=1)
    log.batch({"positive": (3, 0), "small": (2, 1)}, rows=2, dropped=1)
    log.batch({"positive": (4, 0), "small": (4, 0)}, rows=4)
    return log.status("COMPLETED").state("COMPLETED")


def test_micro_batches_are_summed() -> None:
    report = quality_report(ten_numbers().events)
    assert rows(report) == [
        ("u1", NUMBERS, "silver.numbers.positive", "failed", 9, 1),
        ("u1", NUMBERS, "silver.numbers.small", "failed", 8, 2),
    ]
    assert [result.failed_rate for result in report.expectations] == [0.1, 0.2]
    assert (report.last.rows_in, report.last.rows_out, report.last.rows_dropped) == (10, 8, 2)
    assert (report.last.state, report.last.source, report.last.pipeline_name) == (
        "COMPLETED",
        "databricks",
        "lakehouse",
    )
    assert {result.counted for result in report.expectations} == {"new_rows"}
    assert [flow.status for flow in report.last.flows] == ["COMPLETED"]
    assert report.last.not_known == ()


def test_neither_order_nor_repetition_of_events_matters() -> None:
    events = ten_numbers().events
    shuffled = [*events, *events[3:7]]
    Random(7).shuffle(shuffled)  # noqa: S311 - no secret
    assert quality_report(shuffled) == quality_report(events)


def test_details_may_be_json_text_and_counts_too() -> None:
    as_text = [{**event, "details": json.dumps(event["details"])} for event in ten_numbers().events]
    assert quality_report(as_text) == quality_report(ten_numbers().events)
    with_text = json.loads(json.dumps(ten_numbers().events).replace('"passed_records": 4', '"passed_records": "4"'))
    assert rows(quality_report(with_text)) == rows(quality_report(ten_numbers().events))


def test_a_declared_rule_that_saw_no_row_is_listed() -> None:
    log = Log().start("u1").defines(POSITIVE).defines(SMALL, dataset="fitness.gold.totals").batch({"positive": (1, 0)})
    log.status("COMPLETED").status("COMPLETED", dataset="fitness.gold.totals").state("COMPLETED")
    assert rows(quality_report(log.events)) == [
        ("u1", "fitness.gold.totals", "gold.totals.small", "no_data", 0, 0),
        ("u1", NUMBERS, "silver.numbers.positive", "passed", 1, 0),
    ]


def test_a_view_that_was_not_computed_again_keeps_its_result() -> None:
    log = Log().start("u1").defines(POSITIVE, flow_type="MATERIALIZED_VIEW").status("COMPLETED").state("COMPLETED")
    assert [row[3] for row in rows(quality_report(log.events))] == ["unchanged"]
    empty = Log().start("u1").defines(POSITIVE, flow_type="MATERIALIZED_VIEW").batch({"positive": (0, 0)})
    assert [row[3] for row in rows(quality_report(empty.status("COMPLETED").events))] == ["no_data"]


def test_a_rule_whose_flow_was_skipped_or_left_out_was_not_run() -> None:
    log = Log().start("u1").defines(POSITIVE).defines(SMALL, dataset="fitness.gold.a")
    log.defines(SMALL, dataset="fitness.gold.b").batch({"positive": (1, 0)}).status("COMPLETED")
    log.status("SKIPPED", dataset="fitness.gold.a").status("EXCLUDED", dataset="fitness.gold.b").state("COMPLETED")
    assert [row[3] for row in rows(quality_report(log.events))] == ["not_run", "not_run", "passed"]


def test_each_of_two_flows_into_a_table_is_a_row_of_its_own() -> None:
    log = Log().start("u1").defines(POSITIVE, flow="files").flow(NUMBERS, "kafka")
    log.batch({"positive": (5, 1)}, flow="files").status("COMPLETED", flow="files").status("COMPLETED", flow="kafka")
    assert rows(quality_report(log.state("COMPLETED").events)) == [
        ("u1", "files", "silver.numbers.positive", "failed", 5, 1),
        ("u1", "kafka", "silver.numbers.positive", "no_data", 0, 0),
    ]


def test_a_view_read_by_two_flows_is_counted_in_both() -> None:
    log = Log().start("u1").defines(POSITIVE, dataset="recent", flow_type="VIEW")
    for table, flow_type in (("fitness.silver.a", "APPEND"), ("fitness.gold.b", "MATERIALIZED_VIEW")):
        log.flow(table, table, flow_type, inputs=("recent",))
        log.batch({"positive": (3, 1)}, dataset=table, rules_of="recent").status("COMPLETED", dataset=table)
    report = quality_report(log.state("COMPLETED").events)
    assert [(r.flow_name, r.rule.dataset, r.passed, r.failed, r.counted) for r in report.expectations] == [
        ("fitness.gold.b", "recent", 3, 1, "all_rows"),
        ("fitness.silver.a", "recent", 3, 1, "new_rows"),
    ]


def test_a_rule_that_stopped_its_flow_comes_from_the_error() -> None:
    rules = (("a", "n > 2", "FAIL"), ("a, b", "n > 0", "FAIL"), ("c", "n > 1", "FAIL"), POSITIVE)
    log = Log().start("u1").defines(*rules).batch({"positive": (4, 0)})
    error = ["Flow has failed", VIOLATION.format(names="a, b, c")]
    log.status("FAILED", error=error).state("FAILED", error=error)
    report = quality_report(log.events)
    assert rows(report) == [
        ("u1", NUMBERS, "silver.numbers.a", "not_run", 0, 0),
        ("u1", NUMBERS, "silver.numbers.a, b", "violated", 0, 1),
        ("u1", NUMBERS, "silver.numbers.c", "violated", 0, 1),
        ("u1", NUMBERS, "silver.numbers.positive", "passed", 4, 0),
    ]
    assert report.expectations[1].failed_rate is None


def test_a_failed_attempt_that_then_succeeded_violates_nothing() -> None:
    log = Log().start("u1").defines(("c", "n > 1", "FAIL")).status("FAILED", error=[VIOLATION.format(names="c")])
    log.status("RUNNING").batch({"c": (4, 0)}).status("COMPLETED").state("COMPLETED")
    assert rows(quality_report(log.events)) == [("u1", NUMBERS, "silver.numbers.c", "passed", 4, 0)]


def test_an_attempt_that_is_repeated_has_not_failed_yet() -> None:
    log = Log().start("u1").defines(("c", "n > 1", "FAIL")).status("STARTING", error=[VIOLATION.format(names="c")])
    assert [row[3] for row in rows(quality_report(log.events))] == ["not_run"]


def test_a_view_that_nobody_reads_has_no_data() -> None:
    log = Log().start("u1").defines(POSITIVE, dataset="recent", flow_type="VIEW").state("COMPLETED")
    assert rows(quality_report(log.events)) == [("u1", "recent", "recent.positive", "no_data", 0, 0)]


def test_a_rule_of_a_view_that_stopped_the_flow_which_reads_it() -> None:
    log = Log().start("u1").defines(("c", "n > 1", "FAIL"), dataset="recent", flow_type="VIEW").flow(NUMBERS, NUMBERS)
    log.status("FAILED", error=[VIOLATION.format(names="c")]).state("FAILED")
    assert rows(quality_report(log.events)) == [("u1", NUMBERS, "recent.c", "violated", 0, 1)]


def test_databricks_does_not_count_an_expect_or_fail_that_held() -> None:
    log = Log().start("u1").defines(("c", "n > 1", "FAIL"), POSITIVE).batch({"positive": (4, 0)}, rows=4)
    assert [row[3] for row in rows(quality_report(log.status("COMPLETED").state("COMPLETED").events))] == [
        "uncounted",
        "passed",
    ]


def test_a_log_without_definitions_says_what_it_does_not_know() -> None:
    log = Log().start("u1").batch({"positive": (1, 0)}).status("COMPLETED").state("COMPLETED")
    report = quality_report(log.events)
    (result,) = report.expectations
    assert (result.rule.action, result.rule.fingerprint, result.counted, report.last.rows_in) == (None,) * 4
    assert report.last.not_known == (
        "which rules are declared: those that saw no row are not listed",
        "SQL and action of some rules: they have no fingerprint",
        "which flows take rows in, and whether they count new rows or all rows",
    )


def test_a_fingerprint_changes_with_the_rule_and_not_with_the_catalog() -> None:
    def fingerprint(dataset: str, rule: tuple[str, str, str]) -> str | None:
        log = Log().start("u1").defines(rule, dataset=dataset)
        return updates_of(log.events)[0].expectations[0].rule.fingerprint

    same = fingerprint(NUMBERS, POSITIVE)
    assert same == fingerprint("other.silver.numbers", POSITIVE)
    # printf 'silver.numbers\npositive\nn > 0\nALLOW' | sha256sum
    assert same == "b7854135bb99ef626c66afdb77d701968733c7c60e351de50d3a291fe5d7ad65"
    others = {
        fingerprint("fitness.gold.numbers", POSITIVE),
        fingerprint(NUMBERS, ("Positive", "n > 0", "ALLOW")),
        fingerprint(NUMBERS, ("positive", "n >= 0", "ALLOW")),
        fingerprint(NUMBERS, ("positive", "n > 0", "DROP")),
    }
    assert len(others) == 4
    assert same not in others


def test_an_update_that_goes_on_is_reported_with_what_it_went_on_from() -> None:
    log = Log().start("old").defines(POSITIVE).batch({"positive": (0, 9)}).status("COMPLETED").state("COMPLETED")
    log.start("u1").defines(POSITIVE).batch({"positive": (2, 2)}).status("FAILED", error=["new column"])
    log.state("FAILED", error=["new column"])
    log.start("u2", "SCHEMA_CHANGE").defines(POSITIVE).batch({"positive": (4, 0)}).status("COMPLETED")
    log.state("COMPLETED")
    report = quality_report(log.events, fail_under=0.5)
    assert rows(report) == [
        ("u1", NUMBERS, "silver.numbers.positive", "failed", 2, 2),
        ("u2", NUMBERS, "silver.numbers.positive", "passed", 4, 0),
    ]
    assert report.verdict.outcome is Outcome.GOOD
    assert quality_report(log.events, fail_under=0.6).verdict.outcome is Outcome.BREACH
    assert [update.update_id for update in quality_report(log.events, update="old").updates] == ["old"]


def test_interleaved_updates_are_kept_apart_and_rules_known_from_an_earlier_one() -> None:
    log = Log().start("u1").defines(POSITIVE).batch({"positive": (1, 0)}).status("COMPLETED").state("COMPLETED")
    log.start("u2")
    log.update = "u1"
    log.add("user_action", {"action": "STOP"})
    log.update = "u2"
    log.status("COMPLETED").state("COMPLETED")
    found = quality_report(log.events, update="u2")
    assert rows(found) == [("u2", NUMBERS, "silver.numbers.positive", "no_data", 0, 0)]


def test_databricks_own_time_is_no_flow() -> None:
    log = ten_numbers()
    log.status("COMPLETED", dataset="x", flow="pipelines.flowTimeMetrics.missingFlowName")
    assert [flow.flow_name for flow in quality_report(log.events).last.flows] == [NUMBERS]
