"""AUTO CDC FROM SNAPSHOT, periodic and historical: what each next snapshot makes of a target."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

PERIODIC = """
    from pyspark import pipelines as dp

    LANDING = spark.conf.get("landing")

    @dp.materialized_view
    def people():
        return spark.read.schema("id INT, v STRING").json(LANDING + "/people")

    @dp.temporary_view
    def renamed():
        return spark.read.table("people").withColumnRenamed("v", "t")

    dp.create_streaming_table("current")
    dp.create_auto_cdc_from_snapshot_flow("current", "people", ["id"])
    dp.create_streaming_table("history")
    dp.apply_changes_from_snapshot("history", "renamed", ["id"], stored_as_scd_type=2)

    @dp.materialized_view
    def versions():
        return spark.read.table("history").groupBy("id").count()
"""
Row = dict[str, Any]


def row(key: int, value: str | None) -> Row:
    return {"id": key, "v": value}


def spans(rows: list[Row], column: str = "t") -> dict[int, list[tuple[Any, Any, Any]]]:
    """Versions per key in order."""
    found: dict[int, list[tuple[Any, Any, Any]]] = {}
    for version in sorted(rows, key=lambda version: version["__START_AT"]):
        found.setdefault(version["id"], []).append((version[column], version["__START_AT"], version["__END_AT"]))
    return found


def warnings(pipeline: PipelineProject) -> list[str]:
    return [event.message for event in pipeline.events("flow_progress") if event.level == "WARN"]


def test_periodic_snapshots(pipeline: PipelineProject) -> None:
    pipeline.source("people.py", PERIODIC)
    pipeline.land("people/1.json", [row(1, "a1"), row(2, "a2"), row(2, "a2"), row(5, None)])
    assert pipeline.update().state == "COMPLETED"
    assert pipeline.table("current") == [row(1, "a1"), row(2, "a2"), row(5, None)]
    assert spans(pipeline.table("history")) == {1: [("a1", 0, None)], 2: [("a2", 0, None)], 5: [(None, 0, None)]}

    # Nothing changed, so no snapshot is taken.
    assert pipeline.update().state == "COMPLETED"
    pipeline.land("people/1.json", [row(2, "b2"), row(3, "a3"), row(5, None)])
    assert pipeline.update().state == "COMPLETED"
    assert pipeline.table("current") == [row(2, "b2"), row(3, "a3"), row(5, None)]
    assert spans(pipeline.table("history")) == {
        1: [("a1", 0, 1)],
        2: [("a2", 0, 1), ("b2", 1, None)],
        3: [("a3", 1, None)],
        5: [(None, 0, None)],
    }
    assert pipeline.table("versions") == [
        {"id": 1, "count": 1},
        {"id": 2, "count": 2},
        {"id": 3, "count": 1},
        {"id": 5, "count": 1},
    ]

    # Key 1 returns with its old value, 2 has a NULL where 5 gets a text.
    pipeline.land("people/1.json", [row(1, "a1"), row(2, None), row(5, "x")])
    assert pipeline.update().state == "COMPLETED"
    assert spans(pipeline.table("history")) == {
        1: [("a1", 0, 1), ("a1", 2, None)],
        2: [("a2", 0, 1), ("b2", 1, 2), (None, 2, None)],
        3: [("a3", 1, 2)],
        5: [(None, 0, 2), ("x", 2, None)],
    }
    assert warnings(pipeline) == []

    # The empty snapshot is a snapshot, of which the user is told.
    pipeline.land("people/1.json", "")
    assert pipeline.update().state == "COMPLETED"
    assert pipeline.table("current") == []
    assert all(end is not None for found in spans(pipeline.table("history")).values() for _, _, end in found)
    assert len([text for text in warnings(pipeline) if "the snapshot is empty" in text]) == 2
    assert not any(
        {"num_upserted_rows", "num_deleted_rows"} & event.details["flow_progress"].get("metrics", {}).keys()
        for event in pipeline.events("flow_progress")
    )

    # What is no snapshot changes nothing.
    before = pipeline.table("history")
    for rows, message in (
        ([row(1, "a"), row(1, "b")], "has different rows with the key (id=1)"),
        ([{"id": None, "v": "x"}], "has a row with a NULL key"),
    ):
        pipeline.land("people/1.json", rows)
        result = pipeline.update()
        assert result.state == "FAILED"
        assert any(message in error and "people.py" in error for error in result.errors), result.errors
        assert pipeline.table("history") == before

    # A full refresh counts from 0 again; a column may come, and tells versions apart from then on.
    pipeline.source("people.py", PERIODIC.replace("v STRING", "v STRING, w STRING"))
    pipeline.land("people/1.json", [row(1, "a")])
    assert pipeline.update(refresh="people", full_refresh="history").state == "COMPLETED"
    assert pipeline.table("history") == [{"id": 1, "t": "a", "w": None, "__START_AT": 0, "__END_AT": None}]
    pipeline.land("people/1.json", [{"id": 1, "v": "a", "w": "x"}])
    assert pipeline.update().state == "COMPLETED"
    assert spans(pipeline.table("history"), "w") == {1: [(None, 0, 1), ("x", 1, None)]}
    assert pipeline.table("current") == [{"id": 1, "v": "a", "w": "x"}]


HISTORICAL = """
    import json
    from pathlib import Path

    from pyspark import pipelines as dp

    LANDING = Path(spark.conf.get("landing"))

    @dp.materialized_view
    def known():
        return spark.read.schema("id INT").json(str(LANDING / "known"))

    def next_snapshot(latest):
        numbers = sorted(int(file.stem) for file in (LANDING / "snapshots").glob("*.json"))
        later = [number for number in numbers if latest is None or number > latest]
        if not later:
            return None
        rows = spark.read.schema("id INT, t STRING, n STRING").json(str(LANDING / "snapshots" / f"{later[0]}.json"))
        return rows.join(spark.read.table("known"), "id", "left_semi"), later[0]

    dp.create_streaming_table("current")
    dp.create_auto_cdc_from_snapshot_flow("current", next_snapshot, ["id"])
    dp.create_streaming_table("history")
    dp.create_auto_cdc_from_snapshot_flow(
        "history", next_snapshot, ["id"], stored_as_scd_type=2, track_history_column_list=["t"]
    )
