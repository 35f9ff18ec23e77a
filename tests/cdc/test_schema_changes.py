"""Columns that come, go or change, and tables with Delta features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    from pyspark import pipelines as dp

    @dp.temporary_view
    def changes():
        schema = "id INT, seq INT, v STRING, s STRUCT<a: INT>, op STRING"
        return spark.readStream.schema(schema).json(spark.conf.get("landing"))

    for scd_type in (1, 2):
        dp.create_streaming_table(f"target_{scd_type}")
        dp.create_auto_cdc_flow(
            f"target_{scd_type}", "changes", ["id"], "seq", apply_as_deletes="op = 'D'",
            except_column_list=["op", "seq"], stored_as_scd_type=scd_type,
        )
"""
Row = dict[str, Any]


def event(key: int, seq: int, **columns: Any) -> Row:
    return {"id": key, "seq": seq, "op": "U", **columns}


def history(pipeline: PipelineProject, *columns: str) -> list[tuple[Any, ...]]:
    names = ("id", *columns, "__START_AT", "__END_AT")
    rows = [tuple(row[name] for name in names) for row in pipeline.table("target_2")]
    return sorted(rows, key=lambda row: (row[0], row[-2]))


def test_columns_come_and_go(pipeline: PipelineProject) -> None:
    pipeline.source("targets.py", SOURCE)
    pipeline.land("1.json", [event(1, 10, v="a", s={"a": 1}), event(2, 10, v="b")])
    assert pipeline.update().state == "COMPLETED"

    # S1: a column and a field of a struct are added.
    wider = SOURCE.replace("v STRING, s STRUCT<a: INT>", "v STRING, s STRUCT<a: INT, b: STRING>, w STRING")
    pipeline.source("targets.py", wider)
    pipeline.land("2.json", [event(1, 20, v="a", s={"a": 1}), event(1, 30, v="a", s={"a": 1, "b": "x"}, w="x")])
    result = pipeline.update()
    assert result.state == "COMPLETED", result.errors
    assert pipeline.table("target_1") == [
        {"id": 1, "v": "a", "s": {"a": 1, "b": "x"}, "w": "x"},
        {"id": 2, "v": "b", "s": None, "w": None},
    ]
    expected = [
        (1, "a", {"a": 1, "b": None}, None, 10, 30),
        (1, "a", {"a": 1, "b": "x"}, "x", 30, None),
        (2, "b", None, None, 10, None),
    ]
    assert history(pipeline, "v", "s", "w") == expected

    # S4: a replay from before that, and a late event beside it.
    pipeline.land("3.json", [event(1, 10, v="a", s={"a": 1}), event(2, 5, v="early")])
    assert pipeline.update().state == "COMPLETED"
    assert history(pipeline, "v", "s", "w") == [*expected[:2], (2, "early", None, None, 5, 10), expected[2]]

    # S2: a column goes; it stays in the target, and new rows have none.
    pipeline.source("targets.py", wider.replace(", w STRING", ""))
    pipeline.land("4.json", [event(1, 40, v="a", s={"a": 1, "b": "x"})])
    assert pipeline.update().state == "COMPLETED"
    assert next(row for row in pipeline.table("target_1") if row["id"] == 1)["w"] is None
    assert history(pipeline, "w")[:3] == [(1, None, 10, 30), (1, "x", 30, 40), (1, None, 40, None)]

    # S3: other types and lost fields need a full refresh.
    before = (pipeline.table("target_1"), pipeline.table("target_2"))
    for change in (("v STRING", "v INT"), ("s STRUCT<a: INT, b: STRING>", "s STRUCT<a: INT>")):
        pipeline.source("targets.py", wider.replace(*change))
        with pytest.raises(PipelineError, match=r"CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE.*--full-refresh main.target_1"):
            pipeline.update()
        assert (pipeline.table("target_1"), pipeline.table("target_2")) == before


NOT_NULL = """
    dp.create_streaming_table("strict", schema="id INT NOT NULL, v STRING NOT NULL")
    dp.create_auto_cdc_flow("strict", "changes", ["id"], "seq", column_list=["id", "v"])
"""


