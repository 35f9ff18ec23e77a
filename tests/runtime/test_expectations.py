"""Expectations: counted on every row in the pass that writes; only TRUE passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

ROWS: list[dict[str, int | None]] = [{"id": 1, "bpm": 70}, {"id": 2, "bpm": 999}, {"id": None, "bpm": 60}, {"id": 4}]
SOURCE = """
    from pyspark import pipelines as dp

    LANDING = spark.conf.get("landing")


    @dp.table
    {rules}
    def readings():
        return spark.readStream.schema("id INT, bpm INT").json(f"{{LANDING}}/readings")


    @dp.table
    def downstream():
        return spark.readStream.table("readings")


    @dp.table
    def sibling():
        return spark.readStream.schema("id INT, bpm INT").json(f"{{LANDING}}/readings")
"""


def source(*rules: str) -> str:
    return SOURCE.format(rules="\n    ".join(rules))


def test_null_is_a_violation_and_dropped_rows_are_counted_by_every_rule(pipeline: PipelineProject) -> None:
    rules = source(
        '@dp.expect("id present", "id IS NOT NULL")', '@dp.expect_or_drop("bpm sane", "bpm BETWEEN 25 AND 250")'
    )
    pipeline.source("readings.py", rules)
    pipeline.land("readings/1.json", ROWS)
    assert pipeline.update().state == "COMPLETED"
    assert pipeline.table("readings") == [{"id": 1, "bpm": 70}, {"id": None, "bpm": 60}]
    assert pipeline.expectations("readings") == {"id present": (3, 1), "bpm sane": (2, 2)}
    dropped = [
        e.details["flow_progress"]["data_quality"]["dropped_records"]
        for e in pipeline.events()
        if e.event_type == "flow_progress" and "data_quality" in e.details["flow_progress"]
    ]
    assert dropped == [2]


def test_a_failed_rule_rolls_back_its_flow_alone(pipeline: PipelineProject) -> None:
    pipeline.source("readings.py", source('@dp.expect_or_fail("bpm sane", "bpm < 250")'))
    pipeline.land("readings/1.json", ROWS[:2])
    result = pipeline.update()
    assert result.state == "FAILED"
    record = '{"id":2,"bpm":999}'
    failure = (
        "[EXPECTATION_VIOLATION.VERBOSITY_ALL] Flow 'readings' failed to meet the expectation. "
        f"Violated expectations: 'bpm sane'. Input data: '{record}'. "
        f"Output record: '{record}'. Missing input data: true"
    )
    assert result.errors == (failure,)
    assert pipeline.table("readings") == []
    assert pipeline.table("downstream") == []
    assert len(pipeline.table("sibling")) == 2
    last = {
        e.origin["flow_name"]: e.details["flow_progress"]["status"]
        for e in pipeline.events()
        if e.event_type == "flow_progress"
    }
    assert last == {"readings": "FAILED", "downstream": "SKIPPED", "sibling": "COMPLETED"}


def test_the_rows_that_failed_come_again(pipeline: PipelineProject) -> None:
    pipeline.source("readings.py", source('@dp.expect_or_fail("bpm sane", "bpm < 250")'))
    pipeline.land("readings/1.json", ROWS[:2])
    pipeline.update()
    pipeline.source("readings.py", source('@dp.expect_or_drop("bpm sane", "bpm < 250")'))
    assert pipeline.update().state == "COMPLETED"
    assert pipeline.table("downstream") == [{"id": 1, "bpm": 70}]


def test_rules_of_views_count_per_reader(pipeline: PipelineProject) -> None:
    pipeline.source(
        "view.py",
        """
        import dlt


        @dlt.expect_all_or_drop({"id present": "id IS NOT NULL"})
        @dlt.view
        def clean():
            return spark.read.schema("id INT, bpm INT").json(spark.conf.get("landing") + "/readings")


        @dlt.table
        @dlt.expect_all({"high": "bpm > 100"})
        def high():
            return dlt.read("clean")
        """,
    )
    pipeline.land("readings/1.json", ROWS)
    pipeline.update()
    assert len(pipeline.table("high")) == 3
    assert pipeline.expectations("clean") == {"id present": (3, 1)}
    assert pipeline.expectations("high") == {"high": (1, 2)}


def test_a_changed_rule_is_enforced_on_unchanged_inputs(pipeline: PipelineProject) -> None:
    code = """
        from pyspark import pipelines as dp

        @dp.table
        def readings():
            return spark.readStream.schema("id INT, bpm INT").json(spark.conf.get("landing") + "/readings")

        @dp.materialized_view
        @dp.expect_or_drop("sane", "bpm < 1000")
        def sane_readings():
            return spark.read.table("readings")
    """
    pipeline.source("readings.py", code)
    pipeline.land("readings/1.json", ROWS)
    pipeline.update()
    pipeline.source("readings.py", code.replace("1000", "100"))
    pipeline.update()
    assert pipeline.table("sane_readings") == [{"id": 1, "bpm": 70}, {"id": None, "bpm": 60}]


def test_a_rule_on_an_unknown_column_is_reported_at_its_line(pipeline: PipelineProject) -> None:
    pipeline.land("readings/1.json", ROWS)
    path = pipeline.source("readings.py", source('@dp.expect("typo", "bmp > 0")'))
    with pytest.raises(
        PipelineError, match=rf"^{path}:8: Expectation 'typo' of 'readings' cannot be evaluated: .*`bmp`"
    ):
        pipeline.update()


@pytest.mark.parametrize("kind", ["streaming table", "materialized view", "view"])
def test_a_failed_rule_leaves_every_kind_as_it_was(pipeline: PipelineProject, kind: str) -> None:
    read = "read" if kind == "materialized view" else "readStream"
    rule = '@dlt.expect_or_fail("small", "id < 10")\n'
    pipeline.source(
        "numbers.py",
        f"""import dlt

def numbers():
    return spark.{read}.schema("id INT").json(spark.conf.get("landing"))

@dlt.{"view" if kind == "view" else "table"}
{rule}def checked():
    return numbers()
"""
        + ('@dlt.table\ndef reader():\n    return spark.readStream.table("checked")\n' if kind == "view" else ""),
    )
    table = "reader" if kind == "view" else "checked"
    pipeline.land("1.json", [{"id": 1}])
    assert pipeline.update().errors == ()
    bad = pipeline.land("2.json", [{"id": 2}, {"id": 30}])
    version = pipeline.version(table)
    failed = pipeline.update()
    assert failed.state == "FAILED"
    record = '{"id":30}'
    message = (
        f"[EXPECTATION_VIOLATION.VERBOSITY_ALL] Flow '{table}' failed to meet the expectation."
        f" Violated expectations: 'small'. Input data: '{record}'. Output record: '{record}'."
        " Missing input data: true"
    )
    assert failed.errors == (message,)
    assert pipeline.version(table) == version
    assert pipeline.table(table) == [{"id": 1}]
    # The checkpoint has not moved: without the bad row, the good one beside it comes.
    bad.write_text('{"id": 2}\n')
    assert pipeline.update().errors == ()
    assert pipeline.table(table) == [{"id": 1}, {"id": 2}]
