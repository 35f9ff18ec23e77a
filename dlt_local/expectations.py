"""Enforces expectations in the pass that writes: counts every rule, drops, or fails at the first bad row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

from dlt_local.api.definitions import Action, Expectation
from dlt_local.errors import DefinitionError, first_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VIOLATION = "[EXPECTATION_VIOLATION.VERBOSITY_ALL]"
_VIOLATION_END = "Missing input data: true"


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many rows passed and failed one rule of a data set in one pass."""

    name: str
    dataset: str
    passed: int
    failed: int


@dataclass(frozen=True, slots=True)
class Check:
    """Rules of one data set inside one query, under the name that Spark reports their counts by."""

    metric: str
    dataset: str
    rules: tuple[Expectation, ...]
    observation: Observation | None = None

    def counts(self, observed: Mapping[str, Any]) -> list[RuleCount]:
        """Per rule, from one observed metric row."""
        total = int(observed["rows"] or 0)
        failed = [int(observed[f"failed_{number}"] or 0) for number in range(len(self.rules))]
        pairs = zip(self.rules, failed, strict=True)
        return [RuleCount(rule.name, self.dataset, total - count, count) for rule, count in pairs]


def passes(rule: Expectation) -> Column:
    """TRUE where the row satisfies the rule, FALSE elsewhere: NULL is a violation."""
    predicate = rule.predicate if isinstance(rule.predicate, Column) else F.expr(rule.predicate)
    return F.coalesce(predicate.cast("boolean"), F.lit(col=False))


def check_predicates(frame: DataFrame, dataset: str, rules: Sequence[Expectation]) -> None:
    """Analyse every rule against the columns it will see; a broken one is reported at its own line."""
    if not rules:
        return
    try:
        frame.select(*[passes(rule).alias(f"rule_{number}") for number, rule in enumerate(rules)])
    except PySparkException:
        for rule in rules:
            _check_one(frame, dataset, rule)
        raise


def _check_one(frame: DataFrame, dataset: str, rule: Expectation) -> None:
    try:
        frame.select(passes(rule).alias("rule"))
    except PySparkException as error:
        message = f"Expectation '{rule.name}' of '{dataset}' cannot be evaluated: {first_line(error)}"
        raise DefinitionError(message, where=rule.location) from error


def enforced(frame: DataFrame, check: Check, *, flow: str) -> DataFrame:
    """The rows that may be written; Spark counts all rules on all rows in the same pass.

    `observe` comes first: it counts rows before any is dropped, and keeps Spark from pushing the rules
    below the parsing that feeds them, which would parse once per rule.
    """
    with_drop = [rule for rule in check.rules if rule.action is Action.DROP]
    with_fail = [rule for rule in check.rules if rule.action is Action.FAIL]
    counts = [F.count_if(~passes(rule)).alias(f"failed_{number}") for number, rule in enumerate(check.rules)]
    dropped = F.count_if(~_all_pass(with_drop)).alias("dropped")
    observed = frame.observe(check.observation or check.metric, F.count(F.lit(1)).alias("rows"), dropped, *counts)
    if with_fail:
        observed = observed.filter(
            F.when(_all_pass(with_fail), F.lit(col=True)).otherwise(_failure(frame, with_fail, flow))
        )
    return observed.filter(_all_pass(with_drop)) if with_drop else observed


def _all_pass(rules: Sequence[Expectation]) -> Column:
    result = F.lit(col=True)
    for rule in rules:
        result = result & passes(rule)
    return result


def _failure(frame: DataFrame, rules: Sequence[Expectation], flow: str) -> Column:
    violated = F.array_join(
        F.array_compact(F.array(*[F.when(~passes(rule), F.lit(rule.name)) for rule in rules])), ", "
    )
    record = F.to_json(F.struct(*[F.col(f"`{name}`") for name in frame.columns]))
    message = F.concat(
        F.lit(f"{VIOLATION} Flow '{flow}' failed to meet the expectation. Violated expectations: '"),
        violated,
        F.lit("'. Input data: '"),
        record,
        F.lit("'. Output record: '"),
        record,
        F.lit(f"'. {_VIOLATION_END}"),
    )
    return F.raise_error(message).cast("boolean")


def violation_message(text: str) -> str | None:
    """The expectation failure inside a message of Spark, None if it is something else."""
    # A message may show the plan too, in which the parts of the failure stand unevaluated.
    _, raised, rest = text.partition(f"[USER_RAISED_EXCEPTION] {VIOLATION}")
    message, ended, _ = rest.partition(_VIOLATION_END)
    return f"{VIOLATION}{message}{_VIOLATION_END}" if raised and ended else None
