"""The forms of a report, and the command that writes them, also from the log of a real update."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import jsonschema
import pyarrow as pa
import pytest
from deltalake import write_deltalake
from typer.testing import CliRunner

from dlt_local.cli.app import app
from dlt_local.event_log import EventLog
from dlt_local.quality import json_text, markdown_text, quality_report
from dlt_local.quality.as_json import SCHEMA
from dlt_local.quality.as_table import print_report
from dlt_local.stores.state import StateFolder
from tests.quality.log_of_updates import Log
from tests.quality.parsed_page import ParsedPage
from tests.quality.rule_folder import check, write_measured, write_rules
from tests.quality.test_counts import VIOLATION, ten_numbers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from dlt_local.pytest_plugin import PipelineProject

NASTY = "<script>alert('|')</script> `a` @all"
SOURCE = """
    import dlt

    @dlt.table
    @dlt.expect("positive", "n > 0")
    @dlt.expect_or_drop("small", "n < 8")
    def numbers():
        landing = spark.conf.get("landing")
        return spark.readStream.schema("n INT").option("maxFilesPerTrigger", 1).json(f"{landing}/numbers")

    @dlt.table
    @dlt.expect_or_fail("not five", "n <> 5")
    def strict():
        return spark.readStream.table("numbers")

    @dlt.table
    @dlt.expect("even", "n % 2 = 0")
    def totals():
        return spark.read.table("numbers")
"""


def dlt_local(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["report", *map(str, arguments)], prog_name="dlt-local")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Ten numbers, of which two are dropped."""
    log = EventLog(StateFolder(tmp_path), "lakehouse", "u1", lambda _: None)
    for event in ten_numbers().events:
        log.write(event["event_type"], "", event["details"][event["event_type"]], origin=event["origin"])
    log.close()
    return tmp_path


def test_json_is_as_its_schema_says() -> None:
    log = ten_numbers().defines(("c", "n > 1", "FAIL"), dataset="fitness.gold.x", flow_type="MATERIALIZED_VIEW")
    log.status("FAILED", dataset="fitness.gold.x", error=[VIOLATION.format(names="c")])
    for events in (ten_numbers().events, log.events, Log().start("u1").batch({"a": (1, 0)}).events):
        document = json.loads(json_text(quality_report(events, fail_under=0.5)))
        jsonschema.validate(document, json.loads(SCHEMA.read_text("utf-8")))
    document = json.loads(json_text(quality_report(ten_numbers().events)))
    assert document["verdict"] == {"outcome": "good", "exit_code": 0, "fail_under": None, "reasons": [], "warnings": []}
    (update,) = document["updates"]
    assert (update["started_at"], update["ended_at"]) == ("2026-04-14T06:00:00.000Z", "2026-04-14T06:00:08.000Z")
    assert [(rule["expectation"], rule["failed_rate"]) for rule in update["expectations"]] == [
        ("positive", 0.1),
        ("small", 0.2),
    ]


def test_markdown_shows_the_worst_rule_first() -> None:
    text = markdown_text(quality_report(ten_numbers().events, fail_under=0.9))
    assert text.startswith("# Data quality: Breach\n\n- Rule 'small' of silver.numbers is passed by 80.00% of 10 rows")
    assert [line for line in text.splitlines() if line.startswith("| silver")] == [
        "| silver.numbers | small | DROP | 2 of 10 new rows | 20.00% | fitness.silver.numbers |  |",
        "| silver.numbers | positive | ALLOW | 1 of 10 new rows | 10.00% | fitness.silver.numbers |  |",
    ]


def test_names_from_outside_do_no_harm_in_markdown() -> None:
    log = Log().start("u1").defines((NASTY, "n > 0", "ALLOW")).batch({NASTY: (1, 1)}).status("COMPLETED")
    (row,) = [line for line in markdown_text(quality_report(log.events)).splitlines() if "script" in line]
    assert r"\<script\>alert('\|')\</script\> \`a\` \@all" in row
    assert row.replace(r"\|", "").count("|") == 8


def test_markdown_fits_into_a_comment() -> None:
    rules = [(f"rule {number}", "n > 0", "ALLOW") for number in range(900)]
    log = Log().start("u1").defines(*rules).batch({name: (1, 1) for name, _, _ in rules})
    text = markdown_text(quality_report(log.events))
    assert len(text) < 61_000
    # Each rule is a line, and an empty one ends the table.
    listed = text.count("| silver.numbers | rule ")
    assert f"\n{900 - listed + 1} more lines are left out; the JSON report has all.\n" in text