"""


def snapshot(*rows: tuple[int, str, str]) -> list[Row]:
    return [{"id": key, "t": tracked, "n": untracked} for key, tracked, untracked in rows]


def test_historical_snapshots(pipeline: PipelineProject) -> None:
    pipeline.source("people.py", HISTORICAL)
    pipeline.land("known/1.json", [{"id": number} for number in range(1, 9)])
    pipeline.land("snapshots/1.json", snapshot((1, "a1", "b1"), (2, "a2", "b2"), (4, "a4", "b4"), (99, "-", "-")))
    pipeline.land("snapshots/2.json", snapshot((2, "a2_new", "b2"), (3, "a3", "b3"), (4, "a4", "b4_new")))
    result = pipeline.update()
    assert result.state == "COMPLETED", result.errors
    expected: list[Row] = snapshot((2, "a2_new", "b2"), (3, "a3", "b3"), (4, "a4", "b4_new"))
    assert pipeline.table("current") == expected
    versions = {(r["id"], r["t"], r["n"], r["__START_AT"], r["__END_AT"]) for r in pipeline.table("history")}
    assert versions == {
        (1, "a1", "b1", 1, 2),
        (2, "a2", "b2", 1, 2),
        (2, "a2_new", "b2", 2, None),
        (3, "a3", "b3", 2, None),
        (4, "a4", "b4_new", 1, None),
    }
    # A second process goes on where the first stopped; the first snapshots need not be there any more.
    (pipeline.landing / "snapshots" / "1.json").unlink()
    (pipeline.landing / "snapshots" / "2.json").unlink()
    pipeline.land("snapshots/7.json", snapshot((1, "a1", "b1"), (4, "a4", "b4")))
    script = "import sys; from pathlib import Path; from dlt_local.pytest_plugin import PipelineProject as P\n"
    script += "sys.exit('; '.join(P(Path(sys.argv[1])).update().errors) or None)"
    subprocess.run([sys.executable, "-W", "error", "-c", script, str(pipeline.root)], check=True, timeout=600)
    assert pipeline.table("current") == snapshot((1, "a1", "b1"), (4, "a4", "b4"))
    assert spans(pipeline.table("history"))[1] == [("a1", 1, 2), ("a1", 7, None)]
    assert spans(pipeline.table("history"))[3] == [("a3", 2, 7)]

    # A replan finds the columns although there is no first snapshot any more.
    pipeline.source("people.py", HISTORICAL + "\n")
    (pipeline.landing / "snapshots" / "7.json").unlink()
    assert pipeline.update().state == "COMPLETED"


VERSIONS = """
    from datetime import date, datetime
    from decimal import Decimal

    from pyspark import pipelines as dp

    FIRST = {
        "int": 1, "str": "a", "float": 1.5, "bytes": b"a", "datetime": datetime(2026, 1, 1, 12),
        "date": date(2026, 1, 1), "decimal": Decimal("1.5"),
    }
    SECOND = {
        "int": 2, "str": "b", "float": 2.5, "bytes": b"b", "datetime": datetime(2026, 1, 2),
        "date": date(2026, 1, 2), "decimal": Decimal("2.5"),
    }

    def snapshots(kind):
        def next_snapshot(latest):
            if latest is None:
                return spark.range(2), FIRST[kind]
            return (spark.range(1), SECOND[kind]) if latest == FIRST[kind] else None
        return next_snapshot

    for kind in FIRST:
        dp.create_streaming_table(f"by_{kind}")
        dp.create_auto_cdc_from_snapshot_flow(f"by_{kind}", snapshots(kind), ["id"], stored_as_scd_type=2)

    dp.create_streaming_table("repeated")
    dp.create_auto_cdc_from_snapshot_flow("repeated", lambda latest: (spark.range(1), 1), ["id"])

    def fails_later(latest):
        if latest is None:
            return spark.range(3), 1
        raise RuntimeError("the archive is gone")

    dp.create_streaming_table("failing")
    dp.create_auto_cdc_from_snapshot_flow("failing", fails_later, ["id"])

    dp.create_streaming_table("changing")
    dp.create_auto_cdc_from_snapshot_flow("changing", lambda latest: (spark.range(1), "b" if latest else 1), ["id"])

    dp.create_streaming_table("declared", schema="id BIGINT, __START_AT INT, __END_AT INT")
    dp.create_auto_cdc_from_snapshot_flow(
        "declared", lambda latest: None if latest else (spark.range(1), 5), ["id"], stored_as_scd_type=2
    )
