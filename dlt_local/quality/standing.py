"""How a rule, or a data set by its worst rule, stands: for the eye, in one of five ways."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from dlt_local.quality.model import RuleStatus
from dlt_local.quality.wording import is_evaluated, rate_text

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from dlt_local.quality.model import ExpectationResult


class Standing(StrEnum):
    """The worst first."""

    BREACH = "breach"
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
    Standing.FAILED: "▲",
    Standing.OPEN: "○",
    Standing.PASSED: "✓",
    Standing.NO_RULE: "·",
}
_WORDS = {
    Standing.BREACH: "breach",
    Standing.FAILED: "rows failed",
    Standing.OPEN: "not evaluated",
    Standing.PASSED: "passed",
    Standing.NO_RULE: "no rule",
}


def standing(result: ExpectationResult, breaches: Container[ExpectationResult]) -> Standing:
    """The standing of one result."""
    if result in breaches:
        return Standing.BREACH
    if not is_evaluated(result):
        return Standing.OPEN
    return Standing.PASSED if result.status is RuleStatus.PASSED else Standing.FAILED


def worst_of(
    results: Iterable[ExpectationResult], breaches: Container[ExpectationResult]
) -> dict[str, tuple[Standing, str]]:
    """By data set the standing of its worst rule, and that in a few words."""
    of_dataset: dict[str, list[tuple[Standing, ExpectationResult]]] = {}
    for result in results:
        of_dataset.setdefault(result.rule.dataset, []).append((standing(result, breaches), result))
    return {dataset: _worst(stands) for dataset, stands in of_dataset.items()}


def _worst(stands: list[tuple[Standing, ExpectationResult]]) -> tuple[Standing, str]:
    worst, result = min(stands, key=lambda stand: (stand[0].rank, -(stand[1].failed_rate or 0.0)))
    if worst is Standing.PASSED:
        rules = {result.rule.name for _, result in stands}
        return worst, f"{len(rules)} rules passed" if len(rules) > 1 else "1 rule passed"
    return worst, f"{rate_text(result)} {result.rule.name}" if worst is not Standing.OPEN else rate_text(result)
