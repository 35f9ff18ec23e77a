"""Streaming tables: incremental, exactly once, in several updates."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

READINGS = """
    from pyspark import pipelines as dp
    from pyspark.sql import functions as F

    LANDING = spark.conf.get("landing")


    @dp.table
    def readings():
        return (
            spark.readStream.format("cloudFiles")
            .option("cloudFiles.format", "json")
            .schema("device INT, bpm DOUBLE")
            .load(f"{LANDING}/readings")
            .select("*", F.col("_metadata.file_name").alias("file"))
        )


    @dp.table
    def loud_readings():
        return spark.readStream.table("readings").where("bpm > 100")


    @dp.materialized_view
    def per_device():
        return spark.read.table("loud_readings").groupBy("device").agg(F.max("bpm").alias("bpm"))
"""


def test_each_file_is_read_once_over_several_updates(pipeline: PipelineProject) -> None:
    pipeline.source("readings.py", READINGS)
    pipeline.land("readings/1.json", [{"device": 1, "bpm": 90.5}, {"device": 2, "bpm": 120}])
    assert pipeline.update().state == "COMPLETED"
    pipeline.land("readings/2.json", [{"device": 2, "bpm": 130}])
    pipeline.land("readings/late/3.json", [{"device": 3, "bpm": 101}])
    assert pipeline.update().state == "COMPLETED"
    assert pipeline.table("readings") == [
        {"device": 1, "bpm": 90.5, "file": "1.json"},
        {"device": 2, "bpm": 120.0, "file": "1.json"},
        {"device": 2, "bpm": 130.0, "file": "2.json"},
        {"device": 3, "bpm": 101.0, "file": "3.json"},
    ]
    assert pipeline.table("per_device") == [{"device": 2, "bpm": 130.0}, {"device": 3, "bpm": 101.0}]


def test_an_update_without_new_data_changes_no_table(pipeline: PipelineProject) -> None:
    pipeline.source("readings.py", READINGS)
    pipeline.land("readings/1.json", [{"device": 2, "bpm": 120}])
    pipeline.update()
    names = ("readings", "loud_readings", "per_device")
    before = {name: pipeline.version(name) for name in names}
    pipeline.update()
    assert {name: pipeline.version(name) for name in names} == before
    assert [event.message for event in pipeline.events() if "nothing new" in event.message] == [
        "Flow 'main.readings' has nothing new to read: NO_OP.",
        "Flow 'main.loud_readings' has nothing new to read: NO_OP.",
        "Flow 'main.per_device' has nothing new to read: NO_OP.",
    ]


def test_full_refresh_reads_everything_again(pipeline: PipelineProject) -> None:
    pipeline.source("readings.py", READINGS)
    first = pipeline.land("readings/1.json", [{"device": 2, "bpm": 120}])
    pipeline.update()
    first.unlink()
    pipeline.land("readings/2.json", [{"device": 5, "bpm": 150}])
    pipeline.update(full_refresh_all=True)
    assert pipeline.table("per_device") == [{"device": 5, "bpm": 150.0}]


def test_a_changed_query_rewrites_a_materialized_view(pipeline: PipelineProject) -> None:
    pipeline.source("readings.py", READINGS)
    pipeline.land("readings/1.json", [{"device": 2, "bpm": 120}, {"device": 2, "bpm": 110}])
    pipeline.update()
    pipeline.source("readings.py", READINGS.replace('F.max("bpm")', 'F.min("bpm")'))
    pipeline.update()
    assert pipeline.table("per_device") == [{"device": 2, "bpm": 110.0}]


def test_a_selection_leaves_other_tables_alone(pipeline: PipelineProject) -> None:
    pipeline.source("readings.py", READINGS)
    pipeline.land("readings/1.json", [{"device": 2, "bpm": 120}])
    pipeline.update()
    pipeline.land("readings/2.json", [{"device": 3, "bpm": 130}])
    pipeline.update(refresh=("readings",))
    assert len(pipeline.table("readings")) == 2
    assert pipeline.table("loud_readings") == [{"device": 2, "bpm": 120.0, "file": "1.json"}]


def test_append_flows_fan_in(pipeline: PipelineProject) -> None:
    pipeline.source(
        "fan_in.py",
        """
        import dlt

        dlt.create_streaming_table("all_logins", comment="from both doors")


        @dlt.append_flow(target="all_logins", name="front")
        def front():
            return spark.readStream.schema("who STRING").json(spark.conf.get("landing") + "/front")


        @dlt.append_flow(target="all_logins")
        def back():
            return spark.readStream.schema("who STRING, note STRING").json(spark.conf.get("landing") + "/back")
        """,
    )
    pipeline.land("front/1.json", [{"who": "Ann"}])
    pipeline.land("back/1.json", [{"who": "Bea", "note": "late"}])
    pipeline.update()
    assert pipeline.table("all_logins") == [{"who": "Ann", "note": None}, {"who": "Bea", "note": "late"}]
