"""The tables of a finished state as a workspace has them: gold, and the quality tables that the job's tasks make."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from fitness.rule_files import FOLDER as RULES
from jobs.dataset_checks import check_data_sets, read_checks
from jobs.quality_samples import write_samples
from tests.bundle.job_sql import quality_tables, run_sql_file, small_queries

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

    from tests.acceptance.state import State


def published(state: State, spark: SparkSession) -> dict[str, pa.Table]:
    """Views of the session under the bare names of the tables, and the same rows as Arrow tables."""
    tables = {name.removeprefix("gold."): state.arrow(name) for name in state.tables() if name.startswith("gold.")}
    for name in tables:
        folder = state.tables()[f"gold.{name}"].table_uri
        spark.read.format("delta").load(folder).createOrReplaceTempView(name)
    schema = _collected(state, spark)
    for name in quality_tables():
        frame = spark.table(f"{schema}.{name}")
        frame.createOrReplaceTempView(name)
        tables[name] = frame.toArrow()
    return tables


def _collected(state: State, spark: SparkSession) -> str:
    """The schema with the quality tables of all updates of the state."""
    schema = f"ops_{uuid4().hex}"
    spark.sql(f"CREATE SCHEMA {schema}")
    places = {name: table.table_uri for name, table in state.tables().items()}
    places[f"{schema}.event_log"] = (state.folder / "pipelines/fitness_lakehouse/event_log").as_uri()
    for layer in ("bronze", "silver", "gold"):
        spark.sql(f"CREATE SCHEMA {layer}")
    for name, place in places.items():
        spark.sql(f"CREATE TABLE {name} USING delta LOCATION '{place}'")
    log, ops = {"event_log": f"{schema}.event_log"}, {"ops_schema": schema}
    run_sql_file(spark, "quality_rules.sql", **ops)
    run_sql_file(spark, "quality_results.sql", **log, **ops, gold_schema="gold")
    run_sql_file(spark, "quality_monitoring.sql", **log, **ops, as_of="")
    schemas = {layer: layer for layer in ("bronze", "silver", "gold")}
    with small_queries(spark):
        write_samples(spark, RULES, schemas, schema)
        check_data_sets(spark, read_checks(RULES, schemas), schema, None)
    for layer in schemas:
        # The tables lie elsewhere.
        spark.sql(f"DROP SCHEMA {layer} CASCADE")
    return schema
