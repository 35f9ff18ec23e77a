"""Rules as SQL that keeps them beside the results of updates: the tables `dq_rules` and `dq_slo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dlt_local.quality.rule_book import Objective, RuleBook

Value = str | int | float | None

RULE_COLUMNS: Mapping[str, str] = {
    "dataset": "STRING COMMENT 'Data set that the rule is about, as schema.name'",
    "expectation": "STRING COMMENT 'Name of the rule'",
    "rule_sql": "STRING COMMENT 'Condition that each row has to meet'",
    "action": "STRING COMMENT 'What a violation does: warn, flag, quarantine, drop or fail'",
    "severity": "STRING COMMENT 'critical, warning or info'",
    "dimension": "STRING COMMENT 'completeness, validity, uniqueness, consistency, timeliness or accuracy'",
    "owner": "STRING COMMENT 'Team that answers for the data set'",
    "source_file": "STRING COMMENT 'File with the rule, from the root of the repository'",
    "source_line": "INT COMMENT 'Line at which the rule begins'",
}
OBJECTIVE_COLUMNS: Mapping[str, str] = {
    "dataset": "STRING COMMENT 'Data set, as schema.name'",
    "expectation": "STRING COMMENT 'Name of the rule, NULL for the data set as a whole'",
    "max_failed_rate": "DOUBLE COMMENT 'Largest share of rows that may violate the rule, NULL if not set'",
    "min_rows": "BIGINT COMMENT 'Fewest rows of the data set, NULL if not set'",
    "max_staleness_s": "BIGINT COMMENT 'Most seconds since its newest row, NULL if not set'",
    "on_breach": "STRING COMMENT 'red or amber'",
}


def rules_sql(book: RuleBook) -> str:
    """Statements for a SQL task with the parameter `ops_schema`; run again, they leave what the files say now."""
    return "\n".join(
        (
            "-- Made by `dlt-local rules --format sql` from the rule files. Do not edit.",
            "",
            *_created("dq_rules", RULE_COLUMNS, "Rules of data sets. One row per data set and rule."),
            *_created("dq_slo", OBJECTIVE_COLUMNS, "Objectives. One row per data set and rule, or data set alone."),
            *_filled("dq_rules", _rule_rows(book)),
            *_filled("dq_slo", _objective_rows(book)),
        )
    )


def _rule_rows(book: RuleBook) -> Iterator[Sequence[Value]]:
    for rule in book.rules:
        yield (
            rule.dataset,
            rule.name,
            rule.sql,
            rule.action,
            rule.severity,
            rule.dimension,
            rule.owner,
            rule.source_file,
            rule.source_line,
        )


def _objective_rows(book: RuleBook) -> Iterator[Sequence[Value]]:
    for file in book.files:
        if file.objective:
            yield file.dataset, None, *_limits(file.objective)
        for rule in file.rules:
            if rule.objective:
                yield rule.dataset, rule.name, *_limits(rule.objective)


def _limits(objective: Objective) -> Sequence[Value]:
    return objective.max_failed_rate, objective.min_rows, objective.max_staleness_s, objective.on_breach


def _created(table: str, columns: Mapping[str, str], comment: str) -> Iterator[str]:
    yield f"CREATE TABLE IF NOT EXISTS {_named(table)} ("
    yield ",\n".join(f"  {name} {kind}" for name, kind in columns.items())
    yield f") COMMENT '{comment}';"
    yield ""


def _filled(table: str, rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    lines = [f"  ({', '.join(map(_literal, row))})" for row in rows]
    yield f"INSERT OVERWRITE {_named(table)} VALUES" if lines else " ".join(("DELETE FROM", _named(table)))
    yield ",\n".join(lines) + ";"
    yield ""


def _named(table: str) -> str:
    return f"IDENTIFIER(:ops_schema || '.{table}')"


def _literal(value: Value) -> str:
    if value is None:
        return "NULL"
    if not isinstance(value, str):
        return f"{value}D" if isinstance(value, float) else str(value)
    # Who runs a file of statements may split it at every semicolon.
    text = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace(";", "\\u003B")
    return f"'{text}'"
