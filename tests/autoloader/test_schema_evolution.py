"""Files that bring new columns: every evolution mode, over several updates, with the restart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from dlt_local.autoloader.files import SourceFile, source_files
from dlt_local.autoloader.source import Source
from tests.autoloader.sources import columns, declare, rows, stream, table, uri

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from dlt_local.pytest_plugin import PipelineProject


def _parquet(file: Path, **values: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({name: [value] for name, value in values.items()}), file)


def _starts(pipeline: PipelineProject) -> list[str]:
    return [
        event.details["create_update"]["cause"] for event in pipeline.events() if event.event_type == "create_update"
    ]


def _errors(pipeline: PipelineProject, flow: str) -> list[str]:
    """Messages of the failures of a flow, oldest first."""
    failed = [
        event
        for event in pipeline.events()
        if event.event_type == "flow_progress"
        and event.details["flow_progress"].get("status") == "FAILED"
        and event.origin["flow_name"].endswith(flow)
    ]
    return [event.error["exceptions"][0]["message"] for event in failed if event.error is not None]


def test_new_columns_are_added_and_the_update_starts_again(pipeline: PipelineProject) -> None:
    declare(
        pipeline,
        table("visits", stream("json", "visits")),
        table("typed", stream("json", "visits", inferColumnTypes=True) + '.select("id", "at.*", "_rescued_data")'),
        table("logins", stream("csv", "logins", header=True)),
        table("readings", stream("parquet", "readings")),
    )
    pipeline.land("visits/1.json", [{"id": 1, "at": {"gym": 5}}])
    pipeline.land("logins/1.csv", "mac\naa\n")
    _parquet(pipeline.landing / "readings/1.parquet", bpm=60)
    pipeline.update()
    new = pipeline.land("visits/2.json", [{"id": 2, "at": {"gym": 6, "door": "N"}, "note": "late"}])
    pipeline.land("logins/2.csv", "gym,mac\n7,bb\n")
    _parquet(pipeline.landing / "readings/2.parquet", bpm=61, device="d1")
    assert pipeline.update().state == "COMPLETED"
    assert _starts(pipeline) == ["USER_ACTION", "USER_ACTION", "SCHEMA_CHANGE"]
    (message,) = _errors(pipeline, "visits")
    assert message.endswith(
        f"[UNKNOWN_FIELD_EXCEPTION.NEW_FIELDS_IN_FILE] Unknown fields [note] in file {uri(new)}; "
        "the schema of the stream has them now. The update starts again by itself."
    )
    assert _errors(pipeline, "typed")[0].split(" in file ")[0].endswith("Unknown fields [at.door, note]")
    assert list(columns(pipeline, "visits")) == ["at", "id", "_rescued_data", "note"]
    assert rows(pipeline, "visits") == [
        ('{"gym":5}', "1", None, None),
        ('{"gym":6,"door":"N"}', "2", None, "late"),
    ]
    assert [(row["id"], row["gym"], row["door"]) for row in pipeline.table("typed")] == [(1, 5, None), (2, 6, "N")]
    assert [(row["mac"], row["gym"]) for row in pipeline.table("logins")] == [("aa", None), ("bb", "7")]
    assert [(row["bpm"], row["device"]) for row in pipeline.table("readings")] == [(60, None), (61, "d1")]
    before = len(_starts(pipeline))
    pipeline.land("visits/3.json", [{"id": 3}])
    pipeline.update()
    assert len(_starts(pipeline)) == before + 1
    assert len(rows(pipeline, "visits")) == 3


def test_modes_without_evolution(pipeline: PipelineProject) -> None:
    declare(
        pipeline,
        table("rescuing", stream("json", "feed", schemaEvolutionMode="rescue")),
        table("ignoring", stream("json", "feed", schemaEvolutionMode="none")),
        table("ignoring_csv", stream("csv", "csv", schemaEvolutionMode="none", header=True)),
        table("rescuing_parquet", stream("parquet", "parquet", schemaEvolutionMode="rescue")),
        table(
            "declared_parquet",
            stream("parquet", "parquet", schema="a BIGINT, _rescued_data STRING", rescuedDataColumn="_rescued_data"),
        ),
        table("failing", stream("json", "feed", schemaEvolutionMode="failOnNewColumns")),
        table(
            "failing_declared",
            stream("csv", "csv", schema="a STRING", schemaEvolutionMode="failOnNewColumns", header=True),
        ),
    )
    pipeline.land("feed/1.json", [{"a": 1}])
    pipeline.land("csv/1.csv", "a\n1\n")
    _parquet(pipeline.landing / "parquet/1.parquet", a=1)
    assert pipeline.update().state == "COMPLETED"
    bad = pipeline.land("feed/2.json", [{"a": 2, "b": 3, "A": 4}])
    bad_csv = pipeline.land("csv/2.csv", "a,b\n2,3\n")
    _parquet(pipeline.landing / "parquet/2.parquet", a=2, b={"c": 3})
    for _ in range(2):
        assert pipeline.update().state == "FAILED"
    assert _starts(pipeline) == ["USER_ACTION"] * 3
    assert _errors(pipeline, "failing")[-1].endswith(
        f"Unknown fields [b] in file {uri(bad)}. Add them to the schema, or remove the file."
    )
    assert f"Unknown fields [b] in file {bad_csv}" in _errors(pipeline, "failing_declared")[-1]
    assert rows(pipeline, "rescuing") == [("1", None), ("2", {"b": "3", "A": "4"})]
    assert rows(pipeline, "ignoring") == [("1",), ("2",)]
    assert rows(pipeline, "ignoring_csv") == [("1",), ("2",)]
    assert rows(pipeline, "rescuing_parquet") == [(1, None), (2, {"b": {"c": 3}})]
    assert rows(pipeline, "declared_parquet") == [(1, None), (2, {"b": {"c": 3}})]
    assert rows(pipeline, "failing") == [("1", None)]
    bad.unlink()
    bad_csv.unlink()
    pipeline.land("feed/3.json", [{"a": 5}])
    assert pipeline.update().state == "COMPLETED"
    assert rows(pipeline, "failing") == [("1", None), ("5", None)]


def test_wider_types(pipeline: PipelineProject) -> None:
    as_double = '.withColumn("bpm", F.col("bpm").cast("double"))'
    typed = {"header": True, "inferColumnTypes": True}
    widening = {**typed, "schemaEvolutionMode": "addNewColumnsWithTypeWidening"}
    declare(
        pipeline,
        table("readings", stream("csv", "csv", options=widening) + as_double),
        table("fixed", stream("csv", "csv", options=typed) + as_double),
    )
    pipeline.land("csv/1.csv", "bpm\n60\n")
    pipeline.update()
    pipeline.land("csv/2.csv", "bpm\n61.5\nmany\n")
    assert pipeline.update().state == "COMPLETED"
    assert "Unknown fields" not in "".join(_errors(pipeline, "fixed"))
    assert rows(pipeline, "fixed") == [(60.0, None), (None, {"bpm": "61.5"}), (None, {"bpm": "many"})]
    assert rows(pipeline, "readings") == [(60.0, None), (None, {"bpm": "61.5"}), (None, {"bpm": "many"})]
    pipeline.land("csv/3.csv", "bpm\n62.5\n")
    assert pipeline.update().state == "COMPLETED"
    assert (62.5, None) in rows(pipeline, "readings")
    assert (None, {"bpm": "62.5"}) in rows(pipeline, "fixed")


def test_flows_that_share_a_view(pipeline: PipelineProject) -> None:
    good = '.where("id IS NOT NULL")'
    declare(
        pipeline,
        table("feed", stream("json", "feed"), decorator="view"),
        table("a", f'spark.readStream.table("feed"){good}'),
        table("b", 'spark.readStream.table("feed").select("id", F.col("id").alias("again"))'),
    )
    pipeline.land("feed/1.json", [{"id": 1}])
    pipeline.update()
    pipeline.land("feed/2.json", [{"id": 2, "note": "x"}])
    assert pipeline.update().state == "COMPLETED"
    assert [(row["id"], row["note"]) for row in pipeline.table("a")] == [("1", None), ("2", "x")]
    assert rows(pipeline, "b") == [("1", "1"), ("2", "2")]
    versions = {
        file.parents[2].name: len(list(file.parent.glob("_schemas/*"))) for file in pipeline.state.rglob("examined")
    }
    assert set(versions.values()) == {2}
    pipeline.land("feed/3.json", [{"id": 3, "more": "y"}])
    pipeline.update(refresh=("a",))
    assert _starts(pipeline)[-1] == "SCHEMA_CHANGE"
    pipeline.update()
    assert _starts(pipeline)[-1] == "USER_ACTION"
    assert rows(pipeline, "b") == [("1", "1"), ("2", "2"), ("3", "3")]


def test_files_that_come_while_the_update_starts(pipeline: PipelineProject, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(pipeline, table("visits", stream("json", "feed")), table("readings", stream("parquet", "parquet")))
    pipeline.land("feed/1.json", [{"id": 1}])
    _parquet(pipeline.landing / "parquet/1.parquet", bpm=60)
    pipeline.update()
    pipeline.land("feed/late.json", [{"id": 2, "note": "x"}])
    late = pipeline.landing / "parquet/late.parquet"
    _parquet(late, bpm=61, device="d1")
    in_a_minute = time.time() + 60
    os.utime(late, (in_a_minute, in_a_minute))

    def before_they_came(source: Source) -> list[SourceFile]:
        found = source_files(source.path, source.options.name_pattern)
        return [file for file in found if not file.path.name.startswith("late")]

    with monkeypatch.context() as patched:
        patched.setattr(Source, "files", before_they_came)
        assert pipeline.update().state == "FAILED"
    assert "Unknown fields [note] in file" in _errors(pipeline, "visits")[-1]
    assert f"Perhaps unknown fields in file {uri(late)}" in _errors(pipeline, "readings")[-1]
    assert (rows(pipeline, "visits"), rows(pipeline, "readings")) == ([("1", None)], [(60, None)])
    assert pipeline.update().state == "COMPLETED"
    assert rows(pipeline, "visits") == [("1", None, None), ("2", None, "x")]
    assert rows(pipeline, "readings") == [(60, None, None), (61, None, "d1")]


def test_change_events_with_a_new_column(pipeline: PipelineProject) -> None:
    target = """

