"""Judges updates: a breach is what is known to be wrong, and what is not known is never good."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from dlt_local.errors import PipelineError
from dlt_local.quality.counting import ENDED
from dlt_local.quality.model import Outcome, RuleStatus, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dlt_local.quality.model import ExpectationResult, UpdateQuality

_SEEN = frozenset({RuleStatus.PASSED, RuleStatus.FAILED, RuleStatus.VIOLATED})


def verdict(updates: Sequence[UpdateQuality], fail_under: float | None) -> Verdict:
    """The last update decides by its state and flows, all of them by their rules.

    `fail_under` is the least share of rows that must pass each rule, between 0 and 1. Raises PipelineError if it is
    another number.
    """
    if fail_under is not None and not 0 <= fail_under <= 1:
        raise PipelineError(f"The least pass rate is {fail_under:g}", remedy="Give a number from 0 to 1, such as 0.98.")
    last = updates[-1]
    results = [result for update in updates for result in update.expectations]
    breaches = [*_of_state(last), *_of_flows(last), *_of_rules(rule_breaches(updates, fail_under))]
    if breaches:
        return Verdict(Outcome.BREACH, tuple(breaches), fail_under)
    gaps = tuple(_gaps(last, results))
    return Verdict(Outcome.NOT_EVALUATED if gaps else Outcome.GOOD, gaps, fail_under)


def rule_breaches(updates: Sequence[UpdateQuality], fail_under: float | None) -> dict[ExpectationResult, str]:
    """Results that alone make a breach, and why; an update that was started anew may have met a bad row."""
    found = {
        result: _breach(result, fail_under, is_of_last=update is updates[-1])
        for update in updates
        for result in update.expectations
    }
    return {result: why for result, why in found.items() if why is not None}


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


def _of_rules(breaches: Mapping[ExpectationResult, str]) -> Iterator[str]:
    yield from (why for result, why in breaches.items() if result.status is RuleStatus.VIOLATED)
    yield from (why for result, why in breaches.items() if result.status is not RuleStatus.VIOLATED)


def _breach(result: ExpectationResult, fail_under: float | None, *, is_of_last: bool) -> str | None:
    name = f"Rule '{result.rule.name}' of {result.rule.dataset}"
    if result.status is RuleStatus.VIOLATED:
        return f"{name} stopped flow '{result.flow_name}' at a row" if is_of_last else None
    if fail_under is None or result.failed_rate is None:
        return None
    # As it was written: 0.07 * 100 is more than 7.
    if result.passed >= Fraction(str(fail_under)) * result.rows:
        return None
    share = result.passed / result.rows
    return (
        f"{name} is passed by {share:.2%} of {result.rows} rows in flow '{result.flow_name}', "
        f"{fail_under:.2%} are asked for"
    )


def _gaps(last: UpdateQuality, results: Sequence[ExpectationResult]) -> Iterator[str]:
    if last.state not in ENDED:
        yield f"Update {last.update_id} has not ended: it is {last.state}"
    elif last.state == "CANCELED":
        yield f"Update {last.update_id} was CANCELED before its end"
    if not results:
        yield "The log names no expectation"
    elif all(result.status not in _SEEN for result in results):
        yield "No expectation saw a row"
