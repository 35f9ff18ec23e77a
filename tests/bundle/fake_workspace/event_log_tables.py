"""Published event logs as tables, queried by SQL of Databricks on DuckDB."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

from dlt_local.event_log import _SCHEMA, _typed
from tests.bundle.fake_workspace.answers import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.bundle.fake_workspace.answers import Json
    from tests.bundle.fake_workspace.pipelines import Pipeline


def query_event_logs(
    pipelines: Iterable[Pipeline], text: str, parameters: Mapping[str, Any], defaults: tuple[str | None, str | None]
) -> tuple[Sequence[tuple[str, str]], Sequence[Sequence[object]]]:
    """Columns with their types, and rows; what the query gets wrong is a 400."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for pipeline in pipelines:
            _publish(connection, pipeline)
        try:
            translated = _translated(text, defaults)
            found = connection.execute(translated, {name: parameters[name] for name in _names(text)})
        except (duckdb.Error, sqlglot.errors.SqlglotError, KeyError) as error:
            raise ApiError(400, "BAD_REQUEST", f"{type(error).__name__}: {error}") from None
        columns = [(column[0], _TYPES.get(str(column[1]), "STRING")) for column in found.description]
        return columns, found.fetchall()


_TYPES = {"BIGINT": "BIGINT", "INTEGER": "INT", "DOUBLE": "DOUBLE", "BOOLEAN": "BOOLEAN"} | {
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
    "HUGEINT": "DECIMAL",
    "DATE": "DATE",
}


def _publish(connection: duckdb.DuckDBPyConnection, pipeline: Pipeline) -> None:
    log = pipeline.spec.get("event_log")
    if not log:
        return
    catalog, schema = (log.get(part, pipeline.spec.get(part)) for part in ("catalog", "schema"))
    events = pa.Table.from_pylist([_row(event) for event in pipeline.updates.events], _SCHEMA)
    connection.execute(f"ATTACH IF NOT EXISTS ':memory:' AS \"{catalog}\"")
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{catalog}"."{schema}"')
    connection.register("events", events)
    connection.sql("FROM events").to_table(f'"{catalog}"."{schema}"."{log["name"]}"')
    connection.unregister("events")


def _row(event: Json) -> Json:
    return _typed({"error": None, **event, "details": json.dumps(event["details"])})


def _translated(text: str, defaults: tuple[str | None, str | None]) -> str:
    """DuckDB's words; names of one or two parts lie in the default catalog and schema."""
    tree = sqlglot.parse_one(text, dialect="databricks")
    ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
    catalog, schema = defaults
    for table in tree.find_all(exp.Table):
        if table.name in ctes and not table.db:
            continue
        if schema and not table.db:
            table.set("db", exp.to_identifier(schema))
        if catalog and not table.catalog:
            table.set("catalog", exp.to_identifier(catalog))
    return tree.sql(dialect="duckdb")


def _names(text: str) -> list[str]:
    tree = sqlglot.parse_one(text, dialect="databricks")
    return [str(placeholder.this) for placeholder in tree.find_all(exp.Placeholder) if placeholder.this]
