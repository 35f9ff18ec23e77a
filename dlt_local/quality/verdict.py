"""Judges updates: a breach is what is known to be wrong, and what is not known is never good."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError
from dlt_local.quality.check_wording import check_text, is_breach
from dlt_local.quality.counting import ENDED
from dlt_local.quality.measured import FAILED
from dlt_local.quality.model import Outcome, RuleStatus, Verdict
from dlt_local.quality.wording import rate_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dlt_local.quality.measured import DatasetCheck
    from dlt_local.quality.model import ExpectationResult, UpdateQuality

_SEEN = frozenset({RuleStatus.PASSED, RuleStatus.FAILED, RuleStatus.VIOLATED})


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a result is a breach, or else amber."""

    why: str
    is_breach: bool


def verdict(updates: Sequence[UpdateQuality], fail_under: float | None, checks: Sequence[DatasetCheck] = ()) -> Verdict:
    """The last update decides by its state and flows, all of them by their rules, besides checks of data sets.

    `fail_under` is the least share of rows that must pass each rule, between 0 and 1; rules with an objective have to
    meet that too. Raises PipelineError if it is another number.
    """
    if fail_under is not None and not 0 <= fail_under <= 1:
        raise PipelineError(f"The least pass rate is {fail_under:g}", remedy="Give a number from 0 to 1, such as 0.98.")
    last = updates[-1]
    results = [result for update in updates for result in update.expectations]
    findings = rule_findings(updates, fail_under)
    failed = [check for check in checks if check.status == FAILED]
    warnings = (
        *(finding.why for finding in findings.values() if not finding.is_breach),
        *(check_text(check) for check in failed if not is_breach(check)),
    )
    breaches = (
        *_of_state(last),
        *_of_flows(last),
        *_of_rules(findings),
        *(check_text(check) for check in failed if is_breach(check)),
    )
    gaps = tuple(_gaps(last, results))
    for outcome, reasons in (
        (Outcome.BREACH, breaches),
        (Outcome.NOT_EVALUATED, gaps),
        (Outcome.AMBER, warnings),
    ):
        if reasons:
            return Verdict(outcome, reasons, fail_under, warnings)
    return Verdict(Outcome.GOOD, (), fail_under)


def rule_findings(updates: Sequence[UpdateQuality], fail_under: float | None) -> dict[ExpectationResult, Finding]:
    """Results that alone make a breach or are amber; an update that was started anew may have met a bad row."""
    found = {
        result: _finding(result, fail_under, is_of_last=update is updates[-1])
        for update in updates
        for result in update.expectations
    }
    return {result: finding for result, finding in found.items() if finding is not None}


def _of_state(update: UpdateQuality) -> Iterator[str]:
    if update.state == "FAILED":
        # Else the flows say why.
        is_early = update.errors and all(flow.status != "FAILED" for flow in update.flows)
        why = f": {update.errors[0]}" if is_early else ""
        yield f"Update {update.update_id} FAILED{why}"


def _of_flows(update: UpdateQuality) -> Iterator[str]:
    stopped_by_rule = {result.flow_name for result in update.expectations if result.status is RuleStatus.VIOLATED}
    for flow in update.flows:
        if flow.status == "FAILED" and flow.flow_name not in stopped_by_rule:
            yield f"Flow '{flow.flow_name}' into {flow.output} FAILED" + (f": {flow.error}" if flow.error else "")


def _of_rules(findings: Mapping[ExpectationResult, Finding]) -> Iterator[str]:
    breaches = {result: finding.why for result, finding in findings.items() if finding.is_breach}
    yield from (why for result, why in breaches.items() if result.status is RuleStatus.VIOLATED)
    yield from (why for result, why in breaches.items() if result.status is not RuleStatus.VIOLATED)


def _finding(result: ExpectationResult, fail_under: float | None, *, is_of_last: bool) -> Finding | None:
    name = f"Rule '{result.rule.name}' of {result.rule.dataset}"
    if result.status is RuleStatus.VIOLATED:
        why = f"{name} stopped flow '{result.flow_name}' at a row"
        return Finding(why, is_breach=True) if is_of_last else None
    if result.failed_rate is None:
        return None
    objective = result.entry.objective if result.entry else None
    most = objective.max_failed_rate if objective else None
    misses = objective is not None and most is not None and result.failed > _exact(most) * result.rows
    if objective and misses and objective.on_breach == "red":
        return Finding(_missed(name, result, most), is_breach=True)
    if fail_under is not None and result.passed < _exact(fail_under) * result.rows:
        share = result.passed / result.rows
        why = (
            f"{name} is passed by {share:.2%} of {result.rows} rows in flow '{result.flow_name}', "
            f"{fail_under:.2%} are asked for"
        )
        return Finding(why, is_breach=True)
    return Finding(_missed(name, result, most), is_breach=False) if misses else None


def _missed(name: str, result: ExpectationResult, most: float | None) -> str:
    # Most flows are called like what they write.
    is_own = (result.flow_name or "").endswith(result.rule.dataset)
    flow = "" if is_own else f" in flow '{result.flow_name}'"
    return f"{name} is failed by {rate_text(result)} of {result.rows} rows{flow}, its objective allows {most or 0:.2%}"


def _exact(share: float) -> Fraction:
    """As it was written: 0.07 * 100 is more than 7."""
    return Fraction(str(share))


def _gaps(last: UpdateQuality, results: Sequence[ExpectationResult]) -> Iterator[str]:
    if last.state not in ENDED:
        yield f"Update {last.update_id} has not ended: it is {last.state}"
    elif last.state == "CANCELED":
        yield f"Update {last.update_id} was CANCELED before its end"
    if not results:
        yield "The log names no expectation"
    elif all(result.status not in _SEEN for result in results):
        yield "No expectation saw a row"