def test_table_says_in_words_what_it_colours(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(quality_report(ten_numbers().events, fail_under=0.9))
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == (
        "Update u1 of lakehouse (databricks), begun 2026-04-14T06:00:00Z: COMPLETED after 8.0 s; "
        "10 rows taken in, 8 written, 2 dropped"
    )
    assert "silver.numbers small DROP 2 of 10 new rows 20.00% fitness.silver.numbers" in lines
    assert lines[-2] == "Breach"


@pytest.mark.parametrize(("rate", "code"), [(None, 0), (0.8, 0), (0.81, 1)])
def test_the_command_ends_as_the_gate_says(state: Path, rate: float | None, code: int) -> None:
    result = dlt_local("--state", state, *(("--fail-under", rate) if rate is not None else ()))
    assert (result.exit_code, result.stderr) == (code, "")


def test_the_command_writes_a_file(state: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    result = dlt_local("--state", state, "--update", "u1", "--format", "json", "--out", out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(out.read_text("utf-8"))["updates"][0]["update_id"] == "u1"


@pytest.mark.parametrize(("rate", "code", "word"), [(0.8, 0, "Good"), (0.81, 1, "Breach")])
def test_the_page_and_the_test_results_end_as_the_gate_says(state: Path, rate: float, code: int, word: str) -> None:
    page, results = state / "report.html", state / "report.xml"
    for layout, out in (("html", page), ("junit", results)):
        result = dlt_local("--state", state, "--fail-under", rate, "--format", layout, "--out", out)
        assert (result.exit_code, result.stdout) == (code, "")
    assert f"</span> {word}</h1>" in page.read_text("utf-8")
    assert f'tests="3" failures="{code}" errors="0"' in results.read_text("utf-8")


@pytest.mark.parametrize("layout", ["html", "junit"])
def test_no_form_is_written_of_an_empty_log(tmp_path: Path, layout: str) -> None:
    EventLog(StateFolder(tmp_path), "lakehouse", "u1", lambda _: None).close()
    out = tmp_path / "report"
    assert dlt_local("--state", tmp_path, "--format", layout, "--out", out).exit_code == 2
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--update", "u2"], "No update 'u2' in the event log"),
        (["--fail-under", "98"], "The least pass rate is 98. Give a number from 0 to 1, such as 0.98."),
        (["--out", "x.txt"], "A table is for the terminal. Give --format with --out: md, json, html, junit."),
        (["--format", "pdf"], "'pdf' is not one of 'table', 'md', 'json', 'html', 'junit'"),
        (["--pipeline", "other"], "No pipeline 'other' in"),
    ],
)
def test_the_command_says_what_it_could_not_do(state: Path, arguments: list[str], message: str) -> None:
    result = dlt_local("--state", state, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert dlt_local("--state", state / "none").exit_code == 2


def test_an_empty_log_is_never_good(tmp_path: Path) -> None:
    EventLog(StateFolder(tmp_path), "lakehouse", "u1", lambda _: None).close()
    result = dlt_local("--state", tmp_path)
    assert result.exit_code == 2
    assert "The event log holds no event of an update" in result.stderr


def of_another_version(state: Path) -> None:
    """A log that another runtime wrote, with one column more."""
    events = pa.Table.from_pylist([{"id": "e0", "schema": 9}])
    write_deltalake(state / "pipelines" / "lakehouse" / "event_log", events)


def damaged(state: Path) -> None:
    EventLog(StateFolder(state), "lakehouse", "u1", lambda _: None).write("user_action", "", {})
    EventLog(StateFolder(state), "lakehouse", "u2", lambda _: None).close()
    for file in (state / "pipelines" / "lakehouse" / "event_log").glob("*.parquet"):
        file.unlink()


def of_unknown_states(state: Path) -> None:
    log = EventLog(StateFolder(state), "lakehouse", "u1", lambda _: None)
    log.write("update_progress", "", {"update_progress": {"state": "DONE"}}, origin={"update_id": "u1"})
    log.close()


def without_a_log(state: Path) -> None:
    (state / "tables").mkdir()


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (without_a_log, "No event log in {state}. Run the pipeline first, or name its folder by --state DIR."),
        (of_another_version, "The event log in {state}/pipelines/lakehouse is of another version"),
        (damaged, "The event log in {state}/pipelines/lakehouse/event_log cannot be read"),
        (of_unknown_states, "The log is of a version that this report does not know."),
    ],
)
@pytest.mark.parametrize("layout", ["table", "json"])
def test_a_log_that_cannot_be_judged_is_2_and_says_why(
    tmp_path: Path, made: Callable[[Path], None], message: str, layout: str
) -> None:
    made(tmp_path)
    result = dlt_local("--state", tmp_path, "--format", layout)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message.format(state=tmp_path) in result.stderr


