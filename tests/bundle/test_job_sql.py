"""The SQL that jobs run, on a real event log: what three updates of a small pipeline did, rule by rule."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from dlt_local.quality import json_text, quality_report
from tests.bundle.job_sql import run_sql_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    import dlt
    from pyspark.sql import functions as F

    def landed(folder, schema):
        return (
            spark.readStream.format("cloudFiles").option("cloudFiles.format", "json")
            .option("cloudFiles.maxFilesPerTrigger", "1")
            .schema(schema).load(spark.conf.get("landing") + "/" + folder)
        )

    @dlt.table
    @dlt.expect("has id", "id IS NOT NULL")
    @dlt.expect_or_drop("plausible", "bpm BETWEEN 20 AND 250")
    def readings():
        return landed("readings", "id INT, bpm DOUBLE")

    @dlt.table
    @dlt.expect_or_fail("known kind", "kind IN ('door', 'watch')")
    @dlt.expect("has name", "name IS NOT NULL")
    def devices():
        return landed("devices", "kind STRING, name STRING")

    @dlt.table
    @dlt.expect("never seen", "kind = 'door'")
    def doors():
        return spark.readStream.table("devices").where("kind = 'gate'")

    @dlt.view
    @dlt.expect("known owner", "id < 3")
    def owned():
        return spark.read.table("readings")

    @dlt.table
    @dlt.expect("calm", "bpm < 100")
    def highest():
        return spark.read.table("owned").groupBy("id").agg(F.max("bpm").alias("bpm"))
"""
FEEDS = """
    CREATE TABLE {}.data_quality_daily AS
    SELECT 'gym_logins' AS feed, 'readable' AS rule, DATE'2026-04-14' AS date,
      8L AS passed, 2L AS failed, 1L AS quarantined
"""
RULES = """
    SELECT * FROM VALUES
      ('sales.readings', 'has id', 'id > 0', 'warn', 'warning', 'completeness', 'someone else', 'b.yml', 1),
      ('main.readings', 'has id', 'id IS NOT NULL', 'warn', 'critical', 'completeness', 'sensors', 'a.yml', 4),
      ('logical.devices', 'has name', 'name IS NOT NULL', 'warn', 'info', 'validity', 'stock', 'c.yml', 9)
    AS rule (dataset, expectation, rule_sql, action, severity, dimension, owner, source_file, source_line)
"""
OBJECTIVES = """
    SELECT * FROM VALUES
      ('main.readings', CAST(NULL AS STRING), CAST(NULL AS DOUBLE), 3L, 3600L, 'red'),
      ('main.devices', NULL, NULL, 2L, NULL, 'amber'),
      ('main.doors', NULL, NULL, NULL, 60L, 'amber'),
      ('main.readings', 'has id', 0.1D, NULL, NULL, 'red')
    AS objective (dataset, expectation, max_failed_rate, min_rows, max_staleness_s, on_breach)
"""
RESULT = ("dataset", "expectation", "flow_name", "dataset_type", "status", "passed", "failed", "failed_rate", "action")
STREAM, VIEW = "STREAMING_TABLE", "MATERIALIZED_VIEW"
FIRST = [
    ("main.devices", "has name", "devices", STREAM, "passed", 1, 0, 0.0, "ALLOW"),
    ("main.devices", "known kind", "devices", STREAM, "passed", 1, 0, 0.0, "FAIL"),
    ("main.doors", "never seen", "doors", STREAM, "no_data", 0, 0, None, "ALLOW"),
    # Ids 1, 2 and NULL are left of readings.
    ("main.highest", "calm", "highest", VIEW, "failed", 2, 1, 1 / 3, "ALLOW"),
    # Three rows in two micro-batches, of which one has no id, and one row that is dropped.
    ("main.readings", "has id", "readings", STREAM, "failed", 3, 1, 0.25, "ALLOW"),
    ("main.readings", "plausible", "readings", STREAM, "failed", 3, 1, 0.25, "DROP"),
    ("owned", "known owner", "highest", "VIEW", "failed", 2, 1, 1 / 3, "ALLOW"),
]
LAST = [
    ("main.devices", "has name", "devices", STREAM, "not_run", 0, 0, None, "ALLOW"),
    ("main.devices", "known kind", "devices", STREAM, "violated", 0, 1, None, "FAIL"),
    ("main.doors", "never seen", "doors", STREAM, "not_run", 0, 0, None, "ALLOW"),
    # The only new row is dropped, so that no view is computed again.
    ("main.highest", "calm", "highest", VIEW, "unchanged", 0, 0, None, "ALLOW"),
    # A row whose id is not NULL and whose bpm is.
    ("main.readings", "has id", "readings", STREAM, "passed", 1, 0, 0.0, "ALLOW"),
    ("main.readings", "plausible", "readings", STREAM, "failed", 0, 1, 1.0, "DROP"),
    ("owned", "known owner", "owned", "VIEW", "no_data", 0, 0, None, "ALLOW"),
]
HISTORY = ("dq_updates", "dq_flow_runs", "dq_expectation_results", "dq_dataset_checks")
LATER = "2099-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Workspace:
    """The event log of a pipeline, and the schema that the quality tables are written into."""

    project: PipelineProject
    schema: str
    spark: SparkSession

    @property
    def parameters(self) -> dict[str, Any]:
        return {"event_log": f"{self.schema}.event_log", "ops_schema": self.schema, "gold_schema": self.schema}

    def collect(self, as_of: str) -> None:
        """What the job does after an update."""
        run_sql_file(self.spark, "quality_results.sql", **self.parameters)
        run_sql_file(self.spark, "quality_monitoring.sql", **self.parameters, as_of=as_of)

    def gate(self, fail_under: str) -> str:
        """What the gate says, whether it lets pass or not."""
        parameters = {"fail_under": fail_under, **self.parameters}
        try:
            (row,) = run_sql_file(self.spark, "quality_gate.sql", **parameters)
        except PySparkException as error:
            (message,) = re.findall(r"(Quality gate: .*?)(?: SQLSTATE.*)?$", str(error), re.MULTILINE)[:1]
            return str(message)
        return str(row.verdict)

    def rows(self, table: str, *columns: str, of: str | None = None) -> list[tuple[Any, ...]]:
        """Rows of a table, of one update if it is given, in the order of the columns."""
        frame = self.spark.table(f"{self.schema}.{table}")
        rows = frame if of is None else frame.where(f"update_id = '{of}'")
        return sorted((tuple(row) for row in rows.selectExpr(*columns).collect()), key=repr)

    def history(self) -> dict[str, set[tuple[Any, ...]]]:
        return {table: set(self.rows(table, "*")) for table in HISTORY}


