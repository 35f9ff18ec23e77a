"""The words and orders that every form of the report shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.quality.model import Outcome, RuleStatus

if TYPE_CHECKING:
    from dlt_local.quality.model import ExpectationResult, QualityReport, UpdateQuality

OUTCOMES = {
    Outcome.GOOD: "Good",
    Outcome.BREACH: "Breach",
    Outcome.NOT_EVALUATED: "Could not be evaluated",
}
_WORST_FIRST = (
    RuleStatus.VIOLATED, RuleStatus.FAILED, RuleStatus.NOT_RUN, RuleStatus.NO_DATA, RuleStatus.UNCHANGED,
    RuleStatus.UNCOUNTED, RuleStatus.PASSED,
)  # fmt: skip
_STATUSES = {
    RuleStatus.VIOLATED: "stopped its flow",
    RuleStatus.UNCOUNTED: "held, not counted",
    RuleStatus.NO_DATA: "no data",
    RuleStatus.NOT_RUN: "not run",
    RuleStatus.UNCHANGED: "unchanged",
}
RULE_COLUMNS = ("data set", "rule", "action", "failed", "rate", "flow", "declared at")
COUNTED = {"new_rows": "new rows", "all_rows": "all rows", None: "rows"}


def notice(report: QualityReport) -> str | None:
    """Why another update is judged than the last one."""
    if not report.nothing_new:
        return None
    latest, others = report.nothing_new[-1], len(report.nothing_new) - 1
    too = f", nor did {others} before it" if others else ""
    return f"Update {latest} found nothing new{too}; judged is update {report.last.update_id}, the latest that did something."


def is_evaluated(result: ExpectationResult) -> bool:
    """Whether the rule judged a row."""
    return result.status not in _STATUSES or result.status is RuleStatus.VIOLATED


def worst_first(report: QualityReport) -> list[ExpectationResult]:
    """All results, what needs a look before what does not."""
    return sorted(
        report.expectations, key=lambda result: (_WORST_FIRST.index(result.status), -(result.failed_rate or 0.0))
    )


def rate_text(result: ExpectationResult) -> str:
    """The share of failed rows, or why there is none."""
    if result.failed_rate is None:
        return _STATUSES[result.status]
    # What rounds to nothing but is not nothing says so.
    return f"{result.failed_rate:.2%}" if result.failed_rate >= 0.00005 or not result.failed else "< 0.01%"  # noqa: PLR2004


def counts_text(result: ExpectationResult) -> str:
    """Failed of all rows, and which rows they are."""
    if result.status is RuleStatus.VIOLATED:
        return f"at least {result.failed}"
    return f"{result.failed} of {result.rows} {COUNTED[result.counted]}" if result.rows else ""


def rule_place(result: ExpectationResult) -> str:
    """Where the rule stands in the code, if the log knows."""
    rule = result.rule
    return f"{rule.source_file}:{rule.source_line}" if rule.source_file else ""


def rule_cells(result: ExpectationResult) -> tuple[str, ...]:
    """One row of a table of rules, under RULE_COLUMNS."""
    rule = result.rule
    return (
        rule.dataset,
        rule.name,
        rule.action or "",
        counts_text(result),
        rate_text(result),
        result.flow_name or "",
        rule_place(result),
    )


def update_line(update: UpdateQuality) -> str:
    """One update in one sentence."""
    took = f" after {(update.ended_at - update.started_at).total_seconds():.1f} s" if update.ended_at else ""
    read = "" if update.rows_in is None else f"{update.rows_in} rows taken in, "
    began = update.started_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return (
        f"Update {update.update_id} of {update.pipeline_name or 'an unnamed pipeline'} ({update.source}), "
        f"begun {began}: {update.state}{took}; {read}{update.rows_out} written, {update.rows_dropped} dropped"
    )
