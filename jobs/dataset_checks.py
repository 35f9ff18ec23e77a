"""A job task: the `checks` of the rule files, asked about each data set as a whole by Great Expectations.

The answers go into `dq_dataset_checks` with engine gx, for the latest update; they hold counts and measures, no rows of
data. Without the package each check is written as not evaluated, with the reason.

Each check has a name, a kind, a severity, and the arguments of its kind. `{bronze}`, `{silver}` and `{gold}` stand for
the schemas of the layers.

unique        columns, where: no two rows that meet the condition have the same values in them, none of them is NULL
columns       columns: the data set has these, each with this type, and no others
row_count     min, max: how many rows it has
rows_equal    table, where, table_where: it has as many rows as another table, either of them limited by a condition
no_rows       sql: a query about the data set, called {batch}, and any other tables, which finds no row
fresh         column, clock, max_age_s: the latest time in the column is at most so much older than --as-of, or without
              it than the latest time of the clock, a column of another table
distribution  column, edges, shares, max_divergence: how far the shares of values below, between and from these edges
              on may be from the reference (Kullback-Leibler)
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from pyspark.sql import functions as sf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pyspark.sql import DataFrame

_PACKAGE = "great_expectations"
_COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
_RESULTS = """
    update_id STRING, dataset STRING, check_name STRING, engine STRING, severity STRING, status STRING, observed DOUBLE,
    expected_low DOUBLE, expected_high DOUBLE, details_json STRING, checked_at TIMESTAMP
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a rule file about the table of its data set."""

    dataset: str
    table: str
    name: str
    kind: str
    severity: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check found; `passed` is None if it could not be evaluated, for the reason."""

    passed: bool | None
    observed: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None

    @property
    def status(self) -> str:
        """As `dq_dataset_checks` has it."""
        return "not_evaluated" if self.passed is None else "passed" if self.passed else "failed"