@dataclass(frozen=True, slots=True)
class Told:
    """Three updates: one with rows and one with nothing to do, collected together, then one that fails.

    `history` is what the tables held after the first two; a verdict is that of the gate for a smallest share of rows,
    `uncollected` what it said about the third before it was collected.
    """

    workspace: Workspace
    updates: list[str]
    history: dict[str, set[tuple[Any, ...]]]
    good_enough: str
    not_good_enough: str
    uncollected: str
    failed: str
    stale: str


@pytest.fixture(scope="module")
def told(new_pipeline: Callable[..., PipelineProject]) -> Iterator[Told]:
    project = new_pipeline()
    project.source("readings.py", SOURCE)
    project.land("readings/1.json", [{"id": 1, "bpm": 60}, {"id": 2, "bpm": 130}])
    project.land("readings/2.json", [{"id": None, "bpm": 80}, {"id": 3, "bpm": 500}])
    project.land("devices/1.json", [{"kind": "door", "name": "entrance"}])
    updates = [project.update(), project.update()]
    workspace = _workspace(project)
    workspace.collect("")
    history, good_enough, not_good_enough = workspace.history(), workspace.gate("0.25"), workspace.gate("0.7")
    project.land("readings/3.json", [{"id": 2, "bpm": None}])
    project.land("devices/2.json", [{"kind": "gate", "name": "exit"}])
    updates.append(project.update())
    uncollected = workspace.gate("0.25")
    workspace.collect(LATER)
    ids = [update.update_id for update in updates]
    yield Told(
        workspace, ids, history, good_enough, not_good_enough, uncollected, workspace.gate("0.7"), workspace.gate("0")
    )
    workspace.spark.sql(f"DROP SCHEMA {workspace.schema} CASCADE")


def _workspace(project: PipelineProject) -> Workspace:
    """The event log as a published table, what gold has about the feeds, and what rule files say."""
    spark, schema = SparkSession.active(), f"quality_{uuid4().hex}"
    spark.sql(f"CREATE SCHEMA {schema}")
    log = project.state / "pipelines/tested/event_log"
    spark.sql(f"CREATE TABLE {schema}.event_log USING delta LOCATION '{log}'")
    spark.sql(FEEDS.format(schema))
    # Of this pipeline, in place of the lakehouse's that quality_rules.sql has.
    spark.sql(f"CREATE TABLE {schema}.dq_rules AS {RULES}")
    spark.sql(f"CREATE TABLE {schema}.dq_slo AS {OBJECTIVES}")
    return Workspace(project, schema, spark)


