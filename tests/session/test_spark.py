"""The session that the runtime gets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession


def test_a_table_without_a_format_is_a_delta_table(spark: SparkSession, tmp_path: Path) -> None:
    spark.range(3).write.save(str(tmp_path / "numbers"))

    assert (tmp_path / "numbers" / "_delta_log" / "00000000000000000000.json").exists()


def test_sql_takes_parameters_beside_the_parser_of_delta(spark: SparkSession) -> None:
    spark.range(3).createOrReplaceTempView("numbers")
    named = spark.sql("SELECT id FROM IDENTIFIER(:numbers) WHERE id > :low", args={"numbers": "numbers", "low": 1})
    placed = spark.sql("SELECT id FROM numbers WHERE id < ?", args=[1])

    assert ([row.id for row in named.collect()], [row.id for row in placed.collect()]) == ([2], [0])
    spark.catalog.dropTempView("numbers")


def test_times_are_utc_in_spark_and_in_python(spark: SparkSession) -> None:
    (row,) = spark.sql("SELECT TIMESTAMP '2024-03-31 01:30:00' AS t, unix_timestamp(t) AS s").collect()

    assert row.t == datetime(2024, 3, 31, 1, 30)  # noqa: DTZ001  # Spark gives naive datetimes
    assert row.s == datetime(2024, 3, 31, 1, 30, tzinfo=UTC).timestamp()
