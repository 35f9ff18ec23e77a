"""Which files a stream reads, how often, and how many at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from dlt_local.errors import PipelineError
from tests.autoloader.sources import declare, rows, stream, table

if TYPE_CHECKING:
    from pathlib import Path

    from dlt_local.pytest_plugin import PipelineProject

NEW_YEAR = 1_704_067_200


def _batches(pipeline: PipelineProject, name: str) -> int:
    """Micro-batches of the only flow of a table."""
    (checkpoint,) = (pipeline.path(name) / "_dlt_metadata/checkpoints").iterdir()
    return len([file for file in (checkpoint / "0/commits").iterdir() if file.name.isdigit()])


def _dated(file: Path, time: float) -> None:
    os.utime(file, (time, time))


def test_limits_of_a_micro_batch(pipeline: PipelineProject) -> None:
    declare(
        pipeline,
        table("by_number", stream("text", "feed", maxFilesPerTrigger=2)),
        table("by_size", stream("text", "feed", maxBytesPerTrigger="1k")),
        table("at_once", stream("text", "feed")),
    )
    for number in range(5):
        pipeline.land(f"feed/{number}.txt", "x" * 600)
    assert pipeline.update().state == "COMPLETED"
    assert {name: _batches(pipeline, name) for name in ("by_number", "by_size", "at_once")} == {
        "by_number": 3,
        "by_size": 5,
        "at_once": 1,
    }
    assert {len(rows(pipeline, name)) for name in ("by_number", "by_size", "at_once")} == {5}


def test_names_and_times(pipeline: PipelineProject) -> None:
    declare(
        pipeline,
        table("globbed", stream("json", "feed", pathGlobFilter="{a,b}*.json")),
        table("named", stream("csv", "feed", schema="x STRING", fileNamePattern="*.csv")),
        table("later", stream("text", "feed", modifiedAfter="2024-01-01T00:00:00")),
        table("earlier", stream("text", "feed", modifiedBefore="2024-01-01", pathGlobFilter="*.json")),
        table("wild", stream("json", "f*d/{sub,none}")),
    )
    for name in ("a.json", "b1.json", "c.json", "sub/a2.json", "_hidden.json", ".b.json"):
        _dated(
            pipeline.land(f"feed/{name}", f'{{"{name[-6]}": "{name}"}}'), NEW_YEAR + (60 if name == "c.json" else -60)
        )
    _dated(pipeline.land("feed/d.csv", "csv\n"), NEW_YEAR - 60)
    assert pipeline.update().state == "COMPLETED"
    assert [row[:-1] for row in rows(pipeline, "globbed")] == [
        ("b1.json", None, None),
        (None, "sub/a2.json", None),
        (None, None, "a.json"),
    ]
    assert rows(pipeline, "named") == [("csv",)]
    assert rows(pipeline, "later") == [('{"c": "c.json"}',)]
    assert len(rows(pipeline, "earlier")) == 3
    assert rows(pipeline, "wild") == [("sub/a2.json", None)]


def test_files_that_were_there_before(pipeline: PipelineProject) -> None:
    declare(
        pipeline,
        table("new_only", stream("json", "feed", includeExistingFiles=False)),
        table("new_lines", stream("text", "feed", includeExistingFiles=False)),
    )
    pipeline.land("feed/old one.json", '{"id": 1}')
    assert pipeline.update().state == "COMPLETED"
    assert rows(pipeline, "new_only") == []
    pipeline.land("feed/new.json", '{"id": 2}')
    assert pipeline.update().state == "COMPLETED"
    assert rows(pipeline, "new_only") == [("2", None)]
    assert rows(pipeline, "new_lines") == [('{"id": 2}',)]
    pipeline.update(full_refresh_all=True)
    assert rows(pipeline, "new_only") == []


def test_overwritten_files(pipeline: PipelineProject) -> None:
    pipeline.settings["spark.sql.streaming.fileSource.log.compactInterval"] = "3"
    declare(
        pipeline,
        table("once", stream("json", "feed")),
        table("again", stream("json", "feed", allowOverwrites=True)),
    )
    for number in range(4):
        _dated(pipeline.land("feed/a b.json", f'{{"id": {number}}}'), NEW_YEAR + number)
        pipeline.land(f"feed/{number}.json", f'{{"id": "file {number}"}}')
        assert pipeline.update().state == "COMPLETED"
    files = [(f"file {number}", None) for number in range(4)]
    assert rows(pipeline, "once") == [("0", None), *files]
    assert rows(pipeline, "again") == [("0", None), ("1", None), ("2", None), ("3", None), *files]
    assert list((pipeline.path("again") / "_dlt_metadata/checkpoints/again/0/sources/0").glob("*.compact"))
    _dated(pipeline.land("feed/a b.json", '{"id": 9, "new": true}'), NEW_YEAR + 100)
    assert pipeline.update().state == "COMPLETED"
    assert [row for row in pipeline.table("again") if row["new"]] == [{"id": "9", "_rescued_data": None, "new": "true"}]
    assert len(rows(pipeline, "once")) == 5


def test_files_that_cannot_be_read(pipeline: PipelineProject) -> None:
    tolerant = {"ignoreCorruptFiles": "true", "ignoreMissingFiles": "true"}
    declare(
        pipeline,
        table("json_rows", stream("json", "json", options=tolerant)),
        table("csv_rows", stream("csv", "csv", header=True, options=tolerant)),
        table("parquet_rows", stream("parquet", "parquet", options=tolerant)),
    )
    for kind, content in (("json", '{"id": 1}'), ("csv", "id\n1\n")):
        pipeline.land(f"{kind}/good.{kind}", content)
        pipeline.land(f"{kind}/bad.{kind}.gz", b"no gzip")
    pipeline.land("parquet/bad.parquet", b"no parquet")
    pq.write_table(pa.table({"id": ["1"]}), pipeline.landing / "parquet/good.parquet")
    assert pipeline.update().state == "COMPLETED"
    for kind in ("json", "csv", "parquet"):
        assert rows(pipeline, f"{kind}_rows") == [("1", None)], kind
    declare(pipeline, table("strict", stream("parquet", "parquet")))
    with pytest.raises(
        PipelineError, match=r"tables.py:\d+: File .*bad.parquet cannot be read: .* Repair or remove it"
    ):
        pipeline.update()


def test_formats_that_spark_reads_alone(pipeline: PipelineProject) -> None:
    declare(
        pipeline,
        table("orc_rows", stream("orc", "orc", schema="id INT, gym STRING")),
        table("csv_rows", stream("csv", "csv", schema="id INT", header=True, cleanSource="off")),
        table("json_rows", stream("json", "json", schema="id INT, note STRING", encoding="ISO-8859-1", lineSep="\n")),
        table(
            "by_option",
            stream("text", "json", path="{landing}/lines").replace(
                '.load(spark.conf.get("landing") + "/json")', ".load()"
            ),
        ),
    )
    (pipeline.landing / "orc/gym=5").mkdir(parents=True)
    orc.write_table(pa.table({"id": pa.array([1], pa.int32())}), pipeline.landing / "orc/gym=5/1.orc")
    pipeline.land("csv/1.csv", "id\n1\n")
    pipeline.land("json/1.json", '{"id": 1, "note": "ü"}'.encode("latin-1"))
    pipeline.land("lines/1.txt", "a\n")
    pipeline.source(
        "tables.py", (pipeline.sources / "tables.py").read_text().replace("{landing}", str(pipeline.landing))
    )
    assert pipeline.update().state == "COMPLETED"
    assert rows(pipeline, "orc_rows") == [(1, "5")]
    assert rows(pipeline, "csv_rows") == [(1,)]
    assert rows(pipeline, "json_rows") == [(1, "ü")]
    assert rows(pipeline, "by_option") == [("a",)]