def test_results_of_each_rule(told: Told) -> None:
    assert told.workspace.rows("dq_expectation_results", *RESULT, of=told.updates[0]) == FIRST


def test_rules_of_an_update_that_a_rule_stopped(told: Told) -> None:
    assert told.workspace.rows("dq_expectation_results", *RESULT, of=told.updates[2]) == LAST


def test_the_report_of_an_update_says_the_same(told: Told) -> None:
    columns = "dataset", "expectation", "flow_name", "status", "passed", "failed", "failed_rate", "rule_fingerprint"
    events = list(map(asdict, told.workspace.project.events()))
    for update in (told.updates[0], told.updates[2]):
        (document,) = json.loads(json_text(quality_report(events, update=update)))["updates"]
        reported = [tuple(rule[column] for column in columns) for rule in document["expectations"]]
        assert sorted(reported, key=repr) == told.workspace.rows("dq_expectation_results", *columns, of=update)
        counted = "rows_in", "rows_out", "rows_dropped"
        assert [tuple(document[name] for name in counted)] == told.workspace.rows("dq_updates", *counted, of=update)


def test_an_update_with_nothing_to_do_has_no_results(told: Told) -> None:
    assert told.workspace.rows("dq_expectation_results", *RESULT, of=told.updates[1]) == []


def test_what_rule_files_say_of_a_rule_stands_beside_its_results(told: Told) -> None:
    columns = ("dataset", "expectation", "severity", "dimension", "owner", "source_file", "source_line")
    rows = told.workspace.rows("dq_expectation_results", *columns, of=told.updates[0])
    # The full name of a data set decides before the table's alone.
    assert [row for row in rows if row[2] is not None] == [
        ("main.devices", "has name", "info", "validity", "stock", "c.yml", 9),
        ("main.readings", "has id", "critical", "completeness", "sensors", "a.yml", 4),
    ]
    latest = told.workspace.rows("dq_latest_results", *columns)
    assert [row for row in latest if row[2] is not None] == [row for row in rows if row[2] is not None]


def test_checks_of_data_sets_after_the_first_update(told: Told) -> None:
    columns = ("dataset", "check_name", "severity", "status", "observed", "expected_low", "expected_high")
    rows = told.workspace.rows("dq_dataset_checks", *columns, of=told.updates[0])
    by_name = {row[:2]: row[2:] for row in rows if row[1] not in {"schema", "volume", "backlog"}}
    # What it took from the end of the first update's rows to its end.
    fresh = by_name.pop(("main.readings", "fresh"))
    assert (fresh[:2], fresh[3:]) == (("critical", "passed"), (None, 3600.0))
    assert by_name == {
        ("main.devices", "min_rows"): ("warning", "failed", 1.0, 2.0, None),
        ("main.doors", "fresh"): ("warning", "failed", None, None, 60.0),
        ("main.readings", "min_rows"): ("critical", "passed", 3.0, 3.0, None),
    }
    assert {row[3] for row in rows if row[1] in {"schema", "volume", "backlog"}} == {"not_evaluated"}


def test_freshness_of_the_latest_update_is_judged_as_of_the_time_that_is_given(told: Told) -> None:
    columns = ("dataset", "check_name", "status", "observed > 2e9", "checked_at")
    rows = told.workspace.rows("dq_dataset_checks", *columns, of=told.updates[2])
    (row,) = [row[2:] for row in rows if row[:2] == ("main.readings", "fresh")]
    assert row == ("failed", True, datetime(2099, 1, 1))  # noqa: DTZ001 - Spark gives times of the session's zone


def test_updates(told: Told) -> None:
    columns = ("pipeline_id", "pipeline_name", "source", "git_sha", "state", "rows_in", "rows_out", "rows_dropped")
    known = ("tested", "tested", "local", None)
    # First 3 of 4 readings, a device and the 3 rows of highest, at last one reading, which is dropped.
    assert [told.workspace.rows("dq_updates", *columns, of=update) for update in told.updates] == [
        [(*known, "COMPLETED", 5, 7, 1)],
        [(*known, "COMPLETED", 0, 0, 0)],
        [(*known, "FAILED", 1, 0, 1)],
    ]


