"""Rules as a page of documentation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt_local.quality.rule_book import CheckEntry, Objective, RuleBook, RuleEntry, RuleFile

_DONE = {
    "warn": "counted",
    "flag": "row flagged",
    "quarantine": "row in quarantine",
    "drop": "row dropped",
    "fail": "update fails",
}
_SECONDS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def rules_markdown(book: RuleBook) -> str:
    """A table of contents, then each data set with its owner, objective, rules and checks."""
    return "\n".join(_lines(book)) + "\n"


def objective_text(objective: Objective | None) -> str:
    """An objective in words, empty without one."""
    if objective is None:
        return ""
    rate = objective.max_failed_rate
    limits = (
        None if rate is None else f"at most {rate * 100:g} % violate it" if rate else "no row violates it",
        None if objective.min_rows is None else f"at least {objective.min_rows} row{'s' * (objective.min_rows > 1)}",
        None if objective.max_staleness_s is None else f"at most {_duration(objective.max_staleness_s)} old",
    )
    return f"{', '.join(filter(None, limits))}, else {objective.on_breach}"


def _lines(book: RuleBook) -> Iterator[str]:
    yield "# Rules"
    yield ""
    yield "Made by `dlt-local rules --format markdown` from the rule files; do not edit."
    yield ""
    yield " · ".join(f"[{file.dataset}](#{file.dataset.replace('.', '').lower()})" for file in book.files)
    for file in book.files:
        yield from _described(file)


def _described(file: RuleFile) -> Iterator[str]:
    yield from ("", f"## {file.dataset}", "")
    yield " ".join(_facts(file))
    if file.rules:
        yield ""
        yield "| rule | condition | on violation | severity | dimension | objective |"
        yield "|---|---|---|---|---|---|"
        yield from map(_rule, file.rules)
    if file.checks:
        yield from ("", "| check | kind | of | severity |", "|---|---|---|---|")
        yield from map(_check, file.checks)


def _facts(file: RuleFile) -> Iterator[str]:
    yield f"Owner: {file.owner}."
    if file.objective:
        yield f"Objective: {objective_text(file.objective)}."
    if file.keys:
        table = f" of `{file.samples_from}`" if file.samples_from else ""
        yield f"Samples show {', '.join(f'`{key}`' for key in file.keys)}{table}."


def _rule(rule: RuleEntry) -> str:
    cells = (rule.name, _code(rule.sql), _DONE[rule.action], rule.severity, rule.dimension)
    return f"| {' | '.join(map(_cell, (*cells, objective_text(rule.objective))))} |"


def _check(check: CheckEntry) -> str:
    arguments = ", ".join(f"{name}: {_argument(value)}" for name, value in check.arguments.items())
    return f"| {' | '.join(map(_cell, (check.name, check.kind, arguments, check.severity)))} |"


def _argument(value: object) -> str:
    return _code(value if isinstance(value, str) else json.dumps(value))


def _code(text: str) -> str:
    return f"`{' '.join(text.split())}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _duration(seconds: int) -> str:
    unit, length = next(((unit, length) for unit, length in _SECONDS if seconds % length == 0), ("second", 1))
    number = seconds // length
    return f"{number} {unit}{'s' * (number > 1)}"
