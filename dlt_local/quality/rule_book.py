"""What rule files say: the rules of each data set, who answers for it, and how much is too much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ACTIONS = ("warn", "flag", "quarantine", "drop", "fail")
SEVERITIES = ("critical", "warning", "info")
DIMENSIONS = ("completeness", "validity", "uniqueness", "consistency", "timeliness", "accuracy")
ON_BREACH = ("red", "amber")
CHECK_KINDS = ("unique", "columns", "row_count", "rows_equal", "no_rows", "fresh", "distribution")


@dataclass(frozen=True, slots=True)
class Objective:
    """How much is too much, and whether that is `red` or `amber`.

    A rule has `max_failed_rate`, between 0 and 1; a data set as a whole `min_rows`, `max_staleness_s` or both.
    """

    max_failed_rate: float | None
    min_rows: int | None
    max_staleness_s: int | None
    on_breach: str


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """One rule: a name that reads as a fact and a SQL predicate over the row; only TRUE keeps it.

    `observed` is a SQL expression that samples show. The source is the file, and the line at which the rule begins.
    """

    dataset: str
    name: str
    sql: str
    action: str
    severity: str
    dimension: str
    owner: str
    objective: Objective | None
    observed: str | None
    source_file: str
    source_line: int


@dataclass(frozen=True, slots=True)
class CheckEntry:
    """One question about a data set as a whole; `arguments` are the fields beside these, each kind has its own."""

    dataset: str
    name: str
    kind: str
    severity: str
    arguments: Mapping[str, Any]
    source_file: str
    source_line: int


@dataclass(frozen=True, slots=True)
class RuleFile:
    """What one file says about one data set.

    `keys` are the columns that tell a row in samples, `samples_from` a table whose array column `reasons` names the
    violated rules of each row.
    """

    dataset: str
    owner: str
    keys: tuple[str, ...]
    samples_from: str | None
    objective: Objective | None
    rules: tuple[RuleEntry, ...]
    checks: tuple[CheckEntry, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rule files of a folder, in the order of their names."""

    files: tuple[RuleFile, ...]

    @property
    def rules(self) -> tuple[RuleEntry, ...]:
        """The rules of all data sets."""
        return tuple(rule for file in self.files for rule in file.rules)

    def dataset(self, dataset: str) -> RuleFile | None:
        """The file about a data set, None if there is none."""
        return next((file for file in self.files if file.dataset == dataset), None)

    def rule(self, dataset: str, name: str) -> RuleEntry | None:
        """A rule of a data set, None if no file has it."""
        file = self.dataset(dataset)
        return next((rule for rule in file.rules if rule.name == name), None) if file else None
