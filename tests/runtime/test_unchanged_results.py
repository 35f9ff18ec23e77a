"""A refresh that gives the rows a table already has leaves the table, and all that reads it, alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    from pyspark import pipelines as dp
    from pyspark.sql import functions as F


    @dp.table
    def visits():
        return spark.readStream.schema("gym INT, minutes INT").json(spark.conf.get("landing") + "/visits")


    @dp.materialized_view
    def longest():
        return spark.read.table("visits").groupBy("gym").agg(F.max("minutes").alias("minutes"))


    @dp.materialized_view
    def total():
        return spark.read.table("longest").agg(F.sum("minutes").alias("minutes"))
"""


def test_equal_rows_are_not_written_again(pipeline: PipelineProject) -> None:
    pipeline.source("visits.py", SOURCE)
    pipeline.land("visits/1.json", [{"gym": 1, "minutes": 60}, {"gym": 2, "minutes": None}])
    pipeline.update()
    before = (pipeline.version("longest"), pipeline.version("total"))
    pipeline.land("visits/2.json", [{"gym": 1, "minutes": 30}])
    pipeline.update()
    assert (pipeline.version("longest"), pipeline.version("total")) == before
    pipeline.land("visits/3.json", [{"gym": 2, "minutes": 10}])
    pipeline.update()
    assert pipeline.table("longest") == [{"gym": 1, "minutes": 60}, {"gym": 2, "minutes": 10}]
    assert pipeline.table("total") == [{"minutes": 70}]


def test_a_duplicate_of_a_row_is_a_difference(pipeline: PipelineProject) -> None:
    pipeline.source(
        "visits.py", SOURCE.replace('.groupBy("gym").agg(F.max("minutes").alias("minutes"))', '.where("gym < 3")')
    )
    pipeline.land("visits/1.json", [{"gym": 1, "minutes": 60}, {"gym": 2, "minutes": 5}])
    pipeline.update()
    pipeline.land("visits/2.json", [{"gym": 1, "minutes": 60}])
    pipeline.update()
    assert pipeline.table("total") == [{"minutes": 125}]
