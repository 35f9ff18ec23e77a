"""What AUTO CDC refuses while the graph is made, in a dry run too: at the line of the declaration, before any write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    from pyspark import pipelines as dp
    from pyspark.sql import functions as F

    SCHEMA = "id INT, part INT, seq INT, v STRING, m MAP<STRING, INT>, parts ARRAY<STRING>, s STRUCT<a: INT, b: INT>"

    @dp.temporary_view
    def changes():
        return spark.readStream.schema(SCHEMA).json(spark.conf.get("landing"))

    @dp.temporary_view
    def snapshot():
        return spark.read.schema(SCHEMA).json(spark.conf.get("landing"))

    @dp.temporary_view
    def reserved():
        return spark.readStream.table("changes").withColumn("__START_AT", F.lit(1))

    def cdc(**options):
        given = {"target": "t", "source": "changes", "keys": ["id"], "sequence_by": "seq", **options}
        dp.create_auto_cdc_flow(**given)

    def snapshots(**options):
        dp.create_auto_cdc_from_snapshot_flow(**{"target": "t", "source": "snapshot", "keys": ["id"], **options})
"""
TARGET = 'dp.create_streaming_table("t")\n'
GENERATED = 'dp.create_streaming_table("t", schema="id INT, v STRING, d INT GENERATED ALWAYS AS (id + 1)")\n'
DECLARED = 'dp.create_streaming_table("t", schema="id INT, v STRING")\n'
DEFINITIONS = {
    "batch source": (TARGET + 'cdc(source="snapshot")', "must be a streaming query"),
    "streaming view read once": (TARGET + "cdc(once=True)", "is a streaming query, but is read as a batch"),
    "no target": ("cdc()", "targets 't', which this pipeline does not declare"),
    "target is a view": (
        '@dp.materialized_view(name="t")\ndef t():\n    return spark.range(1)\ncdc(name="f")',
        "not made by create_streaming_table|has 2 queries",
    ),
    "unknown source": (TARGET + 'cdc(source="chnages")', "Source 'chnages' .* Did you mean 'changes'"),
    "same name twice": (TARGET + "cdc()\ncdc()", "is declared twice"),
    "other keys": (TARGET + 'cdc()\ncdc(name="b", keys=["id", "part"])', "'t' and 'b' into 't' differ in keys"),
    "other type of sequence": (TARGET + 'cdc()\ncdc(name="b", sequence_by="v")', "differ in the type of sequence_by"),
    "other SCD type": (TARGET + 'cdc()\ncdc(name="b", stored_as_scd_type=2)', "differ in stored_as_scd_type"),
    "other columns": (TARGET + 'cdc()\ncdc(name="b", except_column_list=["v"])', "differ in except_column_list"),
    "other tracked columns": (
        TARGET + 'cdc(stored_as_scd_type=2)\ncdc(name="b", stored_as_scd_type=2, track_history_column_list=["v"])',
        "differ in track_history_column_list",
    ),
    "other treatment of NULL": (TARGET + 'cdc()\ncdc(name="b", ignore_null_updates=True)', "differ in ignore_null_upd"),
    "append flow": (
        TARGET + 'cdc()\n@dp.append_flow(target="t")\ndef more():\n    return spark.readStream.table("changes")',
        "has an AUTO CDC flow beside other flows",
    ),
    "snapshot flow beside another": (TARGET + 'cdc(name="a")\nsnapshots()', "FROM SNAPSHOT flow beside other flows"),
    "expectations": (
        'dp.create_streaming_table("t", expect_all={"named": "v IS NOT NULL"})\ncdc()',
        "has expectations, which is not supported. Put them on the view",
    ),
    "generated column": (
        GENERATED + 'cdc(column_list=["id", "v"])',
        "has generated columns",
    ),
    "reserved column": (TARGET + 'cdc(source="reserved")', "may not have a column '__START_AT'"),
    "unknown column in a list": (TARGET + 'cdc(except_column_list=["vv"])', "'except_column_list' names column 'vv'"),
    "unknown tracked column": (
        TARGET + 'cdc(stored_as_scd_type=2, track_history_except_column_list=["w"])',
        "'track_history_except_column_list' names column 'w'",
    ),
    "unknown column of NULLs": (
        TARGET + 'cdc(ignore_null_updates_column_list=["w"])',
        "'ignore_null_updates_column_list' names column 'w'",
    ),
    "unknown key": (TARGET + 'cdc(keys=["idd"])', "'keys' names column 'idd'.*Did you mean 'id'"),
    "key is not kept": (TARGET + 'cdc(except_column_list=["id"])', "Key 'id' must be among the target columns"),
    "key without equality": (TARGET + 'cdc(keys=["m"])', "Key 'm' .* has no equality"),
    "sequence without order": (TARGET + 'cdc(sequence_by="m")', r"\[AUTOCDC_MICROBATCH_VALIDATION.NON_ORDERABLE_SEQ"),
    "sequence with a map inside": (TARGET + 'cdc(sequence_by="struct(seq, m)")', "NON_ORDERABLE_SEQUENCE"),
    "unknown name in an expression": (TARGET + "cdc(apply_as_deletes=\"op = 'D'\")", "cannot be resolved"),
    "list of columns is no list": (TARGET + 'cdc(columns_to_update="v")', "type array<string>, 'v' is string"),
    "declared schema without times": (
        'dp.create_streaming_table("t", schema="id INT, v STRING")\ncdc(column_list=["id", "v"], stored_as_scd_type=2)',
        "produces column '__START_AT', which its declared schema lacks",
    ),
    "interval": (TARGET + 'cdc(source="intervals")', "Column 'i' .* is of type interval"),
    "snapshot of a stream": (TARGET + 'snapshots(source="changes")', "is a streaming query, but is read as a batch"),
    "snapshots without a first one": (TARGET + "snapshots(source=lambda last: None)", "returned None for the first"),
    "snapshot is no pair": (TARGET + "snapshots(source=lambda last: 7)", r"ValueError: .*\(DataFrame, version\)"),
    "version of another type": (TARGET + "snapshots(source=lambda last: (spark.range(1), []))", "TypeError: .*version"),
    "snapshot function fails": (TARGET + "snapshots(source=lambda last: 1 / 0)", "ZeroDivisionError: division by zero"),
}
INTERVALS = """
    @dp.temporary_view
    def intervals():
        return spark.readStream.table("changes").selectExpr("id", "seq", "INTERVAL '1' DAY AS i")
"""


@pytest.mark.parametrize("name", DEFINITIONS)
def test_refused_while_the_graph_is_made(pipeline: PipelineProject, name: str) -> None:
    definitions, message = DEFINITIONS[name]
    source = pipeline.source("shared.py", SOURCE + INTERVALS)
    with source.open("a") as file:
        file.write("\n" + definitions)
    with pytest.raises(PipelineError, match=message) as refused:
        pipeline.update(validate_only=True)
    assert str(source) in str(refused.value)
    assert not pipeline.state.exists()


def test_a_source_that_is_a_target_is_read_by_its_change_feed(pipeline: PipelineProject) -> None:
    pipeline.source("shared.py", SOURCE)
    pipeline.source("more.py", "from pyspark import pipelines as dp\n")
    source = pipeline.sources / "shared.py"
    with source.open("a") as file:
        file.write('\ndp.create_streaming_table("t")\ncdc()\ndp.create_streaming_table("u")\n')
        file.write('cdc(target="u", source="t")\n')
    with pytest.raises(PipelineError, match="is an AUTO CDC target, whose rows change; it cannot be read as a stream"):
        pipeline.update(validate_only=True)
