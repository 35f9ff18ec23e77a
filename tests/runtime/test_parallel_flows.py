"""Flows run side by side up to the cores of the machine; how many there are changes no row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlt_local import scheduling

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    import dlt
    from pyspark.sql import functions as F

    dlt.create_streaming_table("all_readings")
    dlt.create_streaming_table("newest")

    for gym in ("north", "south", "west"):
        @dlt.append_flow(target="all_readings", name=f"from_{gym}")
        def readings(gym=gym):
            rows = spark.readStream.schema("id INT, seq INT").json(spark.conf.get("landing") + "/" + gym)
            return rows.withColumn("gym", F.lit(gym))

        @dlt.view(name=f"changes_{gym}")
        def changes(gym=gym):
            return spark.readStream.table("all_readings").where(F.col("gym") == gym)

        dlt.apply_changes("newest", f"changes_{gym}", ["id"], "seq", flow_name=f"newest_{gym}")

        @dlt.table(name=f"counted_{gym}")
        def counted(gym=gym):
            return spark.read.table("all_readings").where(F.col("gym") == gym).groupBy("id").count()
"""
GYMS = ("north", "south", "west")


@pytest.mark.parametrize("workers", [1, 6])
def test_the_number_of_workers_changes_no_row(
    pipeline: PipelineProject, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(scheduling, "cores", lambda: workers)
    pipeline.source("readings.py", SOURCE)
    for update in (1, 2):
        for number, gym in enumerate(GYMS):
            # Each gym's newest event of member 7 differs; the highest sequence is that of the west, in update 1.
            sequence = 10 * (number + 1) + (3 - 2 * update)
            pipeline.land(f"{gym}/{update}.json", [{"id": 7, "seq": sequence}, {"id": 100 + number, "seq": update}])
        assert pipeline.update().errors == ()
    assert pipeline.table("newest") == [
        {"id": 100, "seq": 2, "gym": "north"},
        {"id": 101, "seq": 2, "gym": "south"},
        {"id": 102, "seq": 2, "gym": "west"},
        {"id": 7, "seq": 31, "gym": "west"},
    ]
    assert len(pipeline.table("all_readings")) == 12
    for number, gym in enumerate(GYMS):
        assert pipeline.table(f"counted_{gym}") == [{"id": 100 + number, "count": 2}, {"id": 7, "count": 2}]


def test_a_change_flow_that_reads_again_changes_nothing(pipeline: PipelineProject) -> None:
    pipeline.source("readings.py", SOURCE)
    for number, gym in enumerate(GYMS):
        pipeline.land(f"{gym}/1.json", [{"id": 7, "seq": number}])
    assert pipeline.update().errors == ()
    before = pipeline.table("newest")
    pipeline.land("north/2.json", [{"id": 8, "seq": 1}])
    assert pipeline.update(reset_checkpoint=("newest_north", "newest_west")).errors == ()
    assert pipeline.table("newest") == [*before, {"id": 8, "seq": 1, "gym": "north"}]
