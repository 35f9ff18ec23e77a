"""Continuous updates: streams go on by themselves, everything else follows in rounds, until they are stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError
from dlt_local.project.folder import pipeline_from_folder
from dlt_local.update import UpdateRequest, run_update

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    from pyspark import pipelines as dp

    SOON = {"pipelines.trigger.interval": "200 milliseconds"}

    @dp.table(spark_conf=SOON)
    @dp.expect("plausible", "bpm < 250")
    def readings():
        path = spark.conf.get("landing")
        return spark.readStream.format("cloudFiles").option("cloudFiles.format", "json").schema(
            "device STRING, bpm INT, seq INT"
        ).load(path)

    @dp.table(spark_conf=SOON)
    def high():
        return spark.readStream.table("readings").where("bpm > 100")

    dp.create_streaming_table("latest")
    dp.create_auto_cdc_flow("latest", "readings", ["device"], "seq")

    @dp.materialized_view(spark_conf=SOON)
    def per_device():
        return spark.read.table("latest").selectExpr("device", "bpm * 2 AS doubled")
"""


def test_rows_flow_through_streams_cdc_and_views_until_stopped(pipeline: PipelineProject) -> None:
    pipeline.settings["pipelines.trigger.interval"] = "1 second"
    pipeline.source("readings.py", SOURCE)
    pipeline.land("1.json", [{"device": "a", "bpm": 60, "seq": 1}, {"device": "b", "bpm": 120, "seq": 1}])
    first = [{"device": "a", "doubled": 120}, {"device": "b", "doubled": 240}]
    second = [{"device": "a", "doubled": 600}, {"device": "b", "doubled": 240}]
    with pipeline.running() as update:
        update.until(lambda: rows(pipeline, "per_device") == first)
        pipeline.land("2.json", [{"device": "a", "bpm": 300, "seq": 2}])
        update.until(lambda: rows(pipeline, "per_device") == second and len(rows(pipeline, "high")) == len(second))
        result = update.stop()
    assert (result.state, result.errors) == ("CANCELED", ())
    assert pipeline.table("high", columns=["device", "bpm"]) == [
        {"device": "a", "bpm": 300},
        {"device": "b", "bpm": 120},
    ]
    assert pipeline.expectations("readings") == {"plausible": (2, 1)}

    # What comes next is taken up where the continuous run ended: nothing twice, nothing left out.
    pipeline.land("3.json", [{"device": "b", "bpm": 130, "seq": 2}])
    assert pipeline.update().errors == ()
    assert len(pipeline.table("readings")) == 4
    assert len(pipeline.table("high")) == 3
    assert pipeline.table("per_device") == [{"device": "a", "doubled": 600}, {"device": "b", "doubled": 260}]


def test_a_stream_sees_tables_that_it_joins_as_they_are_at_each_batch(pipeline: PipelineProject) -> None:
    pipeline.settings["pipelines.trigger.interval"] = "200 milliseconds"
    pipeline.source(
        "joined.py",
        """
        from pyspark import pipelines as dp

        def landed(folder, schema):
            reader = spark.readStream.format("cloudFiles").option("cloudFiles.format", "json").schema(schema)
            return reader.load(spark.conf.get("landing") + "/" + folder)

        @dp.table
        def limits():
            return landed("limits", "device STRING, high INT")

        @dp.materialized_view
        def newest_limits():
            return spark.read.table("limits").groupBy("device").agg({"high": "max"}).toDF("device", "high")

        @dp.table
        def judged():
            readings = landed("readings", "device STRING, bpm INT")
            return readings.join(spark.read.table("newest_limits"), "device")
        """,
    )
    pipeline.land("limits/1.json", [{"device": "a", "high": 100}])
    pipeline.land("readings/0.json", [{"device": "nobody", "bpm": 1}])
    with pipeline.running() as update:
        update.until(lambda: rows(pipeline, "newest_limits") == [{"device": "a", "high": 100}])
        pipeline.land("readings/1.json", [{"device": "a", "bpm": 90}])
        update.until(lambda: rows(pipeline, "judged") == [{"device": "a", "bpm": 90, "high": 100}])
        pipeline.land("limits/2.json", [{"device": "a", "high": 120}])
        update.until(lambda: rows(pipeline, "newest_limits") == [{"device": "a", "high": 120}])
        pipeline.land("readings/2.json", [{"device": "a", "bpm": 91}])
        update.until(lambda: len(rows(pipeline, "judged")) == 2)
    assert {"device": "a", "bpm": 91, "high": 120} in rows(pipeline, "judged")


