"""Arguments of tables and views: what they change, what they only record, what is refused at its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

RECORDED = """
    from pyspark import pipelines as dp
    from pyspark.sql.functions import col

    @dp.table(
        comment="all of them",
        table_properties={"quality": "bronze", "pipelines.cdc.tombstoneGCThresholdInSeconds": 60},
        partition_cols=["day"],
        row_filter="ROW FILTER main.governance.mine ON (id)",
        auto_ttl={"timestamp_column": "day", "expire_in_days": 1},
        replace_where=col("id") > 0,
        refresh_policy="incremental",
    )
    def recorded():
        return spark.sql("SELECT 1 AS id, DATE'2020-01-01' AS day")

    @dp.materialized_view(cluster_by_auto=True, private=True)
    def hidden():
        return spark.read.table("recorded").drop("day")

    def reader():
        return spark.read.table("hidden")

    dp.expect_all({"positive": "id > 0"})(dp.table(query_function=reader, name="reading", temporary=True))
    dp.create_streaming_table(name="filled", cluster_by=["id"], format="delta", spark_conf={"pipelines.x": "1"})

    @dp.append_flow(target="filled", comment="from the rate source", name="ticks")
    def fill():
        return spark.readStream.format("rate").load().selectExpr("value AS id").where("false")
"""


def test_recorded_arguments_change_no_row(pipeline: PipelineProject) -> None:
    pipeline.source("tables.py", RECORDED)
    assert pipeline.update().errors == ()
    (row,) = pipeline.table("recorded")
    assert (row["id"], row["day"].isoformat()) == (1, "2020-01-01")
    metadata = DeltaTable(pipeline.path("recorded")).metadata()
    assert metadata.description == "all of them"
    assert metadata.partition_columns == ["day"]
    assert metadata.configuration["quality"] == "bronze"
    assert pipeline.table("hidden") == pipeline.table("reading") == [{"id": 1}]
    assert pipeline.expectations("reading") == {"positive": (1, 0)}
    assert not {event.event_type for event in pipeline.events()} & {"autoscale", "cluster_resources"}


def test_a_view_with_the_policy_full_is_always_computed(pipeline: PipelineProject) -> None:
    source = """
        import dlt
        @dlt.table
        def base():
            return spark.range(1)
        @dlt.table(refresh_policy="{policy}")
        def above():
            return spark.read.table("base")
    """
    techniques = {}
    for policy in ("full", "auto"):
        pipeline.source("tables.py", source.format(policy=policy))
        pipeline.update()
        pipeline.update()
        last = [event for event in pipeline.events() if event.event_type == "planning_information"]
        found = [event for event in last if event.origin["flow_name"] == "above"][-1]
        techniques[policy] = found.details["planning_information"]["technique_information"][0]["maintenance_type"]
    assert techniques == {"full": "COMPLETE_RECOMPUTE", "auto": "NO_OP"}


@pytest.mark.parametrize("bare", ["@dlt.table", "@dlt.table()", '@dlt.create_table(name="people")'])
@pytest.mark.parametrize("order", ["rules inside", "rules outside"])
def test_decorators_in_any_order(pipeline: PipelineProject, bare: str, order: str) -> None:
    rules = [
        '@dlt.expect(name="a", inv="id >= 0")',
        '@dlt.expect_or_drop("b", "id > 0")',
        '@dlt.expect_all({"c": "id < 9"})',
    ]
    lines = [bare, *rules] if order == "rules inside" else [*rules, bare]
    pipeline.source("people.py", "\n".join(["import dlt", *lines, "def people():", "    return spark.range(2)"]))
    assert pipeline.update().errors == ()
    assert pipeline.table("people") == [{"id": 1}]
    assert pipeline.expectations("people") == {"a": (2, 0), "b": (1, 1), "c": (2, 0)}


def test_old_names_still_work_and_warn(pipeline: PipelineProject) -> None:
    pipeline.source(
        "old.py",
        """
        import dlt

        @dlt.create_view
        def source():
            return spark.readStream.schema("id INT").json(spark.conf.get("landing"))

        dlt.create_target_table("target")
        dlt.create_streaming_live_table("other")
        dlt.apply_changes("target", "source", ["id"], "id")

        @dlt.append_flow(target="other")
        def fill():
            return dlt.readStream("source")

        @dlt.create_table
        def counted():
            return dlt.read("target").groupBy().count()

        @dlt.table
        def streamed():
            return dlt.read_stream("other")
        """,
    )
    pipeline.land("1.json", [{"id": 1}])
    assert pipeline.update().errors == ()
    assert pipeline.table("counted") == [{"count": 1}]
    assert pipeline.table("streamed") == [{"id": 1}]
    messages = [event.message for event in pipeline.events() if event.event_type == "deprecation"]
    assert [message.partition("py:")[2] for message in messages] == [
        "4: 'create_view' is deprecated. Use 'temporary_view'.",
        "8: 'create_target_table' is deprecated. Use 'create_streaming_table'.",
        "9: 'create_streaming_live_table' is deprecated. Use 'create_streaming_table'.",
        "16: 'create_table' is deprecated. Use 'table'.",
    ]


def test_the_older_form_of_snapshots(pipeline: PipelineProject) -> None:
    pipeline.source(
        "snapshots.py",
        """
        import dlt

        def next_snapshot(latest):
            return (spark.range(2), 1) if latest is None else None

        dlt.create_streaming_table("people")
        dlt.apply_changes_from_snapshot("people", keys=["id"], snapshot_and_version=next_snapshot)
        """,
    )
    assert pipeline.update().errors == ()
    assert pipeline.table("people") == [{"id": 0}, {"id": 1}]


REFUSED = """
    from pyspark import pipelines as dp

    dp.create_streaming_table("people")


    @{decorator}
    def changes():
        return spark.range(1)
