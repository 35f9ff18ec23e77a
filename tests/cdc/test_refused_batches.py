"""A batch with a row that is no event is refused as a whole: nothing of it is written, and it comes again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    from pyspark import pipelines as dp

    def changes(name):
        @dp.temporary_view(name=f"{name}_changes")
        def rows():
            schema = "id INT, part INT, seq STRUCT<a: INT, b: INT>, v STRING, cols ARRAY<STRING>, op STRING"
            return spark.readStream.schema(schema).json(f"{spark.conf.get('landing')}/{name}")

    def target(name, keys=("id", "part"), flow=dp.create_auto_cdc_flow, **options):
        changes(name)
        dp.create_streaming_table(name)
        flow(
            name, f"{name}_changes", list(keys), "seq",
            apply_as_deletes="op = 'D'", apply_as_truncates="op = 'T'", column_list=["id", "part", "v"], **options,
        )

    target("null_sequence")
    target("null_field")
    target("null_key")
    target("null_part_of_a_delete")
    target("both")
    target("unknown_column", columns_to_update="cols")
    target("not_where", flow=dp.apply_changes, where="v <> 'bad'")
    target("sound")
"""
GOOD = {"id": 1, "part": 1, "seq": {"a": 1, "b": 1}, "v": "x", "op": "U"}
REFUSED: dict[str, tuple[list[dict[str, Any]], str]] = {
    "null_sequence": ([{"seq": None}], "[AUTOCDC_MICROBATCH_VALIDATION.NULL_SEQUENCE] 1 events of flow"),
    "null_field": ([{"seq": {"a": 1, "b": None}}], "[AUTOCDC_MICROBATCH_VALIDATION.NULL_SEQUENCE] 1 events of flow"),
    "null_key": ([{"part": None}, {"id": None}], "[AUTOCDC_MICROBATCH_VALIDATION.NULL_KEY] 2 events of flow"),
    "null_part_of_a_delete": ([{"id": None, "op": "D"}], "[AUTOCDC_MICROBATCH_VALIDATION.NULL_KEY] 1 events of flow"),
    "both": ([{"id": None}, {"seq": None}], "[AUTOCDC_MICROBATCH_VALIDATION.NULL_SEQUENCE] 1 events of flow"),
    "unknown_column": ([{"cols": ["v", "w"]}], "1 events of flow 'unknown_column' name unknown 'column w' in 'cols'"),
    "not_where": ([{"v": "bad"}, {"v": None}], "2 rows of flow 'not_where' do not satisfy its 'where'"),
}


def test_a_refused_batch_leaves_no_trace(pipeline: PipelineProject) -> None:
    path = pipeline.source("targets.py", SOURCE)
    for name, (rows, _) in REFUSED.items():
        pipeline.land(f"{name}/1.json", [{**GOOD, **row} for row in rows] + [GOOD])
    # The key of a truncate may be NULL.
    truncate = {**GOOD, "id": None, "part": None, "op": "T", "seq": {"a": 0, "b": 0}}
    pipeline.land("sound/1.json", [GOOD, truncate])
    result = pipeline.update()
    assert result.state == "FAILED"
    for name, (_, message) in REFUSED.items():
        found = [error for error in result.errors if message in error and f"'{name}'" in error]
        assert len(found) == 1, (name, result.errors)
        assert found[0].startswith(f"{path}:")
        assert pipeline.table(name) == []
        assert not list(pipeline.path(name).glob("_dlt_metadata/cdc/*/*/*.parquet"))
    assert len(result.errors) == len(REFUSED)
    row = {"id": 1, "part": 1, "v": "x"}
    assert pipeline.table("sound") == [row]

    for name in REFUSED:
        pipeline.land(f"{name}/1.json", [GOOD])
    assert pipeline.update().state == "COMPLETED"
    for name in REFUSED:
        assert pipeline.table(name) == [row]


