"""The report for summaries of jobs and comments on pull requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlt_local.quality.check_wording import CHECK_COLUMNS, check_cells, checks_to_look_at
from dlt_local.quality.model import Outcome, RuleStatus
from dlt_local.quality.wording import OUTCOMES, keys_text, notice, rule_cells, rule_columns, update_line, worst_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlt_local.quality.model import ExpectationResult, QualityReport

# GitHub takes no larger summary of a comment.
MOST_CHARACTERS = 60_000
_MOST_SAMPLES = 3
_NUMBERS = frozenset({"failed", "rate", "observed"})
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
    yield from _list("", report.verdict.reasons)
    yield from _list("Amber:", () if report.verdict.outcome is Outcome.AMBER else report.verdict.warnings)
    for update in report.updates:
        yield f"{_plain(update_line(update))}."
        yield ""
    if told := notice(report):
        yield _plain(told)
        yield ""
    rules, columns = worst_first(report), rule_columns(report)
    failed = [result for result in rules if result.status is not RuleStatus.PASSED]
    yield from _table("Rules to look at", columns, (rule_cells(result, columns) for result in failed))
    to_look_at, others = checks_to_look_at(report.checks)
    yield from _table("Checks of data sets to look at", CHECK_COLUMNS, map(check_cells, to_look_at))
    yield from (others, "") if others else ()
    yield from _samples(failed)
    passed = [result for result in rules if result.status is RuleStatus.PASSED]
    yield from _table("Rules that every row passed", columns, (rule_cells(result, columns) for result in passed))
    yield from _list("Not known:", report.not_known)


def _list(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield from (title, "") if title else ()
        yield from (f"- {_plain(item)}" for item in items)
        yield ""


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    lines = [f"| {' | '.join(map(_plain, row))} |" for row in rows]
    if lines:
        yield f"## {title}"
        yield ""
        yield f"| {' | '.join(columns)} |"
        yield f"|{'|'.join('--:' if column in _NUMBERS else '---' for column in columns)}|"
        yield from lines
        yield ""


def _samples(results: Iterable[ExpectationResult]) -> Iterator[str]:
    """A few rows of each rule; the page has more."""
    rows = [
        (result.rule.dataset, result.rule.name, keys_text(sample), sample.observed or "", sample.position)
        for result in results
        for sample in result.samples[:_MOST_SAMPLES]
    ]
    yield from _table("Samples of failed rows", ("data set", "rule", "keys", "observed", "came from"), rows)


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