"""


@pytest.mark.parametrize(
    ("decorator", "message"),
    [
        ('dp.table(path="/tmp/x")', r"'table\(path=...\)' is not supported"),
        ('dp.table(format="parquet")', r"'table\(format=...\)' is not supported"),
        ('dp.table(import_checkpoint="/x")', r"'table\(import_checkpoint=...\)' is not supported"),
        ("dp.table(full_refresh=True)", r"'table\(full_refresh=...\)' is not supported"),
        ('dp.append_flow(target="people", import_checkpoint="/x")', r"'append_flow\(import_checkpoint=...\)' is not"),
        ("dp.append_flow()", "'append_flow' needs a target"),
        ('dp.table(row_filter="f")', "'row_filter' must read"),
        ('dp.table(auto_ttl={"days": 1})', "'auto_ttl' must be a dict of 'timestamp_column' and 'expire_in_days'"),
        ('dp.table(refresh_policy="sometimes")', "'refresh_policy' must be one of auto, incremental"),
        (
            'dp.materialized_view(auto_ttl={"timestamp_column": "a", "expire_in_days": 1})',
            "unexpected keyword argument",
        ),
        ('dp.table(coment="x")', r"unexpected keyword argument 'coment'. Did you mean 'comment'\?"),
        ("dp.update_flow()", "'update_flow' needs a target"),
        ('dp.update_flow(target="people")', "Update flow 'changes' fills 'people', which is no sink of format 'kafka'"),
        ('dp.table(partition_cols=["a"], cluster_by=["b"])', "'partition_cols' and 'cluster_by' exclude each other"),
        ('dp.table(cluster_by=["a"], cluster_by_auto=True)', "'cluster_by' and 'cluster_by_auto' exclude each other"),
        ("dp.table(comment=1)", "'comment' must be a string, got 1"),
        ('dp.table(private="yes")', "'private' must be True or False, got 'yes'"),
        ("dp.table(schema=1)", "'schema' must be a StructType or a DDL string, got 1"),
        ('dp.table(table_properties="x")', "'table_properties' must be a dict, got 'x'"),
        ('dp.table("people")', "The first positional argument of 'table' must be a function, got 'people'"),
        (
            'dp.create_auto_cdc_flow("people", "x", ["id"], "seq", system_sequence_by="at")',
            r"Bitemporal AUTO CDC \('system_sequence_by'\) is not supported",
        ),
        (
            'dp.create_auto_cdc_flow("people", "x", ["id"], "seq", stored_as_scd_type="bitemporal")',
            "Bitemporal AUTO CDC",
        ),
        (
            'dp.apply_changes_from_snapshot("people", "x", ["id"], snapshot_and_version=print)',
            "'source' and 'snapshot_and_version' exclude each other",
        ),
        ('dp.expect("x", 1)', "must be SQL text or a Column, got 1"),
        ('dp.expect("", "true")', "An expectation needs a name"),
        ('dp.expect_all(["true"])', "'expect_all' must be a dict of name to predicate"),
    ],
)
def test_refused_at_its_line(pipeline: PipelineProject, decorator: str, message: str) -> None:
    path = pipeline.source("people.py", REFUSED.format(decorator=decorator))
    with pytest.raises(PipelineError, match=rf"^{path}:7: .*{message}"):
        pipeline.update()
