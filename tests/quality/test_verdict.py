"""The gate: a breach is 1, what cannot be found out is 2, and nothing is good by absence."""

from __future__ import annotations

from typing import Any

import pytest

from dlt_local.errors import PipelineError
from dlt_local.quality import UnreadableLogError, quality_report
from tests.quality.log_of_updates import Log
from tests.quality.test_counts import POSITIVE, VIOLATION, ten_numbers


def verdict(log: Log, fail_under: float | None = None) -> tuple[int, tuple[str, ...]]:
    found = quality_report(log.events, fail_under=fail_under).verdict
    return found.exit_code, found.reasons


def passed_by(passed: int, failed: int) -> Log:
    log = Log().start("u1").defines(POSITIVE).batch({"positive": (passed, failed)})
    return log.status("COMPLETED").state("COMPLETED")


@pytest.mark.parametrize(
    ("passed", "failed", "fail_under", "code"),
    [
        (98, 2, None, 0),
        (98, 2, 0.98, 0),
        (97, 3, 0.98, 1),
        (7, 93, 0.07, 0),  # 0.07 * 100 is 7.000000000000001
        (0, 5, 0.0, 0),
        (99, 1, 1.0, 1),
    ],
)
def test_every_rule_must_be_passed_by_the_rate_asked_for(
    passed: int, failed: int, fail_under: float | None, code: int
) -> None:
    assert verdict(passed_by(passed, failed), fail_under)[0] == code


def test_a_breach_names_rule_rate_and_limit() -> None:
    assert verdict(ten_numbers(), 0.9) == (
        1,
        (
            (
                "Rule 'small' of silver.numbers is passed by 80.00% of 10 rows in flow 'fitness.silver.numbers', "
                "90.00% are asked for"
            ),
        ),
    )


def test_a_failed_update_is_a_breach_whatever_its_rules_say() -> None:
    log = passed_by(5, 0).state("FAILED", error=["No such table. It was run by ada@example.org"])
    assert verdict(log) == (1, ("Update u1 FAILED: No such table. It was run by [not shown]",))


def test_a_failed_flow_is_a_breach() -> None:
    log = passed_by(5, 0).status("FAILED", error=["disk is full\n\tat java.lang.Thread"])
    assert verdict(log) == (
        1,
        ("Flow 'fitness.silver.numbers' into silver.numbers FAILED: disk is full",),
    )


def test_an_expect_or_fail_is_a_breach_and_its_row_is_not_shown() -> None:
    log = Log().start("u1").defines(("c", "n > 1", "FAIL"))
    error = [VIOLATION.format(names="c")]
    report = quality_report(log.status("FAILED", error=error).state("FAILED", error=error).events)
    assert report.verdict.reasons == (
        "Update u1 FAILED",
        "Rule 'c' of silver.numbers stopped flow 'fitness.silver.numbers' at a row",
    )
    assert "Ada" not in str(report)


@pytest.mark.parametrize(
    ("log", "reasons"),
    [
        (Log().start("u1"), ("Update u1 has not ended: it is RUNNING", "The log names no expectation")),
        (passed_by(5, 0).state("CANCELED"), ("Update u1 was CANCELED before its end",)),
        (passed_by(5, 0).state("STOPPING"), ("Update u1 has not ended: it is STOPPING",)),
        (passed_by(0, 0), ("No expectation saw a row",)),
        (Log().start("u1").status("COMPLETED").state("COMPLETED"), ("The log names no expectation",)),
    ],
)
def test_what_is_not_known_is_not_good(log: Log, reasons: tuple[str, ...]) -> None:
    assert verdict(log, 0.5) == (2, reasons)


def test_a_breach_that_is_known_outweighs_what_is_not() -> None:
    assert verdict(passed_by(0, 5).state("CANCELED"), 0.5)[0] == 1


def broken(**change: Any) -> list[dict[str, Any]]:
    events = ten_numbers().events
    return [*events[:4], {**events[4], **change}, *events[5:]]


def flow(**details: Any) -> dict[str, Any]:
    return {"flow_progress": {"status": "RUNNING", **details}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"event_type": None}, "An event has no event_type"),
        ({"timestamp": "yesterday"}, "Event e4: timestamp is 'yesterday'"),
        ({"origin": "?"}, "Event e4: origin is no JSON"),
        ({"details": None}, "Event e4 (flow_progress) has no details. Read the events by REST"),
        ({"details": "{"}, "Event e4: details is no JSON"),
        ({"details": {"flow_advance": {}}}, "Event e4: details has no object 'flow_progress'"),
        ({"details": flow(status="DONE")}, "Event e4: flow_progress.status is 'DONE'"),
        ({"details": flow(data_quality=[])}, "Event e4: data_quality is no object"),
        ({"details": flow(data_quality={"expectations": {"a": 1}})}, "Event e4: expectations is no list of objects"),
        ({"details": flow(data_quality={"expectations": [{"passed_records": 1}]})}, "Event e4 counts an expectation "),
        ({"details": flow(data_quality={"dropped_records": -1})}, "Event e4: dropped_records is -1, no count"),
        ({"details": flow(metrics={"num_output_rows": 1.5})}, "Event e4: num_output_rows is 1.5, no count"),
    ],
)
def test_an_event_of_another_shape_is_an_error(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UnreadableLogError) as caught:
        quality_report(broken(**change))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("events", [[], [{**Log().start("u1").events[0], "origin": {"pipeline_id": "p"}}]])
def test_an_empty_log_is_an_error(events: list[dict[str, Any]]) -> None:
    with pytest.raises(UnreadableLogError, match="The event log holds no event of an update"):
        quality_report(events)


def test_an_unknown_update_is_an_error() -> None:
    with pytest.raises(UnreadableLogError, match="No update 'u9' in the event log"):
        quality_report(Log().start("u1").events, update="u9")


@pytest.mark.parametrize("rate", [-0.1, 1.01, 98.0, float("nan")])
def test_a_rate_is_from_0_to_1(rate: float) -> None:
    with pytest.raises(PipelineError, match="Give a number from 0 to 1"):
        quality_report(ten_numbers().events, fail_under=rate)
