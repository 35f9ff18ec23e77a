"""Whole suites as users write them; each runs in this process, on the session that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

# Loaded before pytester looks, so that it does not unload them with the modules of the inner suites.
import dlt_local.cli.app
import dlt_local.update  # noqa: F401 # as above

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from dlt_local.pytest_plugin import PipelineProject

pytestmark = pytest.mark.usefixtures("spark")

PEOPLE = """
from pyspark import pipelines as dp


@dp.table
@dp.expect_or_drop("named", "name <> ''")
def people():
    reader = spark.readStream.format("cloudFiles").option("cloudFiles.format", "json")
    return reader.schema("id INT, name STRING").load(spark.conf.get("people.path"))
"""
BUNDLE = """
bundle: {name: shop}
targets:
  dev: {default: true}
  prod: {}
resources:
  volumes:
    landing: {catalog_name: main, schema_name: raw, name: landing}
  pipelines:
    people:
      catalog: shop
      schema: ${bundle.target}
      libraries: [{glob: {include: src/**}}]
      configuration: {people.path: "${resources.volumes.landing.volume_path}/people"}
    other:
      catalog: shop
      schema: other
      libraries: [{glob: {include: src/**}}]
      configuration: {people.path: "${resources.volumes.landing.volume_path}/people"}
"""
FOLDER = PEOPLE.replace('spark.conf.get("people.path")', 'spark.conf.get("landing") + "/people"')
TEST = """
def test_blank_names_are_dropped(pipeline):
    pipeline.land("people/1.json", [{"id": 1, "name": ""}, {"id": 2, "name": "Ann"}])
    assert pipeline.update().state == "COMPLETED"
    assert pipeline.table("people") == [{"id": 2, "name": "Ann"}]
    assert pipeline.expectations("people") == {"named": (1, 1)}
"""

FAILURES = """
ROWS = [{"id": 1, "name": ""}, {"id": 2, "name": "Ann"}, {"id": 3, "name": "Bea"}]


def test_rows_differ(pipeline):
    pipeline.source("people.py", SOURCE)
    pipeline.land("people/1.json", ROWS)
    pipeline.update()
    assert pipeline.table("people") == [{"id": 2, "name": "Bob"}]


def test_update_failed(pipeline):
    pipeline.source("people.py", FAILING)
    pipeline.land("people/1.json", ROWS)
    pipeline.update()
    assert pipeline.table("people") == [{"id": 2, "name": "Ann"}]


def test_update_did_not_start(pipeline):
    pipeline.source("people.py", SOURCE.replace("dp.table", "dp.tabel"))
    pipeline.update()


def test_unknown_table(pipeline):
    pipeline.source("people.py", SOURCE)
    pipeline.land("people/1.json", ROWS)
    pipeline.update()
    pipeline.table("peple")


def test_unknown_column(pipeline):
    pipeline.source("people.py", SOURCE)
    pipeline.land("people/1.json", ROWS)
    pipeline.update()
    pipeline.table("people", columns=["id", "nmae"])


def test_no_update(pipeline):
    pipeline.source("people.py", SOURCE)
    pipeline.table("people")


def test_no_pipeline(pipeline):
    pipeline.update()
"""


def test_the_bundle_of_the_repository(pytester: pytest.Pytester) -> None:
    pytester.makefile(".yml", databricks=BUNDLE)
    pytester.mkdir("src").joinpath("people.py").write_text(PEOPLE, encoding="utf-8")
    pytester.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.pipeline(name="people")
        ROWS = [{"id": 2, "name": "Ann"}]


        def test_default_target(pipeline):
            pipeline.land("people/1.json", ROWS)
            pipeline.update()
            assert pipeline.table("dev.people") == ROWS
            assert pipeline.events("create_update")[0].origin["pipeline_name"] == "people"


        @pytest.mark.pipeline(name="other", target="prod")
        def test_a_marker_near_the_test_wins(pipeline):
            pipeline.settings["people.path"] = "{landing}/elsewhere"
            pipeline.land("elsewhere/1.json", ROWS)
            pipeline.update()
            assert pipeline.table("shop.other.people") == ROWS
            assert pipeline.path("people").is_dir()


        @pytest.mark.pipeline(name="persons")
        def test_an_unknown_name(pipeline):
            pipeline.update()
        """
    )
    result = pytester.runpytest_inprocess("-q")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["E *databricks.yml has no pipeline 'persons'; it has people, other*"])


@pytest.mark.parametrize(
    ("ini", "arguments"),
    [
        ("[pytest]\ndlt_local_pipeline = src\n", []),
        ("[pytest]\ndlt_local_pipeline = nowhere\n", ["--dlt-local-pipeline", "src/people.py"]),
    ],
)
def test_a_folder_or_a_file(pytester: pytest.Pytester, ini: str, arguments: list[str]) -> None:
    pytester.makefile(".ini", pytest=ini)
    pytester.mkdir("src").joinpath("people.py").write_text(FOLDER, encoding="utf-8")
    pytester.makepyfile(TEST)
    pytester.runpytest_inprocess("-q", *arguments).assert_outcomes(passed=1)


def test_an_open_source_pipeline_file(pytester: pytest.Pytester) -> None:
    spec = "name: people\nlibraries: [{glob: {include: src/**}}]\nconfiguration: {landing: /not/here}\n"
    pytester.makefile(".yml", **{"spark-pipeline": spec})
    pytester.mkdir("src").joinpath("people.py").write_text(FOLDER, encoding="utf-8")
    pytester.makepyfile(TEST)
    pytester.runpytest_inprocess("-q").assert_outcomes(passed=1)


def test_sources_of_the_test_itself(pytester: pytest.Pytester) -> None:
    pytester.makefile(".yml", databricks=BUNDLE)
    pytester.makepyfile(
        TEST.replace("    pipeline.land", f'    pipeline.source("p.py", """{FOLDER}""")\n    pipeline.land', 1)
    )
    pytester.runpytest_inprocess("-q").assert_outcomes(passed=1)


def test_one_update_serves_several_tests(pytester: pytest.Pytester) -> None:
    pytester.mkdir("src").joinpath("people.py").write_text(FOLDER, encoding="utf-8")
    pytester.makepyfile(
        """
        import pytest


        @pytest.fixture(scope="module")
        def people(new_pipeline):
            project = new_pipeline("src")
            project.land("people/1.csv.json", [{"id": 1, "name": "Ann"}])
            project.update()
            return project


        def test_rows(people):
            assert people.table("people", columns=["name"]) == [{"name": "Ann"}]


        def test_rules(people):
            assert people.expectations("people") == {"named": (1, 0)}
            assert people.events("create_update") == people.events()[1:2]
        """
    )
    pytester.runpytest_inprocess("-q").assert_outcomes(passed=2)


def test_failures_say_why(pytester: pytest.Pytester) -> None:
    failing = FOLDER.replace("expect_or_drop", "expect_or_fail")
    pytester.makepyfile(f"SOURCE = {FOLDER!r}\nFAILING = {failing!r}\n{FAILURES}")
    result = pytester.runpytest_inprocess("-q")
    result.assert_outcomes(failed=7)
    result.stdout.fnmatch_lines(
        [
            "E *assert rows of 'people' == expected rows",
            "E *1 differ, 0 missing, 1 unexpected (2 in the table, 1 expected)",
            "E *differs: id=2",
            "E *  name: 'Ann' in the table, 'Bob' expected",
            "E *unexpected: {'id': 3, 'name': 'Bea'}",
            "*test_update_failed*",
            "E *0 differ, 1 missing, 0 unexpected (0 in the table, 1 expected)",
            "*Pipeline update is FAILED*",
            "[[]EXPECTATION_VIOLATION*Violated expectations: 'named'*",
            "*test_update_did_not_start*",
            "E *people.py:5: AttributeError: *no attribute 'tabel'*",
            "*test_unknown_table*",
            "E *No table 'peple' in *. Did you mean 'people'?",
            "*test_unknown_column*",
            "E *Table 'people' has no column 'nmae'; it has id, name. Did you mean 'name'?",
            "*test_no_update*",
            "E *There is no table 'people': no update has made any. Call update() first.",
            "*test_no_pipeline*",
            "E *There is no pipeline to test: * has no databricks.yml and no spark-pipeline.yml.*pipeline.source*",
        ]
    )
    # Of the runtime, only the errors' text is shown; frames of the test and of the user's files remain.
    result.stdout.no_fnmatch_line("*dlt_local/update/*")


def test_choices_that_only_a_bundle_has(pytester: pytest.Pytester) -> None:
    pytester.makefile(".ini", pytest="[pytest]\ndlt_local_pipeline = src\ndlt_local_target = prod\n")
    pytester.mkdir("src").joinpath("people.py").write_text(FOLDER, encoding="utf-8")
    pytester.makepyfile(TEST)
    result = pytester.runpytest_inprocess("-q")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *The target 'prod' was chosen, but only pipelines of a bundle have one"])


def test_a_session_that_was_there_keeps_its_settings(spark: SparkSession, pipeline: PipelineProject) -> None:
    pipeline.source("people.py", FOLDER)
    pipeline.land("people/1.json", [{"id": 2, "name": "Ann"}])
    mine = {"spark.sql.session.timeZone": "Europe/Berlin", "spark.sql.shuffle.partitions": "7"}
    before = {key: spark.conf.get(key) for key in mine}
    try:
        for key, value in mine.items():
            spark.conf.set(key, value)
        assert pipeline.update().state == "COMPLETED"
        assert {key: spark.conf.get(key) for key in mine} == mine
        assert spark.conf.get("landing", None) is None
    finally:
        for key, text in before.items():
            spark.conf.set(key, str(text))
