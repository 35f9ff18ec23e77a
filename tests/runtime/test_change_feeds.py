"""Streams of tables whose rows change: refused, unless they read the change feed or skip changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

CHANGES = """
    import dlt

    @dlt.view
    def changes():
        return spark.readStream.schema("id INT, seq INT, name STRING").json(spark.conf.get("landing"))

    dlt.create_streaming_table("people")
    dlt.apply_changes("people", "changes", ["id"], "seq", except_column_list=["seq"])

    @dlt.table
    def feed():
        reader = spark.readStream{option}
        return reader.table("people")
"""
FEED = (
    CHANGES.format(option='.option("readChangeFeed", "true")')
    + """
    @dlt.table
    def reader_of_columns():
        reader = spark.readStream.option("readChangeFeed", True)
        return reader.table("people").select("name", "_change_type")
"""
)


def test_the_change_feed_of_an_auto_cdc_target(pipeline: PipelineProject) -> None:
    pipeline.source("changes.py", FEED)
    pipeline.land("1.json", [{"id": 1, "seq": 1, "name": "Ann"}, {"id": 2, "seq": 1, "name": "Bea"}])
    assert pipeline.update().errors == ()
    pipeline.land("2.json", [{"id": 1, "seq": 2, "name": "Anna"}])
    assert pipeline.update().errors == ()
    assert [(row["id"], row["name"], row["_change_type"]) for row in pipeline.table("feed")] == [
        (1, "Ann", "insert"),
        (1, "Ann", "update_preimage"),
        (1, "Anna", "update_postimage"),
        (2, "Bea", "insert"),
    ]
    assert {"name": "Anna", "_change_type": "update_postimage"} in pipeline.table("reader_of_columns")


def test_a_plain_stream_of_an_auto_cdc_target_is_refused(pipeline: PipelineProject) -> None:
    path = pipeline.source("changes.py", CHANGES.format(option=""))
    with pytest.raises(PipelineError, match=rf"^{path}:14: .*'local.main.people' is an AUTO CDC target") as raised:
        pipeline.update()
    assert 'readChangeFeed", "true"' in str(raised.value)


def test_a_stream_of_a_table_with_deleted_rows(pipeline: PipelineProject) -> None:
    source = """
        import dlt

        @dlt.table
        def raw():
            return spark.readStream.schema("id INT").json(spark.conf.get("landing"))

        @dlt.table
        def copied():
            reader = spark.readStream{option}
            return reader.table("raw")
    """
    pipeline.source("tables.py", source.format(option=""))
    pipeline.land("1.json", [{"id": 1}, {"id": 2}])
    pipeline.update()
    DeltaTable(pipeline.path("raw")).delete("id = 1")
    pipeline.land("2.json", [{"id": 3}])
    result = pipeline.update()
    assert result.state == "FAILED"
    assert "DELTA_SOURCE_TABLE_IGNORE_CHANGES" in result.errors[0]
    assert "skipChangeCommits" in result.errors[0]
    pipeline.source("tables.py", source.format(option='.option("skipChangeCommits", "true")'))
    assert pipeline.update().errors == ()
    assert [row["id"] for row in pipeline.table("copied")] == [1, 2, 3]
    assert [row["id"] for row in pipeline.table("raw")] == [2, 3]