def test_a_flow_that_fails_ends_and_the_others_go_on(pipeline: PipelineProject) -> None:
    pipeline.settings["pipelines.trigger.interval"] = "200 milliseconds"
    pipeline.source("readings.py", SOURCE)
    pipeline.source(
        "strict.py",
        """
        from pyspark import pipelines as dp

        @dp.table
        @dp.expect_or_fail("calm", "bpm < 100")
        def calm():
            return spark.readStream.table("readings")
        """,
    )
    pipeline.land("1.json", [{"device": "a", "bpm": 60, "seq": 1}])
    with pipeline.running() as update:
        update.until(lambda: rows(pipeline, "calm"))
        pipeline.land("2.json", [{"device": "b", "bpm": 120, "seq": 1}])
        update.until(lambda: statuses(pipeline, "calm")[-1] == "FAILED")
        pipeline.land("3.json", [{"device": "c", "bpm": 150, "seq": 1}])
        update.until(lambda: len(rows(pipeline, "high")) == 2)
        result = update.stop()
    assert result.state == "FAILED"
    (error,) = result.errors
    assert "calm" in error
    assert len(pipeline.table("calm")) == 1
    assert statuses(pipeline, "high") == ["QUEUED", "STARTING", "RUNNING", "STOPPED"]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"pipelines.trigger.interval": "soon"}, "'pipelines.trigger.interval' is 'soon', which is no duration"),
        ({"pipelines.trigger": "Once"}, "'pipelines.trigger' is 'Once'; the only trigger it knows is RealTime"),
    ],
)
def test_a_trigger_that_is_none_is_refused(pipeline: PipelineProject, setting: dict[str, str], message: str) -> None:
    pipeline.settings |= setting
    pipeline.source(
        "ticks.py",
        """
        from pyspark import pipelines as dp

        @dp.table
        def ticks():
            return spark.readStream.format("rate").load()
        """,
    )
    with pytest.raises(PipelineError, match=message), pipeline.running() as update:
        update.until(lambda: False)


def test_settings_of_a_flow_are_refused_because_the_session_is_shared(pipeline: PipelineProject) -> None:
    pipeline.source(
        "ticks.py",
        """
        from pyspark import pipelines as dp

        @dp.table(spark_conf={"spark.sql.shuffle.partitions": "7"})
        def ticks():
            return spark.readStream.format("rate").load()
        """,
    )
    with (
        pytest.raises(PipelineError, match=r"ticks\.py:4: Flow 'ticks' sets spark\.sql\.shuffle\.partitions"),
        pipeline.running() as update,
    ):
        update.until(lambda: False)


def test_ctrl_c_ends_the_command_in_order_and_another_pipeline_may_run_beside_it(pipeline: PipelineProject) -> None:
    """The command in a process of its own, stopped as a terminal does it: the signal reaches the whole group."""
    pipeline.source("readings.py", SOURCE)
    pipeline.land("1.json", [{"device": "a", "bpm": 60, "seq": 1}])
    source = pipeline.root / "beside" / "beside.sql"
    source.parent.mkdir()
    source.write_text("CREATE MATERIALIZED VIEW beside AS SELECT 1 AS one", encoding="utf-8")
    command = [sys.executable, "-m", "dlt_local", "run", str(pipeline.sources), "--state", str(pipeline.state)]
    command += ["--set", f"landing={pipeline.landing}", "--continuous"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, process_group=0) as running:
        assert running.stdout is not None
        lines = []
        for line in running.stdout:
            lines.append(line)
            if "'default.per_device' has COMPLETED" in line:
                break
        other = run_update(pipeline_from_folder(source.parent), pipeline.state, UpdateRequest(), lambda _: None)
        os.killpg(running.pid, signal.SIGINT)
        lines += running.stdout.readlines()
    assert running.returncode == 0
    assert any(line.endswith(' is CANCELED."\n') for line in lines)
    assert other.state == "COMPLETED"


def rows(pipeline: PipelineProject, table: str) -> list[dict[str, object]]:
    return list(pipeline.table(table)) if (pipeline.path(table) / "_delta_log").exists() else []


def statuses(pipeline: PipelineProject, table: str) -> list[str]:
    events = pipeline.events("flow_progress")
    found = [event for event in events if event.origin.get("flow_name") == table and event.level != "METRICS"]
    return [event.details["flow_progress"]["status"] for event in found] or [""]
