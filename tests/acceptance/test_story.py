"""The story of `fixtures/landing`, a day at a time, each update in a process of its own."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import pytest

from dashboards.boards import BOARDS
from dashboards.files import FOLDER
from dlt_local.cli.event_output import selected_events
from dlt_local.quality import json_text, quality_report
from dlt_local.quality.rule_files import read_rule_files
from fitness.rule_files import FOLDER as RULES
from jobs.compare_with_expected import differences
from tests.acceptance.command import completed
from tests.acceptance.notebook import frames_of_notebook
from tests.acceptance.planted_faults import ROWS, VIOLATIONS
from tests.acceptance.state import State
from tests.dashboards.engines import duckdb_rows, same, spark_rows
from tests.dashboards.story import published
from tests.oracle.__main__ import FIXTURES, story_days
from tests.oracle.text import read_csv

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from pyspark.sql import SparkSession

DATA_SETS = [FOLDER / board.name / f"{name}.sql" for board in BOARDS for name in board.data_sets]
EXPECTED = sorted((FIXTURES / "expected").glob("*/*.csv"))

FEEDS = {file.dataset: file for file in read_rule_files(RULES).files if file.dataset in ROWS[0]}

KEYS = {
    "daily_activity_summary": ("user_id", "date"),
    "data_quality_daily": ("feed", "rule", "date"),
    "device_health": ("alert_id",),
    "gym_daily": ("gym", "local_date"),
    "gym_hourly": ("gym", "local_hour"),
    "gym_occupancy_15m": ("gym", "bucket_start"),
    "gym_summary": ("user_id", "gym", "login"),
    "health_alerts": ("alert_id",),
    "heart_rate_anomalies": ("device_id", "event_time"),
    "heart_rate_limits": ("device_id",),
    "heart_rate_windows": ("user_id", "device_id", "window_start"),
    "hr_daily": ("user_id", "hr_date"),
    "member_features_daily": ("user_id", "date"),
    "retention_cohorts": ("cohort_month", "k"),
    "training_load_daily": ("user_id", "load_date"),
    "user_engagement_daily": ("user_id", "date"),
    "weekly_activity_summary": ("user_id", "iso_week"),
    "workout_bpm_summary": ("user_id", "workout_id", "session_id", "started_at"),
    "workout_completion_daily": ("user_id", "workout_date"),
}
"""Grain of the gold tables; a visit of nobody known has its device in silver only."""

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class ToldStory:
    """The state after the three days, and its extent before and after an update that had nothing to do."""

    state: State
    extent: dict[str, tuple[int, int]]
    extent_after_nothing_new: dict[str, tuple[int, int]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> ToldStory:
    folder = tmp_path_factory.mktemp("story")
    state, landing = State(folder / "state"), folder / "landing"
    for day in story_days():
        shutil.copytree(day, landing, dirs_exist_ok=True)
        completed("run", "--state", state.folder, "--landing", landing)
    extent = state.extent()
    completed("run", "--state", state.folder, "--landing", landing)
    return ToldStory(state, extent, state.extent())


@pytest.mark.parametrize("truth", EXPECTED, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_every_row_is_as_computed_by_the_oracle(story: ToldStory, truth: Path) -> None:
    assert story.state.rows(f"{truth.parent.name}.{truth.stem}") == read_csv(truth)


def test_the_validation_job_finds_no_difference(story: ToldStory, spark: SparkSession) -> None:
    spark.sql("CREATE SCHEMA told")
    for truth in EXPECTED:
        location = story.state.tables()[f"{truth.parent.name}.{truth.stem}"].table_uri
        spark.sql(f"CREATE TABLE told.{truth.stem} USING delta LOCATION '{location}'")
    assert differences(spark, FIXTURES / "expected", "told") == []


def test_every_line_of_the_landing_files_is_in_bronze(story: ToldStory) -> None:
    counts = {name: rows for name, (_, rows) in story.extent.items() if name.startswith("bronze.")}
    assert counts == {
        "bronze.registered_users_bz": 10 + 5 + 3,
        "bronze.gyms_bz": 2,
        "bronze.gym_logins_bz": 8 + 9 + 6,
        "bronze.kafka_multiplex_bz": sum(_lines(day / "kafka_multiplex") for day in story_days()),
        "bronze.daily_activity_bz": 4 + 6 + 4,
    }


def _lines(feed: Path) -> int:
    return sum(len(path.read_text().splitlines()) for path in feed.iterdir())


def test_every_bronze_row_is_valid_or_quarantined(story: ToldStory) -> None:
    rows = {name: count for name, (_, count) in story.extent.items()}
    for feed in ("registered_users", "gyms", "gym_logins", "daily_activity"):
        assert rows[f"silver.{feed}_checked"] == rows[f"bronze.{feed}_bz"]
    messages = sum(rows[f"silver.{topic}_checked"] for topic in ("user_info", "workout", "bpm"))
    assert messages + rows["silver.kafka_multiplex_quarantine"] == rows["bronze.kafka_multiplex_bz"]


@pytest.mark.parametrize("table", KEYS)
def test_gold_has_one_row_per_key(story: ToldStory, table: str) -> None:
    rows = story.state.rows(f"gold.{table}")
    keys = [tuple(row[column] for column in KEYS[table]) for row in rows]
    assert len(set(keys)) == len(keys)


def test_an_update_with_nothing_new_changes_no_table(story: ToldStory) -> None:
    assert story.extent_after_nothing_new == story.extent


def test_show_prints_a_table_as_csv(story: ToldStory) -> None:
    shown = completed("show", "gym_summary", "--state", story.state.folder, "--format", "csv").stdout
    visits = list(csv.DictReader(io.StringIO(shown)))
    assert len(visits) == story.extent["gold.gym_summary"][1]
    (twice,) = [visit for visit in visits if visit["user_id"] == "21009" and visit["visit_date"] == "2026-04-15"]
    assert (twice["login"], twice["logout"]) == ("2026-04-15T09:00:00Z", "2026-04-15T11:00:00Z")
    assert (float(twice["minutes_in_gym"]), float(twice["minutes_exercising"])) == (120, 31.67)


def test_the_notebook_shows_what_the_oracle_computed(story: ToldStory, tmp_path: Path) -> None:
    (tmp_path / ".dlt_local").symlink_to(story.state.folder)
    shown = frames_of_notebook(FIXTURES.parent / "docs/explore.ipynb", tmp_path, ("minutes", "load", "quality"))

    workouts = read_csv(FIXTURES / "expected/gold/workout_bpm_summary.csv")
    for workout in workouts:
        workout["intensity_class"] = workout["intensity_class"] or "age unknown"
    zones = [f"z{number}_s" for number in range(6)] + ["gap_s"]
    for row in shown["minutes"]:
        of_class = [workout for workout in workouts if workout["intensity_class"] == row["intensity_class"]]
        seconds = {zone: sum(float(workout[zone] or 0) for workout in of_class) for zone in zones}
        assert [row[zone.removesuffix("_s")] for zone in zones] == pytest.approx(
            [seconds[zone] / 60 for zone in zones], abs=0.051
        )
    assert {row["intensity_class"] for row in shown["minutes"]} == {row["intensity_class"] for row in workouts}

    impulses: dict[int, float] = {}
    for workout in workouts:
        member = int(workout["user_id"])
        impulses[member] = impulses.get(member, 0.0) + float(workout["trimp_banister"] or 0)
    busiest, impulse = max(impulses.items(), key=lambda item: item[1])
    assert {row["user_id"] for row in shown["load"]} == {busiest}
    assert sum(row["load"] for row in shown["load"]) == pytest.approx(impulse)

    rejected = read_csv(FIXTURES / "expected/silver/bpm_quarantine.csv")
    counted = {row["rule"]: row["quarantined"] for row in shown["quality"] if row["feed"] == "bpm"}
    assert +Counter(counted) == Counter(rule for row in rejected for rule in json.loads(row["reasons"]))


@pytest.fixture(scope="module")
def tables(story: ToldStory, spark: SparkSession) -> dict[str, pa.Table]:
    return published(story.state, spark)


@pytest.mark.parametrize("data_set", DATA_SETS, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_a_dashboard_shows_the_same_on_both_engines(
    data_set: Path, tables: dict[str, pa.Table], spark: SparkSession
) -> None:
    sql = data_set.read_text(encoding="utf-8")
    on_spark = spark_rows(spark, sql)
    assert on_spark
    assert same(on_spark, duckdb_rows(tables, sql))


def test_the_quality_tables_count_what_the_checked_tables_hold(story: ToldStory, tables: dict[str, pa.Table]) -> None:
    """Each row of a checked table is judged in one update, so that the log's counts add up to the rows' own reasons."""
    counted = Counter[tuple[str, str]]()
    for result in tables["dq_expectation_results"].to_pylist():
        if result["dataset"].endswith("_checked"):
            counted[result["dataset"], result["expectation"]] += result["failed"]
    held = Counter[tuple[str, str]]()
    for name in {dataset for dataset, _ in counted}:
        rows = story.state.arrow(name).to_pylist()
        held.update((name, rule) for row in rows for rule in [*row["reasons"], *(row.get("flags") or [])])
    assert held == +counted


def test_the_report_finds_the_planted_faults_under_their_rules(story: ToldStory) -> None:
    events = list(map(asdict, selected_events(story.state.folder, pipeline=None, event_type=None, update=None)))
    updates = list(dict.fromkeys(event["origin"]["update_id"] for event in events))
    assert len(updates) == len(story_days()) + 1
    for update, rows, violations in zip(updates, ROWS, VIOLATIONS, strict=False):
        judged, failed = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        (document,) = json.loads(json_text(quality_report(events, update=update)))["updates"]
        for result in document["expectations"]:
            rule = (result["dataset"], result["expectation"])
            judged[rule] += result["passed"] + result["failed"]
            failed[rule] += result["failed"]
        assert dict(+failed) == violations
        assert {rule: count for rule, count in judged.items() if rule[0] in FEEDS} == {
            (file.dataset, rule.name): rows.get(file.dataset, 0) for file in FEEDS.values() for rule in file.rules
        }


def test_the_planted_faults_have_samples_that_point_at_nobody(tables: dict[str, pa.Table]) -> None:
    """At most twenty a rule, which no rule reaches here; rows that are flagged only have none."""
    updates = sorted(tables["dq_updates"].to_pylist(), key=lambda update: update["started_at"])
    samples = tables["dq_failed_samples"].to_pylist()
    flags = {(file.dataset, rule.name) for file in FEEDS.values() for rule in file.rules if rule.action == "flag"}
    for update, violations in zip(updates, VIOLATIONS, strict=False):
        told = Counter(
            (sample["dataset"].partition(".")[2], sample["expectation"])
            for sample in samples
            if sample["update_id"] == update["update_id"]
        )
        wanted = {
            (rule[0].partition(".")[2], rule[1]): count for rule, count in violations.items() if rule not in flags
        }
        assert told == wanted
    implausible = {sample["observed"] for sample in samples if sample["expectation"] == "bpm_between_0_and_300"}
    assert implausible == {"-5.0", "320.0"}
    members = {"21001", "21002", "21003", "21005", "21006", "21009", "21010"}
    assert not [sample for sample in samples for value in sample.values() if set(str(value).split('"')) & members]


def test_every_check_of_a_data_set_passes(tables: dict[str, pa.Table]) -> None:
    checks = [check for check in tables["dq_dataset_checks"].to_pylist() if check["engine"] == "gx"]
    assert len(checks) >= 10
    assert [check for check in checks if check["status"] != "passed"] == []