DRIFTING = """
    from pyspark import pipelines as dp

    @dp.temporary_view
    def changes():
        return spark.readStream.schema("id INT, part INT, at INT, v STRING, w STRING").json(spark.conf.get("landing"))

    @dp.temporary_view
    def casted():
        return spark.readStream.table("changes").selectExpr("CAST(id AS STRING) AS id", "part", "at", "v", "w")

    dp.create_streaming_table("history")
    dp.create_auto_cdc_flow(
        "history", "changes", ["id", "part"], "at", stored_as_scd_type=2, track_history_column_list=["v"],
    )
    dp.create_streaming_table("current")
    dp.create_auto_cdc_flow("current", "changes", ["id"], "at")
"""
DRIFTS = {
    "KEY_SCHEMA_DRIFT": ('["id", "part"], "at"', '["id"], "at"', "keys changed from id int, part int to id int"),
    "KEY_SCHEMA_DRIFT, type": ('"history", "changes"', '"history", "casted"', "to id string, part int"),
    "SCD_TYPE_DRIFT": (
        '"current", "changes", ["id"], "at"',
        '"current", "changes", ["id"], "at", stored_as_scd_type=2',
        "1 to 2",
    ),
    "SEQUENCING_TYPE_DRIFT": ('"part"], "at"', '"part"], "CAST(at AS BIGINT)"', "int to bigint"),
    "SEQUENCING_TYPE_DRIFT, SCD 1": ('["id"], "at")', '["id"], "CAST(at AS BIGINT)")', "int to bigint"),
    "TRACK_HISTORY_DRIFT": ('column_list=["v"]', 'column_list=["w"]', "tracked columns changed"),
    "TRACK_HISTORY_DRIFT, no list": ('track_history_column_list=["v"],', "", "tracked columns changed"),
}
ALLOWED = {
    "keys in another order": ('["id", "part"]', '["part", "id"]'),
    "another sequence of the type": ('"id"], "at", stored', '"id"], "at + 1", stored'),
    "an equivalent list": ('track_history_column_list=["v"]', 'track_history_except_column_list=["w", "at", "id"]'),
}


def test_a_definition_that_no_longer_fits_needs_a_full_refresh(pipeline: PipelineProject) -> None:
    pipeline.source("targets.py", DRIFTING)
    pipeline.land("1.json", [{"id": 1, "part": 1, "at": 1, "v": "x"}])
    assert pipeline.update().state == "COMPLETED"
    pipeline.land("2.json", [{"id": 1, "part": 1, "at": 2, "v": "y"}])
    before = {name: (pipeline.table(name), pipeline.version(name)) for name in ("history", "current")}
    for label, (was, now, change) in DRIFTS.items():
        condition = label.split(",")[0]
        table = "current" if "current" in now or "SCD 1" in label else "history"
        path = pipeline.source("targets.py", DRIFTING.replace(was, now))
        message = rf"^{path}:\d+: \[AUTOCDC_INVALID_STATE.{condition}\] .*{change}.*--full-refresh main.{table}"
        if "SCD 1" in label:
            # What only a batch can tell is told by the flow.
            result = pipeline.update(refresh="current")
            assert result.state == "FAILED"
            with pytest.raises(PipelineError, match=message):
                raise PipelineError(result.errors[0])
        else:
            with pytest.raises(PipelineError, match=message):
                pipeline.update()
        assert {name: (pipeline.table(name), pipeline.version(name)) for name in before} == before, label
    source = DRIFTING
    for was, now in ALLOWED.values():
        source = source.replace(was, now)
    pipeline.source("targets.py", source)
    assert pipeline.update().state == "COMPLETED"
    assert [(row["v"], row["__START_AT"], row["__END_AT"]) for row in pipeline.table("history")] == [
        ("x", 1, 3),
        ("y", 3, None),
    ]
    # A full refresh starts from what the source has.
    pipeline.source("targets.py", DRIFTING.replace('"at", stored_as', '"CAST(at AS BIGINT)", stored_as'))
    assert pipeline.update(full_refresh="history").state == "COMPLETED"
    assert [(row["v"], row["__START_AT"], row["__END_AT"]) for row in pipeline.table("history")] == [
        ("x", 1, 2),
        ("y", 2, None),
    ]
