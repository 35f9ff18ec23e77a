"""The words and orders that every form of the report shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.quality.model import Outcome, RuleStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dlt_local.quality.measured import Sample
    from dlt_local.quality.model import ExpectationResult, QualityReport, UpdateQuality

OUTCOMES = {
    Outcome.GOOD: "Good",
    Outcome.AMBER: "Amber",
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
COUNTED = {"new_rows": "new rows", "all_rows": "all rows", None: "rows"}


def notice(report: QualityReport) -> str | None:
    """Why another update is judged than the last one."""
    if not report.nothing_new:
        return None
    latest, others = report.nothing_new[-1], len(report.nothing_new) - 1
    too = f", nor did {others} before it" if others else ""
    judged = f"update {report.last.update_id}, the latest that did something"
    return f"Update {latest} found nothing new{too}; judged is {judged}."


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
    """Where the rule stands in the code: in its rule file, else where the log says that it is declared."""
    place = result.entry or result.rule
    return f"{place.source_file}:{place.source_line}" if place.source_file else ""


def most_allowed(result: ExpectationResult) -> float | None:
    """The largest failed rate that the objective of a rule allows, if it has one."""
    objective = result.entry.objective if result.entry else None
    return objective.max_failed_rate if objective else None


def allowed_text(result: ExpectationResult) -> str:
    """The objective of a rule."""
    most, objective = most_allowed(result), result.entry.objective if result.entry else None
    return "" if most is None or objective is None else f"{most:.2%}, else {objective.on_breach}"


_RULE_CELLS: dict[str, Callable[[ExpectationResult], str]] = {
    "data set": lambda result: result.rule.dataset,
    "rule": lambda result: result.rule.name,
    "severity": lambda result: result.entry.severity if result.entry else "",
    "action": lambda result: result.action or "",
    "failed": counts_text,
    "rate": rate_text,
    "allowed": allowed_text,
    "flow": lambda result: result.flow_name or "",
    "declared at": rule_place,
}
_OF_RULE_FILES = frozenset({"severity", "allowed"})


def rule_columns(report: QualityReport) -> tuple[str, ...]:
    """The columns of a table of rules; some only rule files can fill."""
    has_entries = any(result.entry for result in report.expectations)
    return tuple(name for name in _RULE_CELLS if has_entries or name not in _OF_RULE_FILES)


def rule_cells(result: ExpectationResult, columns: Iterable[str]) -> tuple[str, ...]:
    """One row of a table of rules."""
    return tuple(_RULE_CELLS[column](result) for column in columns)


def keys_text(sample: Sample) -> str:
    """The key columns of a sample."""
    return ", ".join(f"{name} {value}" for name, value in sample.keys)


def update_line(update: UpdateQuality) -> str:
    """One update in one sentence."""
    took = f" after {(update.ended_at - update.started_at).total_seconds():.1f} s" if update.ended_at else ""
    read = "" if update.rows_in is None else f"{update.rows_in} rows taken in, "
    began = update.started_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return (
        f"Update {update.update_id} of {update.pipeline_name or 'an unnamed pipeline'} ({update.source}), "
        f"begun {began}: {update.state}{took}; {read}{update.rows_out} written, {update.rows_dropped} dropped"
    )
