"""Rules for a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dlt_local.quality.rules_as_markdown import objective_text

if TYPE_CHECKING:
    from dlt_local.quality.rule_book import RuleBook

_ANY_WIDTH = 100_000
_COLUMNS = ("DATA SET", "RULE", "CONDITION", "ACTION", "SEVERITY", "OBJECTIVE")


def print_rules(book: RuleBook) -> None:
    """One table of the rules, a section per data set, and one of the checks if there are any."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else _ANY_WIDTH, highlight=False)
    grid = Table(*_COLUMNS, box=SIMPLE_HEAD, pad_edge=False)
    for file in book.files:
        for number, rule in enumerate(file.rules):
            name = "" if number else file.dataset
            cells = (name, rule.name, rule.sql, rule.action, rule.severity, objective_text(rule.objective))
            grid.add_row(*map(Text, cells), end_section=rule is file.rules[-1])
    console.print(grid)
    checks = [check for file in book.files for check in file.checks]
    if checks:
        grid = Table("DATA SET", "CHECK", "KIND", "SEVERITY", box=SIMPLE_HEAD, pad_edge=False)
        for check in checks:
            grid.add_row(*map(Text, (check.dataset, check.name, check.kind, check.severity)))
        console.print(grid)
