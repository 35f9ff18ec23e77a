"""What only a process of its own shows: when Spark starts, and suites with a Spark session of their own."""

from __future__ import annotations

import pytest

NO_UPDATE = """
import sys


def test_land(pipeline):
    pipeline.source("a.py", "")
    pipeline.land("a.csv", [{"id": 1}])
    assert "pyspark" not in sys.modules
"""
NUMBERS = """
import pytest
from pathlib import Path

SOURCE = '''
from pyspark import pipelines as dp

@dp.materialized_view
def numbers():
    return spark.range(2)
'''
"""
WORKERS = f"""
{NUMBERS}

@pytest.mark.parametrize("number", range(4))
def test_numbers(pipeline, number, request):
    from pyspark.core.context import SparkContext

    pipeline.source("numbers.py", SOURCE)
    assert pipeline.update().state == "COMPLETED"
    assert pipeline.table("numbers") == [{{"id": 1}}, {{"id": 0}}]
    session = request.config.rootpath / f"{{SparkContext._active_spark_context.applicationId}}.session"
    session.write_text(request.config.workerinput["workerid"])
"""
OWN_SESSION = f"""
{NUMBERS}

@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", False).getOrCreate()
    yield session
    session.stop()


def test_before(spark):
    assert spark.range(3).count() == 3


def test_update(spark, pipeline):
    pipeline.source("numbers.py", SOURCE)
    pipeline.update()


def test_after(spark):
    assert spark.range(3).count() == 3
"""


@pytest.fixture(autouse=True)
def no_java_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process started from here would otherwise use the Java that this one has started."""
    for variable in ("PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET"):
        monkeypatch.delenv(variable, raising=False)


def test_a_suite_without_updates_never_loads_spark(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(NO_UPDATE)
    pytester.runpytest_subprocess("-q", "-W", "error").assert_outcomes(passed=1)


@pytest.mark.slow
def test_one_session_for_each_worker(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(WORKERS)
    pytester.runpytest_subprocess("-n", "2", "-W", "error").assert_outcomes(passed=4)
    sessions = list(pytester.path.glob("*.session"))
    assert sorted(file.read_text(encoding="utf-8") for file in sessions) == ["gw0", "gw1"]


def test_a_session_without_delta_is_named_and_left_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(OWN_SESSION)
    result = pytester.runpytest_subprocess("-q")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["E *EnvironmentClashError: This process has started Spark already, without the jars of Delta.*spark_session(*"]
    )
