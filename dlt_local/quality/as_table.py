"""The report for a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dlt_local.quality.model import Outcome, RuleStatus
from dlt_local.quality.wording import OUTCOMES, RULE_COLUMNS, notice, rule_cells, update_line, worst_first

if TYPE_CHECKING:
    from dlt_local.quality.model import QualityReport

_ANY_WIDTH = 100_000
_OUTCOME_STYLES = {Outcome.GOOD: "bold green", Outcome.BREACH: "bold red", Outcome.NOT_EVALUATED: "bold yellow"}
_RULE_STYLES = {
    RuleStatus.VIOLATED: "red",
    RuleStatus.FAILED: "yellow",
    RuleStatus.NO_DATA: "dim",
    RuleStatus.NOT_RUN: "dim",
    RuleStatus.UNCHANGED: "dim",
}


def print_report(report: QualityReport) -> None:
    """Verdict, updates and every rule, the worst first; the colour repeats what the words say."""
    console = Console(width=None if sys.stdout.isatty() else _ANY_WIDTH, highlight=False)
    for update in report.updates:
        console.print(Text(update_line(update)))
    if told := notice(report):
        console.print(Text(told))
    grid = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in RULE_COLUMNS:
        grid.add_column(column.upper(), overflow="fold")
    for result in worst_first(report):
        grid.add_row(*map(Text, rule_cells(result)), style=_RULE_STYLES.get(result.status, ""))
    if grid.row_count:
        console.print(grid)
    for gap in report.not_known:
        console.print(Text(f"The log does not know {gap}.", style="dim"))
    outcome = report.verdict.outcome
    console.print(Text(OUTCOMES[outcome], style=_OUTCOME_STYLES[outcome]))
    for reason in report.verdict.reasons:
        console.print(Text(f"  {reason}"))
