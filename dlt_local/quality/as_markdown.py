"""The report for summaries of jobs and comments on pull requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlt_local.quality.model import RuleStatus
from dlt_local.quality.wording import OUTCOMES, RULE_COLUMNS, notice, rule_cells, update_line, worst_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlt_local.quality.model import ExpectationResult, QualityReport

# GitHub takes no larger summary of a comment.
MOST_CHARACTERS = 60_000
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&$@!])")


def markdown_text(report: QualityReport) -> str:
    """Verdict, updates, flows in trouble, and every rule, the worst first; names from outside are escaped."""
    text, left_out = "", 0
    for line in _lines(report):
        if left_out or len(text) + len(line) > MOST_CHARACTERS:
            left_out += 1
        else:
            text += f"{line}\n"
    return text + (f"\n{left_out} more lines are left out; the JSON report has all.\n" if left_out else "")


def _lines(report: QualityReport) -> Iterator[str]:
    yield f"# Data quality: {OUTCOMES[report.verdict.outcome]}"
    yield ""
    for reason in report.verdict.reasons:
        yield f"- {_plain(reason)}"
    if report.verdict.reasons:
        yield ""
    for update in report.updates:
        yield f"{_plain(update_line(update))}."
        yield ""
    if told := notice(report):
        yield _plain(told)
        yield ""
    rules = worst_first(report)
    yield from _table((result for result in rules if result.status is not RuleStatus.PASSED), "Rules to look at")
    yield from _table((result for result in rules if result.status is RuleStatus.PASSED), "Rules that every row passed")
    if report.not_known:
        yield f"The log does not know {_plain('; '.join(report.not_known))}."


def _table(results: Iterable[ExpectationResult], title: str) -> Iterator[str]:
    rows = [_row(result) for result in results]
    if rows:
        yield f"## {title}"
        yield ""
        yield f"| {' | '.join(RULE_COLUMNS)} |"
        yield "|---|---|---|--:|--:|---|---|"
        yield from rows
        yield ""


def _row(result: ExpectationResult) -> str:
    return f"| {' | '.join(_plain(cell) for cell in rule_cells(result))} |"


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
