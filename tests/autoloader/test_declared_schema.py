"""Auto Loader: columns by name, rescued data, corrupt lines, folders that come later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    from pyspark import pipelines as dp


    @dp.table
    def loaded():
        return (
            spark.readStream.format("cloudFiles")
            .option("cloudFiles.format", "{format}")
            .option("rescuedDataColumn", "_rescued_data")
            .option("header", True)
            .schema("{schema}, _rescued_data STRING")
            .load(spark.conf.get("landing") + "/feed")
        )
"""
LOGINS = SOURCE.format(format="csv", schema="mac STRING, gym INT")


def test_csv_columns_are_matched_by_name(pipeline: PipelineProject) -> None:
    pipeline.source("logins.py", LOGINS)
    pipeline.land("feed/1.csv", 'gym,mac\r\n1,"aa, ""b"""\r\n,cc\r\n\r\n')
    pipeline.land("feed/2.csv", "mac\ndd\n")
    pipeline.update()
    assert [(row["mac"], row["gym"], row["_rescued_data"]) for row in pipeline.table("loaded")] == [
        ('aa, "b"', 1, None),
        ("cc", None, None),
        ("dd", None, None),
    ]


def test_what_does_not_fit_a_csv_schema_is_rescued(pipeline: PipelineProject) -> None:
    pipeline.source("logins.py", LOGINS)
    file = pipeline.land("feed/1.csv", "mac,gym,note\naa,five,late\nbb,2,,surplus\n")
    pipeline.update()
    path = file.as_uri().replace("file:///", "file:/")
    rescued = {row["mac"]: (row["gym"], json.loads(row["_rescued_data"])) for row in pipeline.table("loaded")}
    assert rescued == {
        "aa": (None, {"gym": "five", "note": "late", "_file_path": path}),
        "bb": (2, {"_c3": "surplus", "_file_path": path}),
    }


def test_json_lines_that_do_not_fit(pipeline: PipelineProject) -> None:
    pipeline.source("rows.py", SOURCE.format(format="json", schema="id INT, note STRING, _corrupt_record STRING"))
    lines = ['{"id": 1, "note": {"a": 1}}', '{"id": "x", "ID": 2}', '{"id": 3', "", "[4]", '{"id": 5, "new": true}']
    file = pipeline.land("feed/1.json", "\n".join(lines))
    pipeline.update()
    path = file.as_uri().replace("file:///", "file:/")
    rows = [
        (r["id"], r["note"], r["_corrupt_record"], json.loads(r["_rescued_data"] or "null"))
        for r in pipeline.table("loaded")
    ]
    assert sorted(rows, key=str) == sorted(
        [
            (1, '{"a":1}', None, None),
            (None, None, None, {"id": "x", "ID": "2", "_file_path": path}),
            (None, None, '{"id": 3', None),
            (None, None, "[4]", None),
            (5, None, None, {"new": "true", "_file_path": path}),
        ],
        key=str,
    )


def test_a_folder_that_comes_later_and_bytes_that_are_no_text(pipeline: PipelineProject) -> None:
    pipeline.source("rows.py", SOURCE.format(format="json", schema="id INT, _corrupt_record STRING"))
    assert pipeline.update().state == "COMPLETED"
    pipeline.land("feed/1.json", b"\xff\xfe\x01\n" + b'{"id": 7}\n')
    assert pipeline.update().state == "COMPLETED"
    assert sorted((row["id"] or 0, row["_corrupt_record"] is None) for row in pipeline.table("loaded")) == [
        (0, False),
        (7, True),
    ]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (
            "cloudFiles.formt",
            r":\d+: Unknown Auto Loader option 'cloudFiles.formt'. Did you mean 'cloudFiles.format'\?",
        ),
        ("cloudFiles.maxFileAge", r":\d+: 'cloudFiles.maxFileAge' is not supported by dlt_local: files that were read"),
    ],
)
def test_unknown_and_unsupported_options_are_named(pipeline: PipelineProject, option: str, message: str) -> None:
    pipeline.source("logins.py", LOGINS.replace('"header", True', f'"{option}", "x"'))
    pipeline.land("feed/1.csv", "mac,gym\n")
    with pytest.raises(PipelineError, match=message):
        pipeline.update()
