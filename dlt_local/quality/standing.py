"""How a rule, a check, or a data set by the worst of them stands: for the eye, in one of six ways."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from dlt_local.quality.check_wording import is_breach
from dlt_local.quality.measured import FAILED, NOT_EVALUATED
from dlt_local.quality.model import RuleStatus
from dlt_local.quality.wording import is_evaluated, rate_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dlt_local.quality.measured import DatasetCheck
    from dlt_local.quality.model import ExpectationResult
    from dlt_local.quality.verdict import Finding


class Standing(StrEnum):
    """The worst first."""

    BREACH = "breach"
    AMBER = "amber"
    FAILED = "failed"
    OPEN = "open"  # not evaluated
    PASSED = "passed"
    NO_RULE = "none"

    @property
    def symbol(self) -> str:
        """Tells the standings apart where there is no colour."""
        return _SYMBOLS[self]

    @property
    def word(self) -> str:
        """What the symbol means."""
        return _WORDS[self]

    @property
    def rank(self) -> int:
        """Smaller is worse."""
        return list(Standing).index(self)


_SYMBOLS = {
    Standing.BREACH: "✕",
    Standing.AMBER: "▲",
    Standing.FAILED: "△",
    Standing.OPEN: "○",
    Standing.PASSED: "✓",
    Standing.NO_RULE: "·",
}
_WORDS = {
    Standing.BREACH: "breach",
    Standing.AMBER: "amber",
    Standing.FAILED: "rows failed",
    Standing.OPEN: "not evaluated",
    Standing.PASSED: "passed",
    Standing.NO_RULE: "no rule",
}


def standing(result: ExpectationResult, findings: Mapping[ExpectationResult, Finding]) -> Standing:
    """The standing of one result."""
    finding = findings.get(result)
    if finding:
        return Standing.BREACH if finding.is_breach else Standing.AMBER
    if not is_evaluated(result):
        return Standing.OPEN
    return Standing.PASSED if result.status is RuleStatus.PASSED else Standing.FAILED


def standing_of_check(check: DatasetCheck) -> Standing:
    """The standing of one check."""
    if check.status == NOT_EVALUATED:
        return Standing.OPEN
    return Standing.BREACH if is_breach(check) else Standing.AMBER if check.status == FAILED else Standing.PASSED


def worst_of(
    results: Iterable[ExpectationResult],
    findings: Mapping[ExpectationResult, Finding],
    checks: Iterable[DatasetCheck] = (),
) -> dict[str, tuple[Standing, str]]:
    """By data set the standing of its worst rule or failed check, and that in a few words."""
    of_dataset: dict[str, list[tuple[Standing, ExpectationResult]]] = {}
    for result in results:
        of_dataset.setdefault(result.rule.dataset, []).append((standing(result, findings), result))
    worst = {dataset: _worst(stands) for dataset, stands in of_dataset.items()}
    for check in checks:
        stands = standing_of_check(check)
        if check.status == FAILED and stands.rank < worst.get(check.dataset, (Standing.NO_RULE, ""))[0].rank:
            worst[check.dataset] = (stands, f"check {check.name}")
    return worst


def _worst(stands: list[tuple[Standing, ExpectationResult]]) -> tuple[Standing, str]:
    worst, result = min(stands, key=lambda stand: (stand[0].rank, -(stand[1].failed_rate or 0.0)))
    if worst is Standing.PASSED:
        rules = {result.rule.name for _, result in stands}
        return worst, f"{len(rules)} rules passed" if len(rules) > 1 else "1 rule passed"
    return worst, f"{rate_text(result)} {result.rule.name}" if worst is not Standing.OPEN else rate_text(result)
