"""Flows as users run them: several into one target, backfills, ties, metrics, killed runs, odd names."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from dlt_local.cdc import apply

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

SHARED = """
    from pyspark import pipelines as dp

    LANDING = spark.conf.get("landing")

    @dp.temporary_view
    def feed():
        return spark.readStream.schema("id INT, seq INT, v STRING, op STRING").json(LANDING + "/feed")
"""
TARGETS = """
    @dp.temporary_view
    def second_feed():
        return spark.readStream.schema("id INT, seq INT, v STRING, op STRING").json(LANDING + "/second")

    @dp.temporary_view
    def archive():
        return spark.read.schema("id INT, seq INT, v STRING, op STRING").json(LANDING + "/archive")

    def flow(target, source, name, scd_type, **options):
        dp.create_auto_cdc_flow(
            target, source, ["id"], "seq", apply_as_deletes="op = 'D'", except_column_list=["op", "seq"],
            stored_as_scd_type=scd_type, name=name, **options,
        )

    for scd_type in (1, 2):
        target = f"target_{scd_type}"
        dp.create_streaming_table(target, table_properties={"pipelines.cdc.tombstoneGCThresholdInSeconds": "60"})
        flow(target, "feed", "feed", scd_type)
        flow(target, "second_feed", "second", scd_type)
        flow(target, "archive", "backfill", scd_type, once=True)
"""
Row = dict[str, Any]


def event(key: int, seq: int, value: str | None, op: str = "U") -> Row:
    return {"id": key, "seq": seq, "v": value, "op": op}


def version(key: int, value: str | None, start: int | None, end: int | None) -> Row:
    return {"id": key, "v": value, "__START_AT": start, "__END_AT": end}


def flow_events(pipeline: PipelineProject, flow: str, level: str) -> list[Any]:
    found = [e for e in pipeline.events("flow_progress") if e.level == level and e.origin["flow_name"] == flow]
    return [e for e in found if e.origin["dataset_name"].endswith("target_1")]


def test_several_flows_fill_one_target(pipeline: PipelineProject) -> None:
    pipeline.source("targets.py", SHARED + TARGETS)
    pipeline.land("feed/1.json", [event(1, 10, "a"), event(3, 7, "same"), event(4, 7, "one")])
    pipeline.land("second/1.json", [event(3, 7, "same"), event(4, 7, "other"), event(5, 1, None, "D")])
    pipeline.land("archive/1.json", [event(1, 5, "a0"), event(2, 5, "b")])
    result = pipeline.update()
    assert result.state == "COMPLETED", result.errors

    current = {row["id"]: row["v"] for row in pipeline.table("target_1")}
    assert current.pop(4) in {"one", "other"}
    assert current == {1: "a", 2: "b", 3: "same"}
    assert [row for row in pipeline.table("target_2") if row["id"] != 4] == [
        version(1, "a", 10, None),
        version(1, "a0", 5, 10),
        version(2, "b", 5, None),
        version(3, "same", 7, None),
        version(5, None, None, 1),
    ]
    assert len([row for row in pipeline.table("target_2") if row["id"] == 4]) == 1

    warnings = [e.message for flow in ("feed", "second") for e in flow_events(pipeline, flow, "WARN")]
    assert len(warnings) == 1
    assert "different events of key (id=4) have the same sequence 7" in warnings[0]

    # A backfill runs once, whatever comes into its source; another one runs on full refresh.
    pipeline.land("archive/2.json", [event(9, 1, "late")])
    pipeline.land("feed/2.json", [event(1, 20, None, "D"), event(1, 30, "z"), event(3, 8, None, "D")])
    assert pipeline.update().state == "COMPLETED"
    assert {row["id"]: row["v"] for row in pipeline.table("target_1") if row["id"] != 4} == {1: "z", 2: "b"}
    metrics = [e.details["flow_progress"]["metrics"] for e in flow_events(pipeline, "feed", "METRICS")]
    assert {"num_upserted_rows": 1, "num_deleted_rows": 1} in metrics
    assert not any("num_output_rows" in found for found in metrics)
    before = {name: pipeline.table(name) for name in ("target_1", "target_2")}
    assert pipeline.update(full_refresh="target_1").state == "COMPLETED"
    assert {row["id"]: row["v"] for row in pipeline.table("target_1") if row["id"] != 4} == {1: "z", 2: "b", 9: "late"}
    assert pipeline.table("target_2") == before["target_2"]


ONE_TARGET = (
    SHARED
    + """
    dp.create_streaming_table("target_1")
    dp.create_auto_cdc_flow("target_1", "feed", ["id"], "seq", apply_as_deletes="op = 'D'", column_list=["id", "v"])
    dp.create_streaming_table("target_2")
    dp.create_auto_cdc_flow(
        "target_2", "feed", ["id"], "seq", apply_as_deletes="op = 'D'", column_list=["id", "v"], stored_as_scd_type=2
    )