def read_checks(folder: Path, schemas: Mapping[str, str]) -> list[Check]:
    """All checks of a folder of rule files, with the tables of this workspace."""
    found = []
    for file in sorted(folder.glob("*.yml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        layer, _, table = content["dataset"].rpartition(".")
        for check in content.get("checks", ()):
            _require_known(file, check)
            arguments = {key: _placed(value, schemas) for key, value in check.items() if key not in _OF_ALL}
            dataset = f"{schemas[layer].rpartition('.')[2]}.{table}"
            found.append(
                Check(dataset, f"{schemas[layer]}.{table}", check["name"], check["kind"], check["severity"], arguments)
            )
    return found


_OF_ALL = frozenset({"name", "kind", "severity"})
# By kind: what it needs, and what it may have beside that.
_ARGUMENTS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "unique": (frozenset({"columns"}), frozenset({"where"})),
    "columns": (frozenset({"columns"}), frozenset()),
    "row_count": (frozenset(), frozenset({"min", "max"})),
    "rows_equal": (frozenset({"table"}), frozenset({"where", "table_where"})),
    "no_rows": (frozenset({"sql"}), frozenset()),
    "fresh": (frozenset({"column", "clock", "max_age_s"}), frozenset()),
    "distribution": (frozenset({"column", "edges", "shares", "max_divergence"}), frozenset()),
}


def _require_known(file: Path, check: Mapping[str, Any]) -> None:
    """Raises for a kind that there is not, and for arguments that it lacks or does not take."""
    if check["kind"] not in _ARGUMENTS:
        raise ValueError(f"{file}: check '{check['name']}' is of no kind that there is: {check['kind']}")
    needed, possible = _ARGUMENTS[check["kind"]]
    given = check.keys() - _OF_ALL
    for what, names in (("lacks", needed - given), ("does not take", given - needed - possible)):
        if names:
            raise ValueError(f"{file}: check '{check['name']}' {what} {', '.join(sorted(names))}")


def _placed(value: Any, schemas: Mapping[str, str]) -> Any:
    """An argument with the names of the layers' schemas in it."""
    if isinstance(value, dict):
        return {key: _placed(item, schemas) for key, item in value.items()}
    if isinstance(value, str):
        for layer, schema in schemas.items():
            value = value.replace(f"{{{layer}}}", schema)
    return value


@dataclass
class Validator:
    """Asks the questions, each kind by one expectation about the table or about what was computed from it."""

    spark: SparkSession
    as_of: datetime | None

    @cached_property
    def context(self) -> Any:
        """A context that keeps nothing and calls nobody."""
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        return context

    @cached_property
    def source(self) -> Any:
        """Databricks serverless refuses to persist data frames."""
        return self.context.data_sources.add_spark("tables", persist=False)

    @property
    def _kinds(self) -> Mapping[str, Callable[[Check], Answer]]:
        return {
            "unique": self._unique,
            "columns": self._columns,
            "row_count": self._row_count,
            "rows_equal": self._rows_equal,
            "no_rows": self._no_rows,
            "fresh": self._fresh,
            "distribution": self._distribution,
        }

    def answer(self, check: Check) -> Answer:
        """Not evaluated if a table is not there, or if the check itself fails."""
        if importlib.util.find_spec(_PACKAGE) is None:
            return Answer(None, reason=f"The package {_PACKAGE} is not installed.")
        if not self.spark.catalog.tableExists(check.table):
            return Answer(None, reason="There is no such table.")
        try:
            return self._kinds[check.kind](check)
        except (AnalysisException, NotEvaluatedError) as error:
            # Other messages of Spark may quote rows.
            return Answer(None, reason=str(error).splitlines()[0])

    def _unique(self, check: Check) -> Answer:
        columns: list[str] = check.arguments["columns"]
        keys = self.spark.table(check.table).where(check.arguments.get("where", "true")).select(*columns)
        repeated = keys.groupBy(*columns).agg(sf.count("*").alias("rows"))
        has_null = " OR ".join(f"{column} IS NULL" for column in columns)
        extra = repeated.select(sf.expr(f"CASE WHEN {has_null} THEN rows ELSE rows - 1 END").alias("repeated"))
        # A table without rows has nothing that is repeated.
        total = extra.agg(sf.coalesce(sf.sum("repeated"), sf.lit(0)).alias("repeated"))
        found = self._found(check, total, _expectation("ExpectColumnMaxToBeBetween", column="repeated", max_value=0))
        return Answer(found["success"], found["observed"], high=0)

    def _columns(self, check: Check) -> Answer:
        wanted: Mapping[str, str] = check.arguments["columns"]
        frame = self.spark.table(check.table)
        # A column of another type counts as another column.
        named = frame.limit(0).toDF(*(f"{name} {kind}" for name, kind in frame.dtypes))
        expected = [f"{name} {kind}" for name, kind in wanted.items()]
        found = self._found(
            check, named, _expectation("ExpectTableColumnsToMatchSet", column_set=expected, exact_match=True)
        )
        other = sorted({*named.columns} ^ {*expected})
        reason = f"Missing or not expected: {', '.join(other)}" if other else None
        return Answer(found["success"], len(other), high=0, reason=reason)

    def _row_count(self, check: Check) -> Answer:
        low, high = check.arguments.get("min"), check.arguments.get("max")
        frame = self.spark.table(check.table)
        found = self._found(check, frame, _expectation("ExpectTableRowCountToBeBetween", min_value=low, max_value=high))
        return Answer(found["success"], found["observed"], low, high)

    def _rows_equal(self, check: Check) -> Answer:
        frame = self.spark.table(check.table).where(check.arguments.get("where", "true"))
        other = self.spark.table(check.arguments["table"]).where(check.arguments.get("table_where", "true"))
        rows = other.count()
        found = self._found(check, frame, _expectation("ExpectTableRowCountToEqual", value=rows))
        return Answer(found["success"], found["observed"], rows, rows)

    def _no_rows(self, check: Check) -> Answer:
        # The result would hold up to 200 rows as they are.
        query = f"SELECT 1 AS found FROM ({check.arguments['sql']})"  # noqa: S608 - of the repository's own rule file
        expectation = _expectation("UnexpectedRowsExpectation", unexpected_rows_query=query)
        found = self._found(check, self.spark.table(check.table), expectation)
        return Answer(found["success"], found["observed"], high=0)

    def _fresh(self, check: Check) -> Answer:
        clock, most = check.arguments["clock"], check.arguments["max_age_s"]
        if self.as_of is not None:
            now = sf.lit(self.as_of)
        else:
            (latest,) = self.spark.table(clock["table"]).agg(sf.max(clock["column"])).collect()[0]
            if latest is None:
                return Answer(None, high=most, reason="The clock's table has no time.")
            now = sf.lit(latest)
        newest = self.spark.table(check.table).agg(sf.max(check.arguments["column"]).alias("newest"))
        age = newest.select((sf.unix_seconds(now) - sf.unix_seconds("newest")).alias("age_s"))
        found = self._found(check, age, _expectation("ExpectColumnMaxToBeBetween", column="age_s", max_value=most))
        # No row at all is not fresh.
        is_empty = found["observed"] is None
        return Answer(
            found["success"] and not is_empty, found["observed"], high=most, reason="No row." if is_empty else None
        )

    def _distribution(self, check: Check) -> Answer:
        column, edges, most = (check.arguments[name] for name in ("column", "edges", "max_divergence"))
        bins = [f"below {edges[0]}", *(f"from {edge}" for edge in edges)]
        place = sf.when(sf.col(column) < edges[0], bins[0])
        for edge, name in zip(edges[1:], bins[1:], strict=False):
            place = place.when(sf.col(column) < edge, name)
        values = self.spark.table(check.table).where(f"{column} IS NOT NULL")
        binned = values.select(place.otherwise(bins[-1]).alias("bin"))
        reference = {"values": bins, "weights": check.arguments["shares"]}
        expectation = _expectation(
            "ExpectColumnKLDivergenceToBeLessThan",
            column="bin",
            partition_object=reference,
            threshold=most,
            tail_weight_holdout=0.0,
        )
        found = self._found(check, binned, expectation)
        return Answer(found["success"], found["observed"], high=most)

    def _found(self, check: Check, frame: DataFrame, expectation: Any) -> dict[str, Any]:
        """Whether the expectation is met, and the one number that it is about."""
        from great_expectations import ExpectationSuite, ValidationDefinition

        name = f"{check.dataset}.{check.name}"
        batch = self.source.add_dataframe_asset(name).add_batch_definition_whole_dataframe(name)
        suite = self.context.suites.add(ExpectationSuite(name=name, expectations=[expectation]))
        definition = self.context.validation_definitions.add(ValidationDefinition(name=name, data=batch, suite=suite))
        outcome = definition.run(batch_parameters={"dataframe": frame}, result_format=_COUNTS_ONLY).results[0]
        raised = [info for info in _exceptions(outcome.exception_info) if info.get("raised_exception")]
        if raised:
            kind = str(raised[0].get("exception_message", "")).partition(":")[0][:200]
            raise NotEvaluatedError(f"Great Expectations could not evaluate it: {kind}")
        observed = outcome.result.get("observed_value")
        number = float(observed) if isinstance(observed, int | float) else None
        return {"success": bool(outcome.success), "observed": number}


def _expectation(name: str, **arguments: Any) -> Any:
    expectations = importlib.import_module(f"{_PACKAGE}.expectations")
    return getattr(expectations, name)(**arguments)


class NotEvaluatedError(Exception):
    """A check that ended in an error of its own."""


def _exceptions(info: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """What was raised; of an expectation with several metrics, for each metric."""
    return [info] if "raised_exception" in info else [item for item in info.values() if isinstance(item, dict)]


def check_data_sets(spark: SparkSession, checks: Sequence[Check], ops: str, as_of: datetime | None) -> list[str]:
    """Write an answer to each check for the latest update; gives a line each. A check is asked once per update."""
    latest = spark.sql(
        f"SELECT max_by(update_id, started_at) AS update_id FROM {ops}.dq_updates WHERE ended_at IS NOT NULL"  # noqa: S608
    ).collect()[0]
    if latest.update_id is None:
        raise LookupError(f"{ops}.dq_updates has no update that has ended: run quality_results.sql first")
    table = spark.table(f"{ops}.dq_dataset_checks").where("engine = 'gx'")
    known = {
        (row.dataset, row.check_name)
        for row in table.where(sf.col("update_id") == latest.update_id).select("dataset", "check_name").collect()
    }
    validator = Validator(spark, as_of)
    checked_at = as_of or datetime.now(UTC)
    rows, lines = [], []
    for check in checks:
        if (check.dataset, check.name) in known:
            continue
        answer = validator.answer(check)
        details = json.dumps({"kind": check.kind, "reason": answer.reason})
        limits = [None if number is None else float(number) for number in (answer.observed, answer.low, answer.high)]
        about = (latest.update_id, check.dataset, check.name, "gx", check.severity, answer.status)
        rows.append((*about, *limits, details, checked_at))
        lines.append(f"{answer.status}: {check.dataset} {check.name}{f' ({answer.reason})' if answer.reason else ''}")
    if rows:
        spark.createDataFrame(rows, _RESULTS).write.mode("append").saveAsTable(f"{ops}.dq_dataset_checks")
    return lines


def main(arguments: list[str]) -> None:
    """Print a line for each check; one that fails is the gate's business."""
    parser = argparse.ArgumentParser(description="Check data sets as a whole.")
    parser.add_argument("--rules", required=True, type=Path, help="folder of rule files")
    parser.add_argument("--bronze", required=True, help="catalog.schema of each layer")
    parser.add_argument("--silver", required=True)
    parser.add_argument("--gold", required=True)
    parser.add_argument("--ops", required=True, help="catalog.schema of the quality tables")
    parser.add_argument("--as-of", default="", help="what counts as now, in ISO 8601; empty: the clock of each check")
    given = parser.parse_args(arguments)
    schemas = {layer: getattr(given, layer) for layer in ("bronze", "silver", "gold")}
    as_of = datetime.fromisoformat(given.as_of) if given.as_of else None
    checks = read_checks(given.rules, schemas)
    lines = check_data_sets(SparkSession.builder.getOrCreate(), checks, given.ops, as_of)
    sys.stdout.writelines(f"{line}\n" for line in lines or ["Every check is answered for the latest update."])


if __name__ == "__main__":
    main(sys.argv[1:])