def test_rule_files_and_measurements_reach_the_command(state: Path, tmp_path: Path) -> None:
    rules = write_rules(tmp_path / "rules", small=0.19)
    result = dlt_local("--state", state, "--rules", rules)
    assert result.exit_code == 1
    assert "Rule 'small' of silver.numbers is failed by 20.00% of 10 rows, its objective allows 19.00%" in result.stdout
    assert "Not known: checks of data sets are not evaluated: run the job that makes them" in result.stdout
    write_rules(rules)
    assert dlt_local("--state", state, "--rules", rules).exit_code == 0
    write_measured(state, checks=[check(status="failed", observed=2.0)], samples=[])
    result = dlt_local("--state", state, "--rules", rules)
    assert result.exit_code == 1
    assert "Check 'one_row_per_number' of silver.numbers failed: 2 found, at most 0 expected" in result.stdout
    assert dlt_local("--state", state, "--rules", tmp_path / "none").exit_code == 2


def test_the_rules_of_a_bundle_are_those_beside_its_pipeline(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "bundle"
    (bundle / "src").mkdir(parents=True)
    pipeline = {"catalog": "fitness", "schema": "silver", "root_path": "src", "libraries": []}
    resources = {"pipelines": {"lakehouse": pipeline, "other": {**pipeline, "root_path": "."}}}
    (bundle / "databricks.yml").write_text(json.dumps({"bundle": {"name": "b"}, "resources": resources}), "utf-8")
    monkeypatch.chdir(bundle)
    assert dlt_local("--state", state).exit_code == 0
    write_rules(bundle / "src" / "rules", small=0.19)
    result = dlt_local("--state", state)
    assert result.exit_code == 1
    assert "src/rules/silver.numbers.yml:13" in result.stdout


def test_a_real_log_is_read_without_spark_and_shows_where_rules_stand(pipeline: PipelineProject) -> None:
    pipeline.source("numbers.py", SOURCE)
    # The numbers 0 to 9, of which 8 and 9 are dropped, in two micro-batches.
    pipeline.land("numbers/1.json", [{"n": n} for n in (0, 1, 8)])
    pipeline.land("numbers/2.json", [{"n": n} for n in (2, 3, 4, 5, 6, 7, 9)])
    assert pipeline.update().state == "FAILED"
    result = dlt_local("--state", pipeline.state, "--format", "json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    jsonschema.validate(document, json.loads(SCHEMA.read_text("utf-8")))
    (update,) = document["updates"]
    assert [
        (rule["expectation"], rule["status"], rule["passed"], rule["failed"], rule["counted"], rule["source_line"])
        for rule in update["expectations"]
    ] == [
        ("positive", "failed", 9, 1, "new_rows", 5),
        ("small", "failed", 8, 2, "new_rows", 6),
        ("not five", "violated", 0, 1, "new_rows", 12),
        ("even", "failed", 4, 4, "all_rows", 17),
    ]
    assert {rule["source_file"].rsplit("/", 1)[-1] for rule in update["expectations"]} == {"numbers.py"}
    assert (update["state"], update["rows_in"], update["rows_dropped"]) == ("FAILED", 10, 2)
    assert {flow["flow_name"]: flow["status"] for flow in update["flows"]} == {
        "numbers": "COMPLETED",
        "strict": "FAILED",
        "totals": "COMPLETED",
    }
    assert '{"n":5}' not in result.stdout
    shown = ParsedPage(dlt_local("--state", pipeline.state, "--format", "html").stdout)
    assert [(row[0], row[9].rsplit("/", 1)[-1]) for row in shown.cells("rule-table")] == [
        ("✕ breach", "numbers.py:12"),
        ("△ rows failed", "numbers.py:17"),
        ("△ rows failed", "numbers.py:6"),
        ("△ rows failed", "numbers.py:5"),
    ]
    reads = {row[0].rsplit(".", 1)[-1]: row[2].rsplit(".", 1)[-1] for row in shown.cells("lineage-table")}
    assert reads == {"numbers": "\u2013", "strict": "numbers", "totals": "numbers"}


def test_a_report_needs_neither_spark_nor_databricks() -> None:
    modules = "dlt_local.quality.as_table, dlt_local.quality.as_html"
    code = f"import sys, {modules}; print(*{{name.split('.')[0] for name in sys.modules}})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"pyspark", "py4j", "databricks", "deltalake"}.isdisjoint(result.stdout.split())
