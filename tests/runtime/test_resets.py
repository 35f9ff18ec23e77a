"""Refresh selections, full refreshes, checkpoint resets, and tables that the code no longer declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    from pyspark import pipelines as dp

    @dp.table{properties}
    def raw():
        return spark.readStream.schema("id INT").json(spark.conf.get("landing"))

    @dp.table
    def copied():
        return spark.readStream.table("raw")
"""
KEPT = '(table_properties={"pipelines.reset.allowed": "false"})'


def ids(pipeline: PipelineProject, name: str) -> list[int]:
    return [row["id"] for row in pipeline.table(name)]


def test_a_checkpoint_reset_reads_again_and_keeps_the_rows(pipeline: PipelineProject) -> None:
    pipeline.source("tables.py", SOURCE.format(properties=""))
    pipeline.land("1.json", [{"id": 1}])
    pipeline.update()
    pipeline.land("2.json", [{"id": 2}])
    assert pipeline.update(reset_checkpoint=("copied",)).state == "COMPLETED"
    assert ids(pipeline, "copied") == [1, 1, 2]
    assert pipeline.update(reset_checkpoint=("local.main.copied",)).state == "COMPLETED"
    assert ids(pipeline, "copied") == [1, 1, 1, 2, 2]
    with pytest.raises(PipelineError, match=r"no streaming flow 'copyed' whose .* Did you mean 'copied'\?"):
        pipeline.update(reset_checkpoint=("copyed",))


def test_protected_tables(pipeline: PipelineProject) -> None:
    pipeline.source("tables.py", SOURCE.format(properties=KEPT))
    first = pipeline.land("1.json", [{"id": 1}])
    pipeline.update()
    first.unlink()
    pipeline.land("2.json", [{"id": 2}])
    assert pipeline.update(full_refresh_all=True).state == "COMPLETED"
    assert ids(pipeline, "raw") == [1, 2]
    assert ids(pipeline, "copied") == [1, 2]
    (warning,) = [event for event in pipeline.events() if event.level == "WARN"]
    assert warning.message == "Table 'local.main.raw' has pipelines.reset.allowed=false and keeps its rows."
    with pytest.raises(PipelineError, match=r"pipelines.reset.allowed=false and cannot be fully refreshed"):
        pipeline.update(full_refresh=("raw",))


def test_a_source_that_was_created_anew_is_noticed(pipeline: PipelineProject) -> None:
    pipeline.source("tables.py", SOURCE.format(properties=""))
    pipeline.land("1.json", [{"id": 1}])
    pipeline.update()
    result = pipeline.update(full_refresh=("raw",), refresh=("copied",))
    assert result.state == "FAILED"
    (error,) = result.errors
    assert "DIFFERENT_DELTA_TABLE_READ_BY_STREAMING_SOURCE" in error
    assert "--full-refresh copied" in error
    assert "--reset-checkpoint" in error
    assert pipeline.update(full_refresh=("copied",)).state == "COMPLETED"
    assert ids(pipeline, "copied") == [1]


def test_tables_that_the_code_no_longer_declares(pipeline: PipelineProject) -> None:
    pipeline.source("tables.py", SOURCE.format(properties=""))
    pipeline.land("1.json", [{"id": 1}])
    pipeline.update()
    pipeline.source("tables.py", SOURCE.format(properties="").partition("    @dp.table\n    def copied")[0])
    pipeline.land("2.json", [{"id": 2}])
    pipeline.update()
    assert ids(pipeline, "copied") == [1]
    (warning,) = [event for event in pipeline.events() if event.level == "WARN"]
    assert warning.message == "Table 'local.main.copied' is no longer declared: it is INACTIVE and keeps its rows."
    pipeline.settings["pipelines.dropInactiveTables"] = "true"
    pipeline.update()
    assert not pipeline.path("copied").exists()
    # Declared again, it starts from the beginning.
    pipeline.source("tables.py", SOURCE.format(properties=""))
    pipeline.update()
    assert ids(pipeline, "copied") == [1, 2]


def test_a_streaming_table_cannot_become_a_materialized_view(pipeline: PipelineProject) -> None:
    pipeline.source("tables.py", SOURCE.format(properties=""))
    pipeline.land("1.json", [{"id": 1}])
    pipeline.update()
    as_batch = SOURCE.format(properties="").replace('readStream.table("raw")', 'read.table("raw")')
    path = pipeline.source("tables.py", as_batch)
    with pytest.raises(PipelineError, match=rf"^{path}:8: .*'local.main.copied' is a streaming table") as raised:
        pipeline.update()
    assert "Rename it" in str(raised.value)