dp.create_streaming_table("profiles")
dp.create_auto_cdc_flow(target="profiles", source="events", keys=["id"], sequence_by="at", stored_as_scd_type=1,
    except_column_list=["_rescued_data"])
"""
    declare(pipeline, table("events", stream("json", "feed", inferColumnTypes=True), decorator="view"), target)
    pipeline.land("feed/1.json", [{"id": 1, "at": 1, "city": "Ulm"}, {"id": 2, "at": 1, "city": "Rom"}])
    pipeline.update()
    pipeline.land("feed/2.json", [{"id": 1, "at": 2, "city": "Bern", "zip": 3000}])
    assert pipeline.update().state == "COMPLETED"
    assert sorted((row["id"], row["city"], row["zip"]) for row in pipeline.table("profiles")) == [
        (1, "Bern", 3000),
        (2, "Rom", None),
    ]


def test_a_file_that_is_replaced_before_it_was_read(pipeline: PipelineProject) -> None:
    declare(pipeline, table("visits", stream("json", "feed") + '.withColumn("n", F.col("id").cast("int"))'))
    pipeline.land("feed/1.json", [{"id": 1}])
    pipeline.update()
    pipeline.land("feed/2.json", [{"id": "two"}])
    assert pipeline.update().state == "FAILED"
    pipeline.land("feed/2.json", [{"id": 2, "note": "was wrong"}])
    assert pipeline.update().state == "COMPLETED"
    assert [(row["n"], row["note"]) for row in pipeline.table("visits")] == [(1, None), (2, "was wrong")]


def test_a_full_refresh_forgets_the_schema(pipeline: PipelineProject) -> None:
    declare(pipeline, table("visits", stream("json", "feed")))
    pipeline.land("feed/1.json", [{"id": 1, "old": 1}])
    pipeline.update()
    (pipeline.landing / "feed/1.json").unlink()
    pipeline.land("feed/2.json", [{"id": 2}])
    pipeline.update(full_refresh_all=True)
    assert list(columns(pipeline, "visits")) == ["id", "_rescued_data"]


def test_a_schema_location_of_the_user_outlasts_a_full_refresh(pipeline: PipelineProject, tmp_path: Path) -> None:
    declare(pipeline, table("visits", stream("json", "feed", schemaLocation=str(tmp_path / "schemas"))))
    pipeline.land("feed/1.json", [{"id": 1, "old": 1}])
    pipeline.update()
    (pipeline.landing / "feed/1.json").unlink()
    pipeline.land("feed/2.json", [{"id": 2}])
    pipeline.update(full_refresh_all=True)
    assert list(columns(pipeline, "visits")) == ["id", "old", "_rescued_data"]
    assert sorted(file.name for file in (tmp_path / "schemas/_schemas").iterdir()) == ["0"]
    version, stored = (tmp_path / "schemas/_schemas/0").read_text().splitlines()
    assert version == "v1"
    assert [field["name"] for field in json.loads(json.loads(stored)["dataSchemaJson"])["fields"]] == ["id", "old"]


def test_a_second_process_knows_the_schema_and_plans_anew_only_when_it_changed(pipeline: PipelineProject) -> None:
    declare(pipeline, table("visits", stream("csv", "feed", header=True)))
    plan = pipeline.state / "pipelines/tested/plan.json"
    first = pipeline.land("feed/1.csv", "id,note\n1,x\n")
    pipeline.update()
    assert str(first) not in json.loads(plan.read_text())["read_files"]
    pipeline.update()
    made = plan.stat().st_mtime_ns
    pipeline.land("feed/2.csv", "id\n2\n")
    pipeline.update()
    assert plan.stat().st_mtime_ns == made
    script = f"""
from pathlib import Path
from dlt_local.pytest_plugin import PipelineProject
print(PipelineProject(Path({str(pipeline.root)!r})).update().state)
"""
    pipeline.land("feed/3.csv", "id,more\n3,y\n")
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.split()[-1] == "COMPLETED"
    assert plan.stat().st_mtime_ns > made
    assert [(row["id"], row["note"], row["more"]) for row in pipeline.table("visits")] == [
        ("1", "x", None),
        ("2", None, None),
        ("3", None, "y"),
    ]
