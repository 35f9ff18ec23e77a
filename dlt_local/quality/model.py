"""What an event log says about the quality of data: updates, flows, expectations, and a verdict."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from dlt_local.quality.measured import DatasetCheck, Sample
    from dlt_local.quality.rule_files import RuleEntry

EXIT_CODES = {"good": 0, "amber": 0, "breach": 1, "not_evaluated": 2}


class RuleStatus(StrEnum):
    """What became of one expectation in one flow of one update."""

    PASSED = "passed"
    FAILED = "failed"
    VIOLATED = "violated"  # an expect_or_fail met a bad row: the flow failed, further rows are unknown
    UNCOUNTED = "uncounted"  # an expect_or_fail that held, of which the log has no counts
    NO_DATA = "no_data"  # declared, but no row came by
    UNCHANGED = "unchanged"  # its materialized view was not computed again: the latest result holds
    NOT_RUN = "not_run"  # declared, but its flow failed before it saw one, was skipped or left out


class Outcome(StrEnum):
    """The answers of a gate; amber lets the data pass and says what is wrong with them."""

    GOOD = "good"
    AMBER = "amber"
    BREACH = "breach"
    NOT_EVALUATED = "not_evaluated"


@dataclass(frozen=True, slots=True)
class Rule:
    """An expectation as declared, as far as the log tells; `dataset` is `schema.name`, or the name of a view.

    `action` is ALLOW (the row is kept and counted), DROP or FAIL.
    """

    dataset: str
    name: str
    constraint_sql: str | None = None
    action: str | None = None
    source_file: str | None = None
    source_line: int | None = None

    @property
    def fingerprint(self) -> str | None:
        """SHA-256 of data set, name, SQL and action, a line each: it changes when the rule does."""
        if self.constraint_sql is None or self.action is None:
            return None
        parts = (self.dataset, self.name, self.constraint_sql, self.action)
        return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Trend:
    """How a rate compares with those of earlier updates.

    `rates` has one per update of the report's history until its own, None where the rule judged nothing or was another.
    `compared` earlier ones of the same kind of day give the median; `robust_z` needs seven that are not all alike.
    `is_unusual` is None if they are too few to tell.
    """

    rates: tuple[float | None, ...]
    compared: int
    median: float | None
    robust_z: float | None
    is_unusual: bool | None

    @property
    def delta(self) -> float | None:
        """The rate of the update itself, less the median."""
        now = self.rates[-1]
        return None if now is None or self.median is None else now - self.median


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """One expectation in one flow of one update, summed over its micro-batches.

    `counted` says of which rows: `new_rows` of a stream, `all_rows` of a materialized view, None if the log does not
    tell. After a violation `failed` is the least that is known, and the rate is unknown. `entry` is what a rule file
    says about the rule, `samples` are some of the rows that failed it.
    """

    update_id: str
    flow_name: str | None
    rule: Rule
    status: RuleStatus
    passed: int
    failed: int
    counted: str | None
    trend: Trend | None = None
    entry: RuleEntry | None = None
    samples: tuple[Sample, ...] = ()

    @property
    def sql(self) -> str | None:
        """The condition as its rule file has it, else as the log has."""
        return self.entry.sql if self.entry else self.rule.constraint_sql

    @property
    def action(self) -> str | None:
        """What becomes of a row that fails, as the rule file says it, else the log."""
        return self.entry.action if self.entry else self.rule.action

    @property
    def rows(self) -> int:
        """How many rows the expectation judged."""
        return self.passed + self.failed

    @property
    def failed_rate(self) -> float | None:
        """Failed rows of all, between 0 and 1; None without rows, or if the flow stopped at one."""
        known = self.status in {RuleStatus.PASSED, RuleStatus.FAILED}
        return self.failed / self.rows if known else None


@dataclass(frozen=True, slots=True)
class FlowResult:
    """How one flow of one update ended; `output` is its table or sink. Written are new, changed and deleted rows.

    `counted` says whether these are `new_rows` or `all_rows`, None if the log does not tell.
    """

    update_id: str
    flow_name: str
    output: str | None
    status: str
    rows_out: int
    rows_dropped: int
    error: str | None
    counted: str | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table, view or sink of the pipeline, and the data sets that its flows read."""

    name: str
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UpdateQuality:
    """One update; `rows_in` are rows from outside the pipeline, None if the log does not tell which flows take them.

    `rules` are those that it declared, None if the log does not tell. One that `only_validates` reads no data.
    """

    update_id: str
    pipeline_name: str | None
    source: str
    cause: str | None
    state: str
    started_at: datetime
    ended_at: datetime | None
    rows_in: int | None
    rows_out: int
    rows_dropped: int
    errors: tuple[str, ...]
    flows: tuple[FlowResult, ...]
    expectations: tuple[ExpectationResult, ...]
    not_known: tuple[str, ...]
    datasets: tuple[Dataset, ...]
    rules: tuple[Rule, ...] | None
    only_validates: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the data can be trusted, and why not; `warnings` are what is amber, whatever the outcome."""

    outcome: Outcome
    reasons: tuple[str, ...]
    fail_under: float | None
    warnings: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 good or amber, 1 breach, 2 could not be evaluated."""
        return EXIT_CODES[self.outcome]


@dataclass(frozen=True, slots=True)
class RuleChanges:
    """What became of the rules since an earlier update; `changed` has each rule as it was and as it is."""

    compared_with: str
    added: tuple[Rule, ...]
    removed: tuple[Rule, ...]
    changed: tuple[tuple[Rule, Rule], ...]


@dataclass(frozen=True, slots=True)
class PastUpdate:
    """An update that trends look at."""

    update_id: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class QualityReport:
    """A verdict over an update and those that it went on from, oldest first.

    `history` has the updates that trends look at, the last one included. `changes` are None if the log does not tell.
    `nothing_new` are later updates that found nothing new, so that the latest that did something is judged. `checks`
    are about data sets as a whole, `gaps` what rule files and measurements leave open.
    """

    verdict: Verdict
    updates: tuple[UpdateQuality, ...]
    history: tuple[PastUpdate, ...]
    changes: RuleChanges | None
    nothing_new: tuple[str, ...] = ()
    checks: tuple[DatasetCheck, ...] = ()
    gaps: tuple[str, ...] = ()

    @property
    def last(self) -> UpdateQuality:
        """The update that is judged."""
        return self.updates[-1]

    @property
    def expectations(self) -> tuple[ExpectationResult, ...]:
        """Those of all updates."""
        return tuple(result for update in self.updates for result in update.expectations)

    @property
    def not_known(self) -> tuple[str, ...]:
        """What the log does not tell of any of its updates, and what else is not known, each once."""
        of_log = (gap for update in self.updates for gap in update.not_known)
        return tuple(dict.fromkeys((*of_log, *self.gaps)))


def without_catalog(dataset: str) -> str:
    """`schema.name` of a full name."""
    return ".".join(dataset.split(".")[-2:])
