"""Append flows into sinks: Delta tables outside the pipeline, Python data sources, functions of each micro-batch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from dlt_local.cli.graph_text import mermaid
from dlt_local.errors import PipelineError
from dlt_local.project.folder import pipeline_from_folder
from dlt_local.update import plan_pipeline

if TYPE_CHECKING:
    from pathlib import Path

    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    import json
    from pathlib import Path
    from pyspark import pipelines as dp
    from pyspark.sql.datasource import DataSource, DataSourceStreamWriter, WriterCommitMessage

    OUT = Path(spark.conf.get("out"))


    @dp.table
    def readings():
        return spark.readStream.schema("device INT, bpm DOUBLE").json(spark.conf.get("landing"))


    dp.create_sink("by_path", "delta", {"path": str(OUT / "by_path")})
    dp.create_sink("by_name", "delta", {"tableName": "other.exports.readings"})


    @dp.append_flow(target="by_path", name="loud_to_path")
    def loud():
        return spark.readStream.table("readings").where("bpm > 100")


    @dp.append_flow(target="by_name")
    def all_to_name():
        return spark.readStream.table("readings")


    @dp.foreach_batch_sink
    def to_file(df, batch_id):
        rows = sorted([row.device, row.bpm] for row in df.collect())
        with (OUT / "batches.jsonl").open("a") as file:
            file.write(json.dumps([batch_id, rows]) + "\\n")


    def ignore(df, batch_id):
        df.sparkSession.range(1).count()


    dp.foreach_batch_sink(handler=ignore, name="to_nowhere")


    @dp.append_flow(target="to_file")
    def all_to_file():
        return spark.readStream.table("readings")


    @dp.append_flow(target="to_nowhere")
    def all_to_nowhere():
        return spark.readStream.table("readings")


    class Count(WriterCommitMessage):
        def __init__(self, rows):
            self.rows = rows


    class CountingWriter(DataSourceStreamWriter):
        def __init__(self, options):
            self.file = options["file"]

        def write(self, iterator):
            return Count(sum(1 for _ in iterator))

        def commit(self, messages, batchId):
            with open(self.file, "a") as file:
                file.write(f"{batchId}:{sum(message.rows for message in messages if message)}\\n")

        def abort(self, messages, batchId):
            raise NotImplementedError


    class Counting(DataSource):
        @classmethod
        def name(cls):
            return "counting"

        def streamWriter(self, schema, overwrite):
            return CountingWriter(self.options)


    spark.dataSource.register(Counting)
    dp.create_sink("counted", "counting", {"file": str(OUT / "counts.txt")})


    @dp.append_flow(target="counted")
    def all_to_counted():
        return spark.readStream.table("readings")
"""


def rows(folder: Path) -> list[tuple[int, float]]:
    return sorted((row["device"], row["bpm"]) for row in pa.table(DeltaTable(folder).scan()).to_pylist())


def test_each_row_reaches_each_sink_once(pipeline: PipelineProject) -> None:
    out = pipeline.root / "out"
    out.mkdir()
    pipeline.settings["out"] = str(out)
    pipeline.source("readings.py", SOURCE)
    pipeline.land("1.json", [{"device": 1, "bpm": 90.5}, {"device": 2, "bpm": 120}])
    first = pipeline.update()
    assert first.errors == ()
    pipeline.land("2.json", [{"device": 3, "bpm": 130}])
    assert pipeline.update().state == "COMPLETED"
    assert pipeline.update().state == "COMPLETED"
    assert rows(out / "by_path") == [(2, 120.0), (3, 130.0)]
    assert rows(pipeline.state / "tables/other/exports/readings") == [(1, 90.5), (2, 120.0), (3, 130.0)]
    batches = [json.loads(line) for line in (out / "batches.jsonl").read_text().splitlines()]
    assert batches == [[0, [[1, 90.5], [2, 120.0]]], [1, [[3, 130.0]]]]
    assert (out / "counts.txt").read_text().splitlines() == ["0:2", "1:1"]
    definitions = [event for event in pipeline.events() if event.event_type == "sink_definition"]
    assert {(event.origin["sink_name"], event.details["sink_definition"]["format"]) for event in definitions} == {
        ("by_path", "delta"), ("by_name", "delta"), ("to_file", "foreachBatch"), ("to_nowhere", "foreachBatch"),
        ("counted", "counting"),
    }  # fmt: skip

    # A full refresh starts the sink's flows from the beginning and cleans no target.
    pipeline.update(full_refresh=("to_file",))
    again = [json.loads(line) for line in (out / "batches.jsonl").read_text().splitlines()][2:]
    assert again == [[0, [[1, 90.5], [2, 120.0], [3, 130.0]]]]


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        ('dp.create_sink("s", "parquet", {"path": "/tmp/x"})', "Sink format 'parquet' is not supported"),
        ('dp.create_sink("s", "delta")', "A delta sink needs the option 'tableName' or 'path'"),
        ('dp.create_sink("s", "delta", {"path": "/x", "tableName": "a.b"})', "'tableName' and 'path' exclude"),
        ('dp.create_sink("s", "")', "'create_sink' needs a format"),
        ('dp.create_sink("a.b", "delta", {"path": "/x"})', "View 'a.b' may not be qualified|'a.b'"),
    ],
)
def test_sinks_that_cannot_be(pipeline: PipelineProject, declaration: str, message: str) -> None:
    path = pipeline.source("sinks.py", f"from pyspark import pipelines as dp\n{declaration}\n")
    with pytest.raises(PipelineError, match=rf"^{path}:2: .*({message})"):
        pipeline.update()


def test_a_sink_in_the_diagram(pipeline: PipelineProject) -> None:
    path = pipeline.source(
        "sinks.py",
        """
        import dlt

        dlt.create_sink("out", "delta", {"path": "/tmp/never-written"})

        @dlt.append_flow(target="out")
        def fill():
            return spark.readStream.format("rate").load()
        """,
    )
    assert mermaid(plan_pipeline(pipeline_from_folder(path))) == 'flowchart LR\n  out[/"out"/]'


def test_a_sink_cannot_be_read_and_takes_no_batch_query(pipeline: PipelineProject) -> None:
    source = """
        from pyspark import pipelines as dp

        dp.create_sink("s", "delta", {"path": "/tmp/never-written"})

        @dp.%s
        def query():
            return %s
    """
    pipeline.source("sinks.py", source % ("table", 'spark.read.table("s")'))
    with pytest.raises(PipelineError, match="'s' is a sink and cannot be read"):
        pipeline.update()
    pipeline.source("sinks.py", source % ('append_flow(target="s")', "spark.range(1)"))
    with pytest.raises(PipelineError, match="BATCH_RELATION_FOR_STREAMING_TABLE"):
        pipeline.update()
