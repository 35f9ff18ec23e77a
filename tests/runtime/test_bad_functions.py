"""Data-set functions that do what they may not: each ends with its file, its line and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
from pyspark import pipelines as dp
from pyspark.sql import SparkSession

@dp.table
def other():
    return spark.range(1)

@dp.table
def people():
    frame = spark.range(1)
    {code}
"""
OTHER_SESSION = "return SparkSession.active().newSession().range(1)"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("return None", "The function of 'people' returned NoneType, not a DataFrame. Return a Spark DataFrame"),
        ("pass", "The function of 'people' returned NoneType"),
        ("return [1]", "returned list, not a DataFrame"),
        ("raise KeyError('x')", "Flow 'people' cannot be resolved: KeyError: 'x'"),
        ("return frame.select('nope')", "UNRESOLVED_COLUMN"),
        ("frame.collect(); return frame", "'collect' is not allowed inside a data-set function"),
        ("frame.count(); return frame", "'count' is not allowed"),
        ("frame.toPandas(); return frame", "'toPandas' is not allowed"),
        ("frame.groupBy('id').pivot('id').count(); return frame", "'pivot' is not allowed"),
        ("frame.write.save('/tmp/never'); return frame", "'write' is not allowed"),
        ("frame.writeTo('never').create(); return frame", "'writeTo' is not allowed"),
        ("spark.readStream.format('rate').load().writeStream.start(); return frame", "'writeStream' is not allowed"),
        ("frame.createOrReplaceTempView('v'); return frame", "'createOrReplaceTempView' is not allowed"),
        ("spark.conf.set('spark.sql.ansi.enabled', 'false'); return frame", "'conf.set' is not allowed"),
        ("spark.sql('CREATE TABLE x (a INT)'); return frame", "UNSUPPORTED_SPARK_SQL_COMMAND"),
        ("spark.sql('INSERT INTO other VALUES (1)'); return frame", "UNSUPPORTED_SPARK_SQL_COMMAND"),
        ("spark.catalog.setCurrentDatabase('x'); return frame", "'catalog.setCurrentDatabase' is not allowed"),
        ("spark.udf.register('f', lambda x: x); return frame", "'udf.register' is not allowed"),
        ("return other()", "Data set 'other' was called as a function"),
        (OTHER_SESSION, "returned a DataFrame of another Spark session"),
    ],
)
def test_refused_with_its_line(pipeline: PipelineProject, code: str, message: str) -> None:
    path = pipeline.source("people.py", SOURCE.format(code=code))
    with pytest.raises(PipelineError, match=message) as raised:
        pipeline.update()
    assert str(raised.value).startswith(f"{path}:1{'0' if 'returned' in message else '2'}: ") or "returned" in message
    assert not pipeline.path("people").exists()


def test_a_collect_of_rules_at_module_level_is_accepted(pipeline: PipelineProject) -> None:
    pipeline.source(
        "rules.py",
        """
        import dlt

        rules = {row.name: row.rule for row in spark.sql("SELECT 'positive' AS name, 'id > 0' AS rule").collect()}

        @dlt.table
        @dlt.expect_all_or_drop(rules)
        def numbers():
            return spark.range(3)
        """,
    )
    assert pipeline.update().errors == ()
    assert pipeline.table("numbers") == [{"id": 1}, {"id": 2}]


def test_rules_that_find_no_table(pipeline: PipelineProject) -> None:
    path = pipeline.source(
        "rules.py",
        """
        import dlt

        dlt.create_streaming_table("numbers")

        @dlt.expect("positive", "id > 0")
        @dlt.append_flow(target="numbers")
        def flow():
            return spark.readStream.format("rate").load()
        """,
    )
    with pytest.raises(PipelineError, match=rf"^{path}:6: Expectation 'positive' belongs to no table or view"):
        pipeline.update()