def test_a_value_that_must_be_there(pipeline: PipelineProject) -> None:
    path = pipeline.source("targets.py", SOURCE.split("for scd_type", maxsplit=1)[0] + NOT_NULL)
    pipeline.land("1.json", [event(1, 10, v=None), event(2, 10, v="b")])
    result = pipeline.update()
    assert result.state == "FAILED"
    assert "[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] 1 rows of 'local.main.strict' have no 'v'" in result.errors[0]
    assert result.errors[0].startswith(f"{path}:")
    pipeline.land("1.json", [event(1, 10, v="a"), event(2, 10, v="b")])
    assert pipeline.update().state == "COMPLETED"
    assert pipeline.table("strict") == [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}]


FEATURES = """
    from pyspark import pipelines as dp

    @dp.temporary_view
    def changes():
        schema = "id INT, seq INT, v STRING, m MAP<STRING, INT>, op STRING"
        return spark.readStream.schema(schema).json(spark.conf.get("landing"))

    def target(name, scd_type, **options):
        dp.create_streaming_table(name, **options)
        dp.create_auto_cdc_flow(
            name, "changes", ["id"], "seq", apply_as_deletes="op = 'D'",
            except_column_list=["op", "seq"], stored_as_scd_type=scd_type,
        )

    for scd_type in (1, 2):
        target(f"fed_{scd_type}", scd_type, table_properties={"delta.enableChangeDataFeed": "true"})
        target(f"parted_{scd_type}", scd_type, partition_cols=["v"])
"""


def test_tables_with_delta_features(pipeline: PipelineProject, spark: SparkSession) -> None:
    pipeline.source("targets.py", FEATURES)
    maps = {"m": {"x": 1, "y": 2}}
    pipeline.land(
        "1.json", [event(1, 10, v="a", **maps), event(2, 10, v="b"), event(3, 10, v="c"), event(4, 20, v="d")]
    )
    result = pipeline.update()
    assert result.state == "COMPLETED", result.errors
    again = {"m": {"y": 2, "x": 1}}
    pipeline.land("2.json", [event(1, 20, v="a2", **again), {**event(2, 20), "op": "D"}, event(5, 20, v="e")])
    pipeline.land("3.json", [event(3, 30, v="c"), event(4, 10, v="d0"), {**event(6, 7), "op": "D"}])
    result = pipeline.update()
    assert result.state == "COMPLETED", result.errors
    for name in ("fed_1", "parted_1"):
        found = {(row["id"], row["v"]) for row in pipeline.table(name)}
        assert found == {(1, "a2"), (3, "c"), (4, "d"), (5, "e")}
    for name in ("fed_2", "parted_2"):
        versions = {(row["id"], row["v"], row["__START_AT"], row["__END_AT"]) for row in pipeline.table(name)}
        assert versions == {
            (1, "a", 10, 20),
            (1, "a2", 20, None),
            (2, "b", 10, 20),
            (3, "c", 10, None),
            (4, "d0", 10, 20),
            (4, "d", 20, None),
            (5, "e", 20, None),
            (6, None, None, 7),
        }
    assert feed(spark, pipeline, "fed_1", ["id", "v"]) == {
        *[(key, value, "insert") for key, value in ((1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e"))],
        (1, "a", "update_preimage"),
        (1, "a2", "update_postimage"),
        (2, "b", "delete"),
    }
    # The row identity of a version is its key and start, so one that ends is updated, and an orphan is inserted.
    changes = feed(spark, pipeline, "fed_2", ["id", "__START_AT", "__END_AT"])
    assert {change for change in changes if change[0] in (1, 6)} == {
        (1, 10, None, "insert"),
        (1, 10, None, "update_preimage"),
        (1, 10, 20, "update_postimage"),
        (1, 20, None, "insert"),
        (6, None, 7, "insert"),
    }


def feed(spark: SparkSession, pipeline: PipelineProject, name: str, columns: list[str]) -> set[tuple[Any, ...]]:
    reader = spark.read.format("delta").option("readChangeFeed", "true").option("startingVersion", 0)
    rows = reader.load(str(pipeline.path(name))).select(*columns, "_change_type").collect()
    assert len(set(rows)) == len(rows)
    return {tuple(row) for row in rows}
