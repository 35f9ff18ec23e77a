"""How pipeline code names data sets: one to three parts, several schemas, SQL text, imported modules, loops."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import SparkSession

from dlt_local.errors import PipelineError
from dlt_local.project.folder import pipeline_from_folder
from dlt_local.update import UpdateRequest, run_update

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    import dlt
    from cleaning import loud

    @dlt.table(name="bronze.readings")
    def bronze():
        return spark.readStream.schema("device INT, bpm DOUBLE").json(spark.conf.get("landing"))

    @dlt.table(name="other.silver.loud")
    def silver():
        return loud("bronze.readings")

    @dlt.view
    def counted():
        return spark.sql("SELECT device, count(*) AS n FROM `other`.silver.LOUD GROUP BY device")

    @dlt.table
    def gold():
        return dlt.read("counted").join(spark.table("local.bronze.readings"), "device")

    @dlt.table
    def streamed():
        return spark.sql("SELECT device FROM STREAM(LIVE.bronze.readings) AS r WHERE r.bpm > 0")

    for limit in (100, 125):
        @dlt.table(name=f"above_{limit}")
        def above(limit=limit):
            return spark.read.table("LIVE.gold").where(f"bpm > {limit}")
"""
MODULE = """
    from pyspark.sql import SparkSession


    def loud(name):
        return SparkSession.active().readStream.table(name).where("bpm > 100")
"""


def test_every_spelling_finds_its_table(pipeline: PipelineProject) -> None:
    pipeline.source("tables.py", SOURCE)
    module = pipeline.source("cleaning.py", MODULE)
    pipeline.land("1.json", [{"device": 1, "bpm": 90.5}, {"device": 2, "bpm": 120}, {"device": 2, "bpm": 130}])
    result = pipeline.update()
    assert result.errors == ()
    assert pipeline.table("bronze.readings")[0] == {"device": 1, "bpm": 90.5}
    assert pipeline.table("other.silver.loud") == [{"device": 2, "bpm": 120.0}, {"device": 2, "bpm": 130.0}]
    assert pipeline.table("gold") == [{"device": 2, "n": 2, "bpm": 120.0}, {"device": 2, "n": 2, "bpm": 130.0}]
    assert pipeline.table("streamed") == [{"device": 1}, {"device": 2}, {"device": 2}]
    assert len(pipeline.table("above_100")) == 2
    assert pipeline.table("above_125") == [{"device": 2, "n": 2, "bpm": 130.0}]
    deprecations = [event for event in pipeline.events() if event.event_type == "deprecation"]
    assert [(event.level, event.message.partition("py:")[2]) for event in deprecations] == [
        ("WARN", "23: The prefix 'LIVE.' is deprecated. Use the bare name 'bronze.readings'."),
        ("WARN", "28: The prefix 'LIVE.' is deprecated. Use the bare name 'gold'."),
    ]
    # The plan of the second update is the kept one; it warns as well.
    pipeline.land("2.json", [{"device": 3, "bpm": 140}])
    assert pipeline.update().state == "COMPLETED"
    assert len([event for event in pipeline.events() if event.event_type == "deprecation"]) == 4
    assert pipeline.table("above_125")[-1] == {"device": 3, "n": 1, "bpm": 140.0}
    # A changed module is a changed definition.
    module.write_text(module.read_text().replace("bpm > 100", "bpm > 125"))
    assert pipeline.update(full_refresh=("other.silver.loud",), refresh=("gold",)).errors == ()
    assert pipeline.table("other.silver.loud") == [{"device": 2, "bpm": 130.0}, {"device": 3, "bpm": 140.0}]


