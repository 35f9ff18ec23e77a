"""A job task: some of the rows that violate a rule, by their keys only, for who has to find out why.

Rows come from published tables: of a data set that names `samples_from` in its rule file from there, by the update in
which they were ingested; of a materialized view from the view itself, by the rule's condition, as long as the update
that judged it is the latest that did. Keys must not point at a person: samples outlive the rows.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pyspark.sql import SparkSession

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PER_RULE = 20
_POSITION = {"source_file": "STRING", "topic": "STRING", "partition": "INT", "offset": "BIGINT"}


@dataclass(frozen=True, slots=True)
class DataSet:
    """A rule file with the name of its table here, and that of the table that holds the rows."""

    name: str
    table: str
    is_quarantine: bool
    keys: tuple[str, ...]
    rules: tuple[Mapping[str, Any], ...]


def write_samples(spark: SparkSession, folder: Path, schemas: Mapping[str, str], ops: str) -> int:
    """Add the samples of all updates that have none yet to `dq_failed_samples`; gives their number."""
    failing = f"({_FAILING.format(ops=ops)})"
    wanted = {(row.dataset, row.expectation) for row in spark.sql(failing).collect()}
    parts = [
        _violating(data_set, {rule for name, rule in wanted if name == data_set.name})
        for data_set in _data_sets(folder, schemas)
        if any(name == data_set.name for name, _ in wanted) and spark.catalog.tableExists(data_set.table)
    ]
    if not parts:
        return 0
    chosen = _CHOSEN.format(rows="\nUNION ALL\n".join(parts), failing=failing, most=PER_RULE)
    samples = f"{ops}.dq_failed_samples"
    before = spark.table(samples).count()
    spark.sql(f"INSERT INTO {samples} {chosen}")
    return spark.table(samples).count() - before


_FAILING = """
  SELECT results.update_id, results.dataset, results.expectation, updates.started_at, updates.ended_at,
    coalesce(
      max(latest.evaluated_update_id) = results.update_id AND max(results.dataset_type) = 'MATERIALIZED_VIEW', false
    ) AS is_current
  FROM {ops}.dq_expectation_results AS results
  JOIN {ops}.dq_updates AS updates ON updates.update_id = results.update_id AND updates.ended_at IS NOT NULL
  LEFT JOIN {ops}.dq_latest_results AS latest
    ON latest.dataset = results.dataset AND latest.expectation = results.expectation
    AND latest.pipeline_id = updates.pipeline_id
  WHERE results.failed > 0
    AND results.update_id NOT IN (SELECT update_id FROM {ops}.dq_failed_samples)
  GROUP BY results.update_id, results.dataset, results.expectation, updates.started_at, updates.ended_at
"""
_CHOSEN = """
  WITH violating AS ({rows}),
  failing AS {failing},
  numbered AS (
    SELECT failing.update_id, failing.dataset, failing.expectation, violating.keys,
      array_join(violating.violated, ', ') AS reason, violating.observed[failing.expectation] AS observed,
      violating.source_file, violating.topic, violating.partition, violating.offset,
      row_number() OVER (
        PARTITION BY failing.update_id, failing.dataset, failing.expectation
        ORDER BY xxhash64(keys, source_file, topic, partition, offset), keys, source_file, topic, partition, offset
      ) AS number
    FROM violating
    JOIN failing
      ON failing.dataset = violating.dataset AND array_contains(violating.violated, failing.expectation)
      AND (failing.is_current OR violating.ingested_at BETWEEN failing.started_at AND failing.ended_at)
      AND failing.is_current = (violating.ingested_at IS NULL)
  )
  SELECT update_id, dataset, expectation, keys, reason, observed, source_file, topic, partition, offset
  FROM numbered
  WHERE number <= {most}
"""


def _data_sets(folder: Path, schemas: Mapping[str, str]) -> Iterable[DataSet]:
    for file in sorted(folder.glob("*.yml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        if not content.get("rules"):
            continue
        layer, _, table = content["dataset"].rpartition(".")
        rows_layer, _, rows_table = content.get("samples_from", content["dataset"]).rpartition(".")
        yield DataSet(
            name=f"{schemas[layer].rpartition('.')[2]}.{table}",
            table=f"{schemas[rows_layer]}.{rows_table}",
            is_quarantine="samples_from" in content,
            keys=tuple(content.get("keys", ())),
            rules=tuple(content["rules"]),
        )


def _violating(data_set: DataSet, wanted: set[str]) -> str:
    """Rows of a table that violate a rule, with the names of the rules and what the rule file wants shown."""
    rules = [rule for rule in data_set.rules if rule["name"] in wanted]
    if data_set.is_quarantine:
        violated, ingested_at, position = "reasons", "ingested_at", ", ".join(_POSITION)
        observed = [(rule, f"array_contains(reasons, {_text(rule['name'])})") for rule in rules]
    else:
        broken = [(rule, f"NOT coalesce(({rule['sql']}), false)") for rule in data_set.rules]
        names = ", ".join(f"CASE WHEN {condition} THEN {_text(rule['name'])} END" for rule, condition in broken)
        violated, ingested_at = f"array_compact(array({names}))", "CAST(NULL AS TIMESTAMP)"
        position = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in _POSITION.items())
        observed = [(rule, condition) for rule, condition in broken if rule in rules]
    shown = ", ".join(
        f"{_text(rule['name'])}, CASE WHEN {condition} THEN CAST(({rule.get('observed', 'NULL')}) AS STRING) END"
        for rule, condition in observed
    )
    keys = ", ".join(f"{_text(key)}, {key}" for key in data_set.keys)
    return f"""
      SELECT * FROM (
        SELECT {_text(data_set.name)} AS dataset, {violated} AS violated, {ingested_at} AS ingested_at,
          {f"to_json(named_struct({keys}))" if keys else "CAST(NULL AS STRING)"} AS keys,
          {f"map({shown})" if shown else "CAST(NULL AS MAP<STRING, STRING>)"} AS observed, {position}
        FROM {data_set.table}
      ) WHERE size(violated) > 0"""  # noqa: S608 - the conditions are those of the repository's own rule files


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def main(arguments: list[str]) -> None:
    """Print how many samples there are now that were not there before."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", required=True, type=Path, help="folder of rule files")
    parser.add_argument("--bronze", required=True, help="catalog.schema of each layer")
    parser.add_argument("--silver", required=True)
    parser.add_argument("--gold", required=True)
    parser.add_argument("--ops", required=True, help="catalog.schema of the quality tables")
    given = parser.parse_args(arguments)
    schemas = {layer: getattr(given, layer) for layer in ("bronze", "silver", "gold")}
    added = write_samples(SparkSession.builder.getOrCreate(), given.rules, schemas, given.ops)
    sys.stdout.write(f"{added} new samples of rows that violate a rule\n")


if __name__ == "__main__":
    main(sys.argv[1:])
