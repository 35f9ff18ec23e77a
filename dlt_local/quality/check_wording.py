"""The words and orders of checks of data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt_local.quality.measured import FAILED, NOT_EVALUATED, PASSED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlt_local.quality.measured import DatasetCheck

CHECK_COLUMNS = ("data set", "check", "severity", "status", "observed", "expected", "details", "engine")
_SAID = {PASSED: "passed", FAILED: "failed", NOT_EVALUATED: "not evaluated"}
_STATUSES = (FAILED, NOT_EVALUATED, PASSED)
_SEVERITIES = ("critical", "warning", "info")


def is_breach(check: DatasetCheck) -> bool:
    """Whether a check is a breach; a failed one that is not is amber."""
    return check.status == FAILED and check.severity == "critical"


def worst_checks_first(checks: Iterable[DatasetCheck]) -> list[DatasetCheck]:
    """Failed ones by severity, then those not evaluated, then those passed."""
    return sorted(
        checks,
        key=lambda check: (_STATUSES.index(check.status), _SEVERITIES.index(check.severity), check.dataset, check.name),
    )


def checks_to_look_at(checks: Iterable[DatasetCheck]) -> tuple[list[DatasetCheck], str]:
    """Those that did not pass, the worst first, and a sentence on the others."""
    ordered = worst_checks_first(checks)
    passed = sum(check.status == PASSED for check in ordered)
    told = f"{passed} of {len(ordered)} checks of data sets passed." if ordered else ""
    return [check for check in ordered if check.status != PASSED], told


def check_text(check: DatasetCheck) -> str:
    """One check in one sentence."""
    said = f"was {_SAID[check.status]}" if check.status == NOT_EVALUATED else _SAID[check.status]
    found = f"{observed_text(check)} found" if check.observed is not None else ""
    expected = f"{expected_text(check)} expected" if expected_text(check) else ""
    facts = ", ".join(fact for fact in (found, expected) if fact)
    about = "; ".join(fact for fact in (facts, check.details) if fact)
    return f"Check '{check.name}' of {check.dataset} {said}" + (f": {about}" if about else "")


def check_cells(check: DatasetCheck) -> tuple[str, ...]:
    """One row of a table of checks, under CHECK_COLUMNS."""
    return (
        check.dataset,
        check.name,
        check.severity,
        _SAID[check.status],
        observed_text(check),
        expected_text(check),
        check.details,
        check.engine,
    )


def observed_text(check: DatasetCheck) -> str:
    """What was found, as far as it is a number."""
    return "" if check.observed is None else _number(check.observed)


def expected_text(check: DatasetCheck) -> str:
    """Between what that should lie."""
    low, high = check.low, check.high
    if low is not None and high is not None:
        return _number(low) if low == high else f"{_number(low)} to {_number(high)}"
    if low is not None:
        return f"at least {_number(low)}"
    return "" if high is None else f"at most {_number(high)}"


def _number(number: float) -> str:
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.4g}"