"""


def test_versions_of_all_types_and_functions_that_misbehave(pipeline: PipelineProject) -> None:
    path = pipeline.source("snapshots.py", VERSIONS)
    result = pipeline.update()
    assert result.state == "FAILED"
    for kind in ("int", "str", "float", "bytes", "datetime", "date", "decimal"):
        rows = {row["id"]: row for row in pipeline.table(f"by_{kind}")}
        assert rows[0]["__END_AT"] is None, kind
        assert rows[1]["__END_AT"] > rows[1]["__START_AT"] == rows[0]["__START_AT"], kind
    assert str(pipeline.table("by_datetime")[0]["__START_AT"]).startswith("2026-01-01 12:00:00")
    assert pipeline.table("repeated") == [{"id": 0}]
    assert (
        len([text for text in warnings(pipeline) if "is not above the last one, 1, and was not applied" in text]) == 1
    )
    assert pipeline.table("failing") == [{"id": 0}, {"id": 1}, {"id": 2}]
    assert pipeline.table("declared") == [{"id": 0, "__START_AT": 5, "__END_AT": None}]
    (failing,) = [error for error in result.errors if "failing" in error]
    assert failing.startswith(f"{path}:")
    assert "RuntimeError: the archive is gone" in failing
    assert any("SEQUENCING_TYPE_DRIFT" in error and "int to str" in error for error in result.errors)
    assert len(result.errors) == 2


@pytest.mark.parametrize("moment", ["before the target", "after the target"])
def test_a_killed_snapshot_is_finished_first(pipeline: PipelineProject, moment: str) -> None:
    pipeline.source("people.py", PERIODIC)
    pipeline.land("people/1.json", [row(1, "a1"), row(2, "a2")])
    assert pipeline.update().state == "COMPLETED"
    pipeline.land("people/1.json", [row(2, "b2")])
    script = """
import os, sys
from pathlib import Path
from dlt_local.cdc.plain_target import PlainTarget
from dlt_local.pytest_plugin import PipelineProject
publish = PlainTarget.publish

def publish_and_die(self, connection):
    if not self.shape.has_history or sys.argv[2] == "after the target":
        publish(self, connection)
    if self.shape.has_history:
        os._exit(9)

PlainTarget.publish = publish_and_die
PipelineProject(Path(sys.argv[1])).update(refresh=["people", "history"])
"""
    killed = subprocess.run([sys.executable, "-c", script, str(pipeline.root), moment], check=False, timeout=600)
    assert killed.returncode == 9
    pipeline.land("people/1.json", [row(2, "c2")])
    assert pipeline.update().state == "COMPLETED"
    assert spans(pipeline.table("history")) == {1: [("a1", 0, 1)], 2: [("a2", 0, 1), ("b2", 1, 2), ("c2", 2, None)]}
    assert pipeline.table("current") == [row(2, "c2")]
