"""A stream without a declared schema: columns and types come from the files."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dlt_local.errors import PipelineError
from tests.autoloader.sources import columns, declare, rows, stream, table

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

VISIT = '{"id": 1, "open": true, "at": {"gym": 5, "tags": ["a", "b"]}, "kg": 81.5}\n{"id": 2, "note": "late"}\n'


def test_json_and_csv(pipeline: PipelineProject) -> None:
    declare(
        pipeline,
        table("strings", stream("json", "visits")),
        table("typed", stream("json", "visits", inferColumnTypes=True)),
        table(
            "hinted", stream("json", "visits", inferColumnTypes=True, schemaHints="id INT, at.gym STRING, extra DATE")
        ),
        table("logins", stream("csv", "logins", header=True)),
        table("typed_logins", stream("csv", "logins", header=True, inferColumnTypes=True)),
        table("headless", stream("csv", "headless", inferColumnTypes=True, schemaEvolutionMode="rescue")),
        table("unrescued", stream("csv", "logins", header=True, schemaEvolutionMode="none")),
        table("renamed", stream("json", "visits", rescuedDataColumn="left_over")),
    )
    pipeline.land("visits/1.json", VISIT)
    pipeline.land("logins/1.csv", "gym,mac,at,day\n1,aa,2024-05-01T10:00:00,2024-05-01\n")
    pipeline.land("logins/2.csv.gz", gzip.compress(b"mac,weight\nbb,3.5\n"))
    pipeline.land("headless/1.csv", '1,"x"\n20000000000,y\n')
    assert pipeline.update().state == "COMPLETED"

    assert columns(pipeline, "strings") == dict.fromkeys(["at", "id", "kg", "note", "open", "_rescued_data"], "string")
    assert rows(pipeline, "strings") == [
        ('{"gym":5,"tags":["a","b"]}', "1", "81.5", None, "true", None),
        (None, "2", None, "late", None, None),
    ]
    assert columns(pipeline, "typed") == {
        "at": "struct<gym:bigint,tags:array<string>>",
        "id": "bigint",
        "kg": "double",
        "note": "string",
        "open": "boolean",
        "_rescued_data": "string",
    }
    assert rows(pipeline, "typed") == [
        (None, 2, None, "late", None, None),
        ({"gym": 5, "tags": ["a", "b"]}, 1, 81.5, None, True, None),
    ]
    assert columns(pipeline, "hinted") == {
        "at": "struct<gym:string,tags:array<string>>",
        "id": "int",
        "kg": "double",
        "note": "string",
        "open": "boolean",
        "extra": "date",
        "_rescued_data": "string",
    }
    assert columns(pipeline, "logins") == dict.fromkeys(
        ["gym", "mac", "at", "day", "weight", "_rescued_data"], "string"
    )
    assert rows(pipeline, "logins") == [
        ("1", "aa", "2024-05-01T10:00:00", "2024-05-01", None, None),
        (None, "bb", None, None, "3.5", None),
    ]
    assert rows(pipeline, "typed_logins") == [
        (1, "aa", datetime(2024, 5, 1, 10, tzinfo=UTC), date(2024, 5, 1), None, None),
        (None, "bb", None, None, 3.5, None),
    ]
    assert columns(pipeline, "headless") == {"_c0": "bigint", "_c1": "string", "_rescued_data": "string"}
    assert rows(pipeline, "headless") == [(1, "x", None), (20000000000, "y", None)]
    assert list(columns(pipeline, "unrescued")) == ["gym", "mac", "at", "day", "weight"]
    assert list(columns(pipeline, "renamed"))[-1] == "left_over"


def test_parquet_text_and_binary_files(pipeline: PipelineProject) -> None:
    declare(
        pipeline,
        table("readings", stream("parquet", "readings")),
        table("lines", stream("text", "lines")),
        table("whole", stream("text", "lines", wholetext=True)),
        table("blobs", stream("binaryFile", "lines") + '.select("content", "length", "_metadata.file_name")'),
    )
    (pipeline.landing / "readings").mkdir(parents=True)
    at = datetime(2024, 5, 1, tzinfo=UTC)
    pq.write_table(
        pa.table({"bpm": pa.array([61], pa.int32()), "price": pa.array([Decimal("1.50")], pa.decimal128(5, 2))}),
        pipeline.landing / "readings" / "1.parquet",
    )
    pq.write_table(
        pa.table({"bpm": pa.array([2**40], pa.int64()), "at": pa.array([at], pa.timestamp("us", "UTC"))}),
        pipeline.landing / "readings" / "2.parquet",
    )
    pipeline.land("lines/1.txt", "a\nb\n")
    assert pipeline.update().state == "COMPLETED"
    assert columns(pipeline, "readings") == {
        "bpm": "bigint",
        "price": "decimal(5,2)",
        "at": "timestamp",
        "_rescued_data": "string",
    }
    assert rows(pipeline, "readings") == [(2**40, None, at, None), (61, Decimal("1.50"), None, None)]
    assert rows(pipeline, "lines") == [("a",), ("b",)]
    assert rows(pipeline, "whole") == [("a\nb\n",)]
    assert rows(pipeline, "blobs") == [(b"a\nb\n", 4, "1.txt")]


def test_partition_columns(pipeline: PipelineProject) -> None:
    declare(
        pipeline,
        table("found", stream("json", "feed")),
        table("typed", stream("json", "feed", inferColumnTypes=True)),
        table("chosen", stream("json", "feed", partitionColumns="city")),
        table("none", stream("json", "feed", partitionColumns="")),
        table("declared", stream("json", "feed", schema="day DATE, id INT")),
        table(
            "rescuing",
            stream(
                "csv",
                "csv",
                schema="id INT, gym INT, _rescued_data STRING",
                header=True,
                rescuedDataColumn="_rescued_data",
            ),
        ),
        table("lines", stream("text", "feed")),
    )
    pipeline.land("feed/day=2024-05-01/city=S%C3%A3o Paulo+1/1.json", '{"id": 1}')
    pipeline.land("feed/day=2024-05-02/city=__HIVE_DEFAULT_PARTITION__/2.json", '{"id": 2}')
    pipeline.land("csv/gym=7/1.csv", "id,gym\n1,9\n")
    pipeline.land("csv/gym=seven/1.csv", "id\n2\n")
    assert pipeline.update().state == "COMPLETED"
    city = "São Paulo+1"
    assert rows(pipeline, "found") == [("1", "2024-05-01", city, None), ("2", "2024-05-02", None, None)]
    assert rows(pipeline, "typed") == [(1, date(2024, 5, 1), city, None), (2, date(2024, 5, 2), None, None)]
    assert list(columns(pipeline, "chosen")) == ["id", "city", "_rescued_data"]
    assert list(columns(pipeline, "none")) == ["id", "_rescued_data"]
    assert rows(pipeline, "declared") == [(date(2024, 5, 1), 1), (date(2024, 5, 2), 2)]
    assert rows(pipeline, "rescuing") == [(1, 7, None), (2, None, {"gym": "seven"})]
    assert rows(pipeline, "lines") == [('{"id": 1}', "2024-05-01", city), ('{"id": 2}', "2024-05-02", None)]


def test_metadata_of_every_format(pipeline: PipelineProject) -> None:
    fields = "file_path", "file_name", "file_size", "file_block_start", "file_block_length"
    selected = "".join(f', "_metadata.{name}"' for name in fields)
    formats = {"csv": "a\n1\n", "json": '{"a": 1}\n', "text": "a\n", "binaryfile": "a"}
    declare(
        pipeline,
        *[
            table(
                f"{name}_files",
                f'{stream(name, name, header=True)}.select("_metadata.file_modification_time"{selected})',
            )
            for name in (*formats, "parquet")
        ],
    )
    files = {name: pipeline.land(f"{name}/1", content) for name, content in formats.items()}
    files["parquet"] = pipeline.land("parquet/1", b"")
    pq.write_table(pa.table({"a": [1]}), files["parquet"])
    assert pipeline.update().state == "COMPLETED"
    for name, file in files.items():
        size = file.stat().st_size
        modified = datetime.fromtimestamp(file.stat().st_mtime_ns // 1_000_000 / 1000, UTC)
        assert rows(pipeline, f"{name}_files") == [(modified, f"file:{file}", "1", size, 0, size)], name


def test_the_columns_of_text_files_are_fixed(pipeline: PipelineProject) -> None:
    declare(pipeline, table("lines", stream("text", "feed", schema="value STRING, day DATE")))
    (pipeline.landing / "feed").mkdir(parents=True)
    assert pipeline.update().state == "COMPLETED"
    pipeline.land("feed/day=2024-05-01/1.txt", "a")
    pipeline.update()
    assert rows(pipeline, "lines") == [("a", date(2024, 5, 1))]
    declare(pipeline, table("lines", stream("text", "feed", schema="value STRING, extra INT")))
    message = r"tables.py:8: Files of format text have no column 'extra int'\. They have value string"
    with pytest.raises(PipelineError, match=message):
        pipeline.update()


def test_an_empty_folder(pipeline: PipelineProject) -> None:
    declare(pipeline, table("visits", stream("json", "visits")))
    (pipeline.landing / "visits").mkdir(parents=True)
    message = r"tables.py:8: \[CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE\] .*/landing/visits', which holds no files. Start when"
    with pytest.raises(PipelineError, match=message):
        pipeline.update()


def test_validation_infers_and_writes_nothing(pipeline: PipelineProject) -> None:
    declare(pipeline, table("visits", stream("json", "visits")))
    pipeline.land("visits/1.json", VISIT)
    pipeline.update(validate_only=True)
    assert not pipeline.state.exists()
