"""One SQL text on two engines: on Spark as it is, on DuckDB as sqlglot translates it from Databricks."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import sqlglot

from tests.bundle.job_sql import small_queries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from pyspark.sql import SparkSession

Row = tuple[Any, ...]

# Sums of floating-point numbers depend on the order of the rows.
CLOSE = 1e-9


def spark_rows(spark: SparkSession, sql: str) -> list[Row]:
    """Rows of a query on the tables and views of the session, sorted."""
    with small_queries(spark):
        return _sorted(tuple(row) for row in spark.sql(sql).collect())


def duckdb_rows(tables: Mapping[str, pa.Table], sql: str) -> list[Row]:
    """Rows of the same query on Arrow tables, sorted."""
    (translated,) = sqlglot.transpile(sql, read="databricks", write="duckdb")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, table in tables.items():
            connection.register(name, table)
        found = connection.sql(translated).to_arrow_table()
    return _sorted(tuple(row.values()) for row in found.to_pylist())


def same(left: Sequence[Row], right: Sequence[Row]) -> bool:
    """Whether both are the same rows, each as often as in the other."""
    return len(left) == len(right) and all(
        len(one) == len(other) and all(map(_same_value, one, other)) for one, other in zip(left, right, strict=True)
    )


def _same_value(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
    return type(one) is type(other) and one == other


def _sorted(rows: Any) -> list[Row]:
    plain = [tuple(_plain(value) for value in row) for row in rows]
    return sorted(plain, key=lambda row: [_rank(value) for value in row])


def _plain(value: Any) -> Any:
    """Times as instants, whole decimals as integers: the engines only differ in how they hand these over."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _rank(value: Any) -> tuple[Any, ...]:
    if value is None:
        return (0,)
    if isinstance(value, datetime):
        return (1, value.timestamp())
    if isinstance(value, date):
        return (1, value.toordinal())
    return (1, f"{value:.6g}" if isinstance(value, float) else str(value))