"""
)


KILLED_RUN = """
import os, sys
from pathlib import Path
from dlt_local.cdc.plain_target import PlainTarget
from dlt_local.pytest_plugin import PipelineProject

publish = PlainTarget.publish

def publish_and_die(self, connection):
    _, _, target, moment = sys.argv
    dies = self.folder.path.name == target
    if not dies or moment == "after the target":
        publish(self, connection)
    if dies:
        os._exit(9)

PlainTarget.publish = publish_and_die
PipelineProject(Path(sys.argv[1])).update()
"""


@pytest.mark.parametrize("moment", ["before the target", "after the target"])
@pytest.mark.parametrize("target", ["target_1", "target_2"])
def test_a_killed_batch_heals_with_the_next_run(pipeline: PipelineProject, target: str, moment: str) -> None:
    pipeline.source("targets.py", ONE_TARGET)
    pipeline.land("feed/1.json", [event(1, 10, "a"), event(2, 10, "b"), event(3, 10, "c")])
    assert pipeline.update().state == "COMPLETED"
    pipeline.land("feed/2.json", [event(1, 20, "a2"), event(2, 15, None, "D"), event(3, 5, "c0")])
    command = [sys.executable, "-c", KILLED_RUN, str(pipeline.root), target, moment]
    assert subprocess.run(command, check=False, timeout=600).returncode == 9
    pending = list(pipeline.path(target).glob("_dlt_metadata/cdc/pending/*"))
    assert pending, "events are stored that are not noted as applied"
    assert pipeline.update().state == "COMPLETED"
    assert pipeline.table("target_1") == [{"id": 1, "v": "a2"}, {"id": 3, "v": "c"}]
    assert pipeline.table("target_2") == [
        version(1, "a", 10, 20),
        version(1, "a2", 20, None),
        version(2, "b", 10, 15),
        version(3, "c", 10, None),
        version(3, "c0", 5, 10),
    ]
    assert not list(pipeline.path("target_1").parent.glob("*/_dlt_metadata/cdc/pending/*"))


def test_a_target_that_refuses_a_batch_leaves_no_events(
    pipeline: PipelineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.source("targets.py", ONE_TARGET)
    pipeline.land("feed/1.json", [event(1, 10, "a")])

    def refuse(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(apply, "_publish", refuse)
    result = pipeline.update()
    assert result.state == "FAILED"
    assert all("disk full" in error for error in result.errors)
    for name in ("target_1", "target_2"):
        assert not list(pipeline.path(name).glob("_dlt_metadata/cdc/*/*/*"))
    monkeypatch.undo()
    assert pipeline.update().state == "COMPLETED"
    assert pipeline.table("target_1") == [{"id": 1, "v": "a"}]


ODD = """
    from pyspark import pipelines as dp
    from pyspark.sql import functions as F

    @dp.temporary_view
    def feed():
        rows = spark.readStream.schema("k STRING, place STRING, seq STRING, v STRING").json(spark.conf.get("landing"))
        return rows.select(
            F.col("k").alias("Key`s"), F.col("place").alias("where-it;is"), F.col("v").alias("the value"),
            F.col("v").alias("c_v"), F.lit(1).alias("k0"), F.lit(2).alias("Seq"), F.lit(3).alias("op"),
            F.struct(F.col("v").alias("in.ner")).alias('a "nested" one'), F.col("seq").cast("int").alias("at"),
        )

    for scd_type in (1, 2):
        dp.create_streaming_table(f"target_{scd_type}")
        dp.create_auto_cdc_flow(
            f"target_{scd_type}", "feed", ["KEY`S", "where-it;is"], "At", stored_as_scd_type=scd_type,
            except_column_list=["AT"],
        )
"""


def test_names_with_odd_characters_and_keys_that_look_alike(pipeline: PipelineProject) -> None:
    pipeline.source("targets.py", ODD)
    rows = [{"k": key, "place": "p", "seq": "1", "v": f"of {key}."} for key in ("A", "a", "A ")]
    pipeline.land("1.json", rows)
    assert pipeline.update().state == "COMPLETED"
    pipeline.land("2.json", [{"k": "a", "place": "p", "seq": "2", "v": "new"}])
    assert pipeline.update().state == "COMPLETED"
    for name in ("target_1", "target_2"):
        found = {(row["Key`s"], row["the value"], row['a "nested" one']["in.ner"]) for row in pipeline.table(name)}
        assert {("A", "of A.", "of A."), ("A ", "of A .", "of A ."), ("a", "new", "new")} <= found
    assert len(pipeline.table("target_1")) == 3
    assert len(pipeline.table("target_2")) == 4
