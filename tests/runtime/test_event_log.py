"""The event log has Databricks' columns and event types; its usual queries run on it as they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

if TYPE_CHECKING:
    from pathlib import Path

    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    import dlt
    from pyspark.sql import functions as F

    @dlt.table(comment="as received")
    @dlt.expect("has id", "id IS NOT NULL")
    @dlt.expect_or_drop("plausible", "bpm BETWEEN 20 AND 250")
    def readings():
        return (
            spark.readStream.format("cloudFiles").option("cloudFiles.format", "json")
            .schema("id INT, bpm DOUBLE, seq INT").load(spark.conf.get("landing"))
        )

    @dlt.view
    def per_id():
        return spark.read.table("readings").groupBy("id").agg(F.max("bpm").alias("bpm"))

    @dlt.table
    @dlt.expect("calm", "bpm < 100")
    def highest():
        return spark.read.table("per_id")

    dlt.create_streaming_table("newest")
    dlt.apply_changes("newest", "changes", ["id"], "seq")

    @dlt.view
    def changes():
        return spark.readStream.table("readings").where("id IS NOT NULL")
"""
QUERIES = {
    "rules": """
        SELECT rule.dataset, rule.name, SUM(rule.passed_records) AS passed, SUM(rule.failed_records) AS failed
        FROM (
          SELECT explode(from_json(
              get_json_object(details, '$.flow_progress.data_quality.expectations'),
              'array<struct<name:string,dataset:string,passed_records:int,failed_records:int>>'
          )) AS rule
          FROM event_log WHERE event_type = 'flow_progress' AND origin.update_id = (SELECT id FROM latest_update)
        )
        GROUP BY rule.dataset, rule.name ORDER BY 1, 2
    """,
    "rows": """
        SELECT origin.flow_name,
          SUM(CAST(get_json_object(details, '$.flow_progress.metrics.num_output_rows') AS BIGINT)) AS written,
          SUM(CAST(get_json_object(details, '$.flow_progress.data_quality.dropped_records') AS BIGINT)) AS dropped
        FROM event_log
        WHERE event_type = 'flow_progress' AND origin.flow_name <> 'pipelines.flowTimeMetrics.missingFlowName'
          AND get_json_object(details, '$.flow_progress.status') <> 'COMPLETED'
        GROUP BY 1 ORDER BY 1
    """,
    "last status": """
        SELECT origin.flow_name, max_by(get_json_object(details, '$.flow_progress.status'), timestamp) AS status
        FROM event_log WHERE event_type = 'flow_progress' GROUP BY 1 ORDER BY 1
    """,
    "lineage": """
        SELECT DISTINCT get_json_object(details, '$.flow_definition.output_dataset') AS output, input.name AS input,
          get_json_object(details, '$.flow_definition.flow_type') AS type
        FROM event_log LATERAL VIEW OUTER explode(from_json(
            get_json_object(details, '$.flow_definition.input_datasets'), 'array<struct<name:string>>'
        )) AS input
        WHERE event_type = 'flow_definition' ORDER BY 1, 2
    """,
    "durations": """
        SELECT get_json_object(details, '$.update_progress.state') AS state,
          timestampdiff(MICROSECOND, timestamp, lead(timestamp) OVER (ORDER BY timestamp)) >= 0 AS lasted
        FROM event_log WHERE event_type = 'update_progress' AND origin.update_id = (SELECT id FROM latest_update)
        ORDER BY timestamp
    """,
    "users": """
        SELECT get_json_object(details, '$.user_action.action') AS action,
          get_json_object(details, '$.user_action.user_name') IS NOT NULL AS named
        FROM event_log WHERE event_type = 'user_action'
    """,
}
EXPECTED = {
    "rules": [
        ("local.main.highest", "calm", 2, 1),
        ("local.main.readings", "has id", 3, 1),
        ("local.main.readings", "plausible", 3, 1),
    ],
    "rows": [("highest", 3, 0), ("newest", None, None), ("readings", 3, 1)],
    "last status": [("highest", "COMPLETED"), ("newest", "COMPLETED"), ("readings", "COMPLETED")],
    "lineage": [
        ("changes", "local.main.readings", "VIEW"),
        ("local.main.highest", "per_id", "MATERIALIZED_VIEW"),
        ("local.main.newest", "changes", "CHANGE"),
        ("local.main.readings", None, "APPEND"),
        ("per_id", "local.main.readings", "VIEW"),
    ],
    "durations": [
        ("WAITING_FOR_RESOURCES", True),
        ("INITIALIZING", True),
        ("SETTING_UP_TABLES", True),
        ("RUNNING", True),
        ("COMPLETED", None),
    ],
    "users": [("START", True)],
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The event log of one update."""
    from dlt_local.pytest_plugin import PipelineProject

    project = PipelineProject(tmp_path_factory.mktemp("project"))
    project.source("readings.py", SOURCE)
    rows = [(1, 60, 1), (2, 130, 1), (None, 80, 1), (3, 500, 1)]
    project.land("1.json", [dict(zip(("id", "bpm", "seq"), row, strict=True)) for row in rows])
    result = project.update()
    assert result.errors == ()
    return project.state / "pipelines/tested/event_log"


@pytest.mark.parametrize("name", EXPECTED)
def test_the_usual_queries(log: Path, name: str) -> None:
    spark = SparkSession.active()
    spark.read.format("delta").load(str(log)).createOrReplaceTempView("event_log")
    spark.sql(
        "SELECT max_by(origin.update_id, timestamp) AS id FROM event_log WHERE event_type = 'create_update'"
    ).createOrReplaceTempView("latest_update")
    assert [tuple(row) for row in spark.sql(QUERIES[name]).collect()] == EXPECTED[name]


def test_columns_and_event_types(log: Path) -> None:
    table = pa.table(DeltaTable(log).scan())
    assert table.column_names == [
        "id", "sequence", "origin", "timestamp", "message", "level", "maturity_level", "error", "details", "event_type",
    ]  # fmt: skip
    rows = table.to_pylist()
    assert {row["event_type"] for row in rows} == {
        "create_update", "dataset_definition", "flow_definition", "flow_progress", "operation_progress",
        "planning_information", "runtime_details", "stream_progress", "update_progress", "user_action",
    }  # fmt: skip
    for row in rows:
        assert list(json.loads(row["details"])) == [row["event_type"]]
    flow_ids = {(row["origin"]["flow_name"], row["origin"]["flow_id"]) for row in rows if row["origin"]["flow_id"]}
    assert len(flow_ids) == 3
    numbers = [row["sequence"]["data_plane_id"]["seq_no"] for row in sorted(rows, key=lambda row: row["timestamp"])]
    assert sorted(numbers) == list(range(1, len(rows) + 1))


def test_plans_and_listings(log: Path) -> None:
    details = [json.loads(row["details"]) for row in pa.table(DeltaTable(log).scan()).to_pylist()]
    (plan,) = [found["planning_information"] for found in details if "planning_information" in found]
    assert plan["technique_information"][0]["maintenance_type"] == "COMPLETE_RECOMPUTE"
    (listing,) = [found["operation_progress"] for found in details if "operation_progress" in found]
    assert listing["auto_loader_details"]["num_files_listed"] == 1
    streams = [json.loads(found["stream_progress"]["progress_json"]) for found in details if "stream_progress" in found]
    assert sorted(stream["numInputRows"] for stream in streams) == [3, 4]
    assert not any("inputRowsPerSecond" in stream for stream in streams)


def test_a_flow_gets_a_new_id_by_a_full_refresh_only(pipeline: PipelineProject) -> None:
    pipeline.source("one.py", "import dlt\n@dlt.table\ndef one():\n    return spark.range(1)\n")
    ids = []
    for cleared in ((), (), ("one",)):
        pipeline.update(full_refresh=cleared)
        ids.append(pipeline.events()[-2].origin["flow_id"])
    assert ids[0] == ids[1] != ids[2]
