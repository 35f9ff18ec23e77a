"""AUTO CDC targets against histories derived by hand, and against a walk over random events."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from dlt_local.cdc import apply
from dlt_local.cdc.history import IS_DELETE, ROW, SEQUENCE, TargetShape, current_rows, versions
from tests.cdc.scalar_histories import Case, Event, Version, cases, versions_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dlt_local.pytest_plugin import PipelineProject

SHAPE = TargetShape(keys=("id",), data=("value",), tracked=("value",))
SOURCE = """
    from pyspark import pipelines as dp

    @dp.temporary_view
    def changes():
        return spark.readStream.schema("id STRING, seq INT, value STRING, op STRING").json(spark.conf.get("landing"))

    dp.create_streaming_table("current")
    deletes = "op = 'D'"
    dp.create_auto_cdc_flow(
        "current", "changes", ["id"], "seq", apply_as_deletes=deletes, except_column_list=["op", "seq"]
    )
    dp.create_streaming_table("history")
    dp.apply_changes(
        "history", "changes", ["id"], "seq",
        apply_as_deletes=deletes, except_column_list=["op", "seq"], stored_as_scd_type=2,
    )
"""


def frame(spark: SparkSession, events: list[Event]) -> DataFrame:
    rows = [
        {"id": event.key, SEQUENCE: event.sequence, IS_DELETE: event.is_delete, ROW: {"value": event.value}}
        for event in events
    ]
    return spark.createDataFrame(pa.Table.from_pylist(rows))


def by_key(rows: list[tuple[str, Version]]) -> dict[str, list[Version]]:
    grouped: dict[str, list[Version]] = {}
    for key, version in sorted(rows, key=lambda row: (row[0], row[1][1] or row[1][2] or 0)):
        grouped.setdefault(key, []).append(version)
    return grouped


def spark_versions(spark: SparkSession, events: list[Event]) -> dict[str, list[Version]]:
    rows = versions(frame(spark, events), SHAPE).collect()
    return by_key([(row["id"], (row["value"], row["__START_AT"], row["__END_AT"])) for row in rows])


def in_order(found: list[Version]) -> list[Version]:
    return sorted(found, key=lambda version: version[1] or version[2] or 0)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_walk_gives_the_versions_derived_by_hand(case: Case) -> None:
    assert in_order(versions_of(list(case.events))) == list(case.versions)
    assert [value for value, start, end in case.versions if end is None] == ([case.current] if case.current else [])


def test_random_events_in_any_order(spark: SparkSession) -> None:
    randomness = random.Random(7)  # noqa: S311 # test data
    events = [
        Event(f"k{randomness.randrange(40)}", randomness.randrange(30), randomness.choice([None, "a", "b", "c"]))
        for _ in range(1200)
    ]
    expected = {key: in_order(versions_of([e for e in events if e.key == key])) for key in {e.key for e in events}}
    assert spark_versions(spark, events) == expected
    randomness.shuffle(events)
    assert spark_versions(spark, events) == expected
    current = {row["id"]: row["value"] for row in current_rows(frame(spark, events), SHAPE).collect()}
    assert current == {key: found[-1][0] for key, found in expected.items() if found[-1][2] is None}


@pytest.mark.parametrize("small_target", [0, 100_000], ids=["merged", "written anew"])
def test_targets_after_two_updates(
    pipeline: PipelineProject, monkeypatch: pytest.MonkeyPatch, small_target: int
) -> None:
    monkeypatch.setattr(apply, "SMALL_TARGET", small_target - 1)
    pipeline.source("changes.py", SOURCE)
    for number in range(2):
        rows = [
            {"id": event.key, "seq": event.sequence, "value": event.value, "op": "D" if event.is_delete else "U"}
            for case in cases()
            for update in case.updates[number : number + 1]
            for event in update
        ]
        pipeline.land(f"{number}.json", rows)
        assert pipeline.update().state == "COMPLETED"
    history = [(row["id"], (row["value"], row["__START_AT"], row["__END_AT"])) for row in pipeline.table("history")]
    assert by_key(history) == {case.name: list(case.versions) for case in cases()}
    assert {row["id"]: row["value"] for row in pipeline.table("current")} == {
        case.name: case.current for case in cases() if case.current
    }


def test_a_null_key_refuses_the_whole_batch(pipeline: PipelineProject) -> None:
    pipeline.source("changes.py", SOURCE)
    pipeline.land("1.json", [{"id": "a", "seq": 1, "value": "x"}, {"id": None, "seq": 2, "value": "y"}])
    result = pipeline.update()
    assert result.state == "FAILED"
    refusal = "[AUTOCDC_MICROBATCH_VALIDATION.NULL_KEY] 1 events of flow 'current' have a NULL key"
    assert any(refusal in error for error in result.errors)
    assert pipeline.table("current") == []


def test_a_column_that_comes_later(pipeline: PipelineProject) -> None:
    pipeline.source("changes.py", SOURCE)
    pipeline.land("1.json", [{"id": "a", "seq": 1, "value": "x"}, {"id": "b", "seq": 1, "value": "y"}])
    pipeline.update()
    pipeline.source("changes.py", SOURCE.replace("op STRING", "op STRING, note STRING"))
    pipeline.land("2.json", [{"id": "a", "seq": 2, "value": "x", "note": "new"}])
    assert pipeline.update().state == "COMPLETED"
    assert pipeline.table("current") == [
        {"id": "a", "value": "x", "note": "new"},
        {"id": "b", "value": "y", "note": None},
    ]
    assert [(row["id"], row["note"], row["__START_AT"]) for row in pipeline.table("history")] == [
        ("a", None, 1),
        ("a", "new", 2),
        ("b", None, 1),
    ]
