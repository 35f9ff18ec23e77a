"""The SQL of the dashboards on tables of the declared schemas: its columns, and the same rows on two engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import DateType, NumericType, StringType, StructType, TimestampType

from dashboards.boards import BOARDS
from dashboards.files import FOLDER
from tests.bundle.job_sql import quality_tables
from tests.dashboards.engines import duckdb_rows, same, spark_rows
from tests.dashboards.lint import encodings
from tests.dashboards.made_rows import made_rows
from tests.dashboards.tables import tables_of
from tests.fitness.data_sets import DATA_SETS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from dashboards.model import Board, Query, Widget

QUERIES = [(board, name) for board in BOARDS for name in board.data_sets]
DRAWN = [
    pytest.param(board, widget, query, id=f"{board.name}.{widget.name}.{query.data_set}")
    for board in BOARDS
    for page in board.pages
    for widget in page.widgets
    for query in widget.queries
]
TYPES: dict[str, tuple[type[Any], ...]] = {
    "temporal": (DateType, TimestampType),
    "quantitative": (NumericType,),
    "categorical": (StringType, NumericType),
}
ROWS = 60


def sql_of(board: Board, name: str) -> str:
    return (FOLDER / board.name / f"{name}.sql").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def made(spark: SparkSession) -> dict[str, pa.Table]:
    """The tables that data sets read, as views of the session and as Arrow tables with the same rows."""
    tables = {}
    for seed, name in enumerate(sorted({name for board, query in QUERIES for name in tables_of(sql_of(board, query))})):
        schema = schema_of(spark, name)
        rows = made_rows(schema, count=ROWS, seed=seed)
        spark.createDataFrame(rows, schema).createOrReplaceTempView(name)
        columns = [dict(zip(schema.names, row, strict=True)) for row in rows]
        tables[name] = pa.Table.from_pylist(columns, to_arrow_schema(schema, timezone="UTC"))
    return tables


def schema_of(spark: SparkSession, table: str) -> StructType:
    ops = quality_tables()
    columns = ops[table] if table in ops else DATA_SETS[table].schema
    return spark.createDataFrame([], columns).schema


@pytest.mark.parametrize(("board", "name"), QUERIES, ids=lambda value: getattr(value, "name", value))
def test_both_engines_give_the_same_rows(
    board: Board, name: str, made: dict[str, pa.Table], spark: SparkSession
) -> None:
    sql = sql_of(board, name)
    on_spark = spark_rows(spark, sql)
    assert on_spark, "no row, so that nothing is compared"
    on_duckdb = duckdb_rows(made, sql)
    assert same(on_spark, on_duckdb), (on_spark[:5], on_duckdb[:5])


def test_a_calendar_part_would_be_seen_to_differ(made: dict[str, pa.Table], spark: SparkSession) -> None:
    """Why gold has `local_weekday`: DuckDB counts weekdays from 0."""
    sql = "SELECT dayofweek(local_date) AS weekday FROM gym_daily"
    assert not same(spark_rows(spark, sql), duckdb_rows(made, sql))


@pytest.mark.parametrize(("board", "widget", "query"), DRAWN)
def test_widgets_draw_columns_of_the_right_type(
    board: Board, widget: Widget, query: Query, made: dict[str, pa.Table], spark: SparkSession
) -> None:
    assert made
    fields = ", ".join(f"{field.expression} AS `{field.name}`" for field in query.fields)
    groups = [field.expression for field in query.fields if field.expression.startswith("`")]
    grouping = f" GROUP BY {', '.join(groups)}" if groups and not query.disaggregated else ""
    schema = spark.sql(f"SELECT {fields} FROM ({sql_of(board, query.data_set)}){grouping}").schema  # noqa: S608
    for encoding in encodings({"encodings": widget.encodings}):
        if encoding.get("queryName", query.name) == query.name:
            kind = schema[encoding["fieldName"]].dataType
            assert isinstance(kind, _types(widget, encoding)), f"{encoding['fieldName']} is {kind.simpleString()}"


def _types(widget: Widget, encoding: dict[str, Any]) -> tuple[type[Any], ...]:
    if widget.kind == "counter":
        return TYPES["quantitative"]
    if widget.kind == "filter-date-range-picker":
        return TYPES["temporal"]
    if widget.kind == "filter-multi-select":
        return (StringType,)
    return TYPES[encoding["scale"]["type"]] if "scale" in encoding else (object,)