def test_updates_have_the_times_of_the_log(told: Told) -> None:
    events = told.workspace.project.events()
    for update in told.updates:
        times = [event.timestamp for event in events if event.origin["update_id"] == update]
        ((started, ended),) = told.workspace.rows("dq_updates", "started_at", "ended_at", of=update)
        assert (started, ended) == tuple(time.replace(tzinfo=None) for time in (times[0], times[-1]))


def test_runs_of_flows(told: Told) -> None:
    columns = ("flow_name", "dataset", "status", "rows_out", "rows_dropped", "last_rows_at IS NOT NULL")
    assert told.workspace.rows("dq_flow_runs", *columns, of=told.updates[2]) == [
        ("devices", "main.devices", "FAILED", 0, 0, False),
        ("doors", "main.doors", "SKIPPED", 0, 0, False),
        ("highest", "main.highest", "COMPLETED", 0, 0, False),
        ("readings", "main.readings", "COMPLETED", 0, 1, False),
    ]


def test_rules_are_told_with_condition_and_fingerprint(told: Told) -> None:
    columns = ("expectation", "constraint_sql", "rule_fingerprint")
    rules = told.workspace.rows("dq_expectation_results", *columns, of=told.updates[0])
    text = "main.highest\ncalm\nbpm < 100\nALLOW"
    assert ("calm", "bpm < 100", sha256(text.encode()).hexdigest()) in rules


def test_a_second_run_changes_nothing(told: Told) -> None:
    before = told.workspace.history()
    told.workspace.collect("")
    assert told.workspace.history() == before


def test_history_is_kept(told: Told) -> None:
    now = told.workspace.history()
    assert {table: len(rows) for table, rows in told.history.items()} == {
        "dq_updates": 2, "dq_flow_runs": 8, "dq_expectation_results": 7, "dq_dataset_checks": 16,
    }  # fmt: skip
    assert all(rows < now[table] for table, rows in told.history.items())


def test_the_feeds_of_gold_are_there(told: Told) -> None:
    columns = ("feed", "rule", "passed", "failed", "quarantined")
    assert told.workspace.rows("dq_feed_rules_daily", *columns) == [("gym_logins", "readable", 8, 2, 1)]


def test_where_each_rule_stands(told: Told) -> None:
    first, _, last = told.updates
    columns = ("dataset", "expectation", "latest_status", "status", "passed", "failed", "round(pass_rate, 4)")
    assert told.workspace.rows("dq_latest_results", *columns, "evaluated_update_id", "latest_update_id") == [
        ("main.devices", "has name", "not_run", "passed", 1, 0, 1.0, first, last),
        ("main.devices", "known kind", "violated", "violated", 0, 1, 0.0, last, last),
        ("main.doors", "never seen", "not_run", None, None, None, None, None, last),
        ("main.highest", "calm", "unchanged", "failed", 2, 1, 0.6667, first, last),
        ("main.readings", "has id", "passed", "passed", 1, 0, 1.0, last, last),
        ("main.readings", "plausible", "failed", "failed", 0, 1, 0.0, last, last),
        ("owned", "known owner", "no_data", "failed", 2, 1, 0.6667, first, last),
    ]


def test_the_gate_judges_what_an_update_with_nothing_to_do_left_as_it_was(told: Told) -> None:
    assert told.good_enough == f"Update {told.updates[0]}: 6 rules are kept by at least 0.25 of the rows."


def test_the_gate_names_the_rules_that_are_not_kept(told: Told) -> None:
    assert told.not_good_enough == (
        f"Quality gate: update {told.updates[0]} is COMPLETED, 2 of 6 rules are kept by less than 0.7 of the rows:"
        " main.highest.calm (1 of 3 rows), owned.known owner (1 of 3 rows)"
    )


def test_the_gate_refuses_an_update_that_nobody_collected(told: Told) -> None:
    assert told.uncollected == (
        f"Quality gate: update {told.updates[2]} is not in dq_updates. Run quality_results.sql first."
    )


def test_the_gate_names_the_rule_that_stopped_the_update_and_what_was_not_computed_again(told: Told) -> None:
    assert told.failed == (
        f"Quality gate: update {told.updates[2]} is FAILED, 3 of 4 rules are kept by less than 0.7 of the rows:"
        " main.devices.known kind (stopped the update), main.readings.plausible (1 of 1 rows),"
        " main.highest.calm (1 of 3 rows)"
    )


def test_the_gate_names_critical_checks_that_fail(told: Told) -> None:
    assert told.stale == (
        f"Quality gate: after update {told.updates[2]} these critical checks of data sets fail: main.readings.fresh"
    )
