"""Tables against what is expected of them, and tables written as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.compare_with_expected import differences
from jobs.export_table import export

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession


@pytest.fixture
def tables(spark: SparkSession) -> Iterator[str]:
    """Two visits, one of them of nobody known, and one rejected row."""
    spark.sql("CREATE SCHEMA compared")
    visits = """
        SELECT 7L AS user_id, TIMESTAMP'2026-04-14 07:55:00' AS login, DATE'2026-04-14' AS day,
            0.1D + 0.2D AS minutes, array(named_struct('b', 1, 'a', 1.5D)) AS workouts, true AS closed
        UNION ALL SELECT NULL, TIMESTAMP'2026-04-14 08:00:00.5', NULL, NULL, NULL, false"""
    spark.sql(f"CREATE TABLE compared.visits USING delta AS {visits}")
    rejected = """SELECT '{"time": 5.0, "id": null}' AS raw, array('b', 'a') AS reasons, 'f' AS source_file"""
    spark.sql(f"CREATE TABLE compared.visits_quarantine USING delta AS {rejected}")
    yield "compared"
    spark.sql("DROP SCHEMA compared CASCADE")


VISITS = (
    "user_id,login,day,minutes,workouts,closed\n"
    '7,2026-04-14T07:55:00Z,2026-04-14,0.3,"[{""a"": 1.5, ""b"": 1}]",true\n'
    ",2026-04-14T08:00:00.500000Z,,,,false\n"
)
REJECTED = 'raw,reasons\n"{""time"": 5}","[""a"", ""b""]"\n'


def expected(folder: Path, visits: str) -> Path:
    for name, text in {"gold/visits.csv": visits, "silver/visits_quarantine.csv": REJECTED}.items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text)
    return folder


def test_rows_as_expected_in_any_order(spark: SparkSession, tables: str, tmp_path: Path) -> None:
    header, *rows = VISITS.splitlines(keepends=True)
    assert differences(spark, expected(tmp_path, header + "".join(reversed(rows))), tables) == []


def test_a_missing_a_doubled_and_a_changed_row(spark: SparkSession, tables: str, tmp_path: Path) -> None:
    spark.sql("INSERT INTO compared.visits SELECT * FROM compared.visits WHERE user_id IS NULL")
    assert differences(spark, expected(tmp_path, VISITS.replace("0.3", "0.4")), tables) == [
        'compared.visits lacks: 7, 2026-04-14T07:55:00Z, 2026-04-14, 0.4, [{"a": 1.5, "b": 1}], true',
        "compared.visits has beside: , 2026-04-14T08:00:00.500000Z, , , , false",
        'compared.visits has beside: 7, 2026-04-14T07:55:00Z, 2026-04-14, 0.3, [{"a": 1.5, "b": 1}], true',
    ]


def test_nothing_expected_is_an_error(spark: SparkSession, tables: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"^No expected tables in "):
        differences(spark, tmp_path, tables)


def test_an_export_is_a_folder_for_each_run(spark: SparkSession, tables: str, tmp_path: Path) -> None:
    for run in ("1", "2", "2"):
        path = export(spark, f"{tables}.visits", f"{tmp_path}/visits/", run)
        assert path == f"{tmp_path}/visits/run={run}"
        assert (tmp_path / f"visits/run={run}/_SUCCESS").exists()
        written, table = spark.read.parquet(path), spark.read.table(f"{tables}.visits")
        assert written.exceptAll(table).isEmpty()
        assert written.count() == 2