def test_a_table_of_another_pipeline_in_the_same_state(pipeline: PipelineProject) -> None:
    pipeline.source("producer.py", "import dlt\n@dlt.table\ndef made():\n    return spark.range(2)\n")
    pipeline.update()
    (pipeline.sources / "producer.py").unlink()
    source = """
        import dlt
        @dlt.table
        def batch():
            return spark.read.table("{name}")
        @dlt.table
        def stream():
            return spark.readStream.table("{name}")
    """
    pipeline.source("consumer.py", source.format(name="made"))
    assert pipeline.update().errors == ()
    assert pipeline.table("batch") == pipeline.table("stream") == [{"id": 0}, {"id": 1}]
    assert pipeline.update().state == "COMPLETED"
    assert [event.message for event in pipeline.events()[-9:] if "nothing new" in event.message] == [
        "Flow 'main.batch' has nothing new to read: NO_OP.",
        "Flow 'main.stream' has nothing new to read: NO_OP.",
    ]
    path = pipeline.source("consumer.py", source.format(name="mede"))
    with pytest.raises(PipelineError, match=rf"^{path}:5: Data set 'mede' does not exist in pipeline 'tested'"):
        pipeline.update()


def test_one_pipeline_owns_a_table(pipeline: PipelineProject) -> None:
    path = pipeline.source("one.py", "import dlt\n@dlt.table\ndef made():\n    return spark.range(2)\n")
    assert pipeline.update().errors == ()
    spec = pipeline_from_folder(path)
    other = replace(spec, name="other", catalog="local", schema="main")
    with pytest.raises(PipelineError, match=rf"^{path}:2: Table 'local.main.made' belongs to pipeline 'tested'"):
        run_update(other, pipeline.state, UpdateRequest(), lambda _: None)


def test_settings_made_by_source_files_end_with_the_update(pipeline: PipelineProject) -> None:
    pipeline.source(
        "settings.py",
        """
        import dlt
        spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
        spark.conf.set("my.own", "x")

        @dlt.table
        def hour():
            return spark.sql("SELECT date_format(timestamp_seconds(0), 'HH') AS hour")
        """,
    )
    assert pipeline.update().errors == ()
    assert pipeline.table("hour") == [{"hour": "09"}]
    assert SparkSession.active().conf.get("spark.sql.session.timeZone") == "UTC"
    assert SparkSession.active().conf.get("my.own", None) is None


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ('@dlt.table(name="")\ndef x(): ...', "A data set needs a name"),
        ('@dlt.table(name="a.b.c.d")\ndef x(): ...', "not a name of one to three parts"),
        ('@dlt.view(name="a.b")\ndef x(): ...', "View 'a.b' may not be qualified"),
        ('@dlt.table\ndef x(): return dlt.read("y")\n@dlt.table\ndef y(): return dlt.read("x")', "cycle"),
        ("@dlt.table\ndef x(): return spark.range(1)\n@dlt.table\ndef X(): return spark.range(1)", "declared twice"),
        ('@dlt.table\ndef x(): return spark.range(1)\n@dlt.table(name="main.x")\ndef z(): return 1', "declared twice"),
        ('@dlt.append_flow(target="nowhere")\ndef x(): ...\n@dlt.table\ndef y(): ...', "targets 'nowhere'"),
        ('dlt.create_streaming_table("x")', "PIPELINE_DATASET_WITHOUT_FLOW"),
        ("x = 1", "declares no data set"),
    ],
)  # fmt: skip
def test_names_that_cannot_be(pipeline: PipelineProject, code: str, message: str) -> None:
    pipeline.source("tables.py", f"import dlt\n{code}\n")
    with pytest.raises(PipelineError, match=message):
        pipeline.update()


def test_two_files_that_define_one_table(pipeline: PipelineProject) -> None:
    code = "import dlt\n@dlt.table\ndef people():\n    return spark.range(1)\n"
    first = pipeline.source("a.py", code)
    second = pipeline.source("b.py", code)
    message = f"^{second}:2: Data set 'people' is declared twice; the first declaration is at {first}:2"
    with pytest.raises(PipelineError, match=message):
        pipeline.update()
