"""The report for a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dlt_local.quality.check_wording import CHECK_COLUMNS, check_cells, checks_to_look_at
from dlt_local.quality.measured import FAILED, NOT_EVALUATED
from dlt_local.quality.model import Outcome, RuleStatus
from dlt_local.quality.wording import OUTCOMES, notice, rule_cells, rule_columns, update_line, worst_first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlt_local.quality.model import QualityReport, Verdict

_ANY_WIDTH = 100_000
_OUTCOME_STYLES = {
    Outcome.GOOD: "bold green",
    Outcome.AMBER: "yellow",
    Outcome.BREACH: "bold red",
    Outcome.NOT_EVALUATED: "bold yellow",
}
_CHECK_STYLES = {FAILED: "yellow", NOT_EVALUATED: "dim"}
_RULE_STYLES = {
    RuleStatus.VIOLATED: "red",
    RuleStatus.FAILED: "yellow",
    RuleStatus.NO_DATA: "dim",
    RuleStatus.NOT_RUN: "dim",
    RuleStatus.UNCHANGED: "dim",
}


def print_report(report: QualityReport) -> None:
    """Verdict, updates, every rule and check, the worst first; the colour repeats what the words say."""
    console = Console(width=None if sys.stdout.isatty() else _ANY_WIDTH, highlight=False)
    for update in report.updates:
        console.print(Text(update_line(update)))
    if told := notice(report):
        console.print(Text(told))
    columns = rule_columns(report)
    rules = [(rule_cells(one, columns), _RULE_STYLES.get(one.status, "")) for one in worst_first(report)]
    to_look_at, others = checks_to_look_at(report.checks)
    checks = [(check_cells(one), _CHECK_STYLES[one.status]) for one in to_look_at]
    _print_grid(console, columns, rules)
    _print_grid(console, CHECK_COLUMNS, checks)
    if others:
        console.print(Text(others))
    for gap in report.not_known:
        console.print(Text(f"Not known: {gap}", style="dim"))
    print_verdict(console, report.verdict)


def _print_grid(console: Console, columns: Sequence[str], rows: Sequence[tuple[Sequence[str], str]]) -> None:
    grid = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        grid.add_column(column.upper(), overflow="fold")
    for cells, style in rows:
        grid.add_row(*map(Text, cells), style=style)
    if rows:
        console.print(grid)


def print_verdict(console: Console, verdict: Verdict) -> None:
    """The outcome in a word, and the reasons below it."""
    console.print(Text(OUTCOMES[verdict.outcome], style=_OUTCOME_STYLES[verdict.outcome]))
    for reason in verdict.reasons:
        console.print(Text(f"  {reason}"))
    if verdict.outcome is not Outcome.AMBER:
        for warning in verdict.warnings:
            console.print(Text(f"  amber: {warning}"))
