"""Rule files are the one source of rules: what the pipelines register, what rows are judged by, what people read."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as sf
from pyspark.sql.types import DataType, StructType

from dlt_local.api.definitions import Action
from dlt_local.loading import load_definitions, pipeline_environment
from dlt_local.project.bundle_pipeline import load_pipeline
from dlt_local.quality.rule_files import RuleEntry, RuleFile, read_rule_files
from fitness import rule_files
from fitness.daily_activity import MEASURES
from fitness.envelope import DATA_SET as ENVELOPES
from fitness.envelope import TOPICS
from fitness.event_time import NEVER, TWICE, WITHOUT_ZONE
from fitness.gym_logins import OF_EVENTS as EVENTS_AT_DOORS
from fitness.gym_logins import OF_LINES as LINES_AT_DOORS
from fitness.profile_messages import CHANGES, NO_CHANGES
from fitness.registrations import OF_EVENTS as REGISTRATION_EVENTS
from fitness.rule_files import FOLDER, rules_of
from fitness.rules import INGEST_POSITION, as_expectations, judged, quarantine, valid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

    from dlt_local.api.registry import Registry

ROOT = Path(__file__).parents[2]
BOOK = read_rule_files(FOLDER, relative_to=ROOT)
JUDGED = [file for file in BOOK.files if file.dataset.endswith("_checked")]
DATABASE = {
    "fitness.sql_url": "jdbc:postgresql://nowhere/gym",
    "fitness.sql_registrations_table": "members",
    "fitness.sql_device_assignments_table": "devices",
    "fitness.sql_visits_table": "visits",
}
LOGGED = {"warn": Action.WARN, "flag": Action.WARN, "quarantine": Action.WARN, "drop": Action.DROP, "fail": Action.FAIL}
NUMBERS = """\
dataset: tested.numbers_checked
owner: data-engineering
rules:
  - {name: a_positive, sql: a > 0 /* not zero */, action: quarantine, severity: info, dimension: validity}
  - {name: b_below_five, sql: "b < 5 AND '*/' <> '/*'", action: quarantine, severity: info, dimension: validity}
  - {name: they_differ, sql: "a <> b AND 'it''s' <> '`'", action: quarantine, severity: info, dimension: validity}
  - {name: b_is_one, sql: "b = 1 -- one", action: flag, severity: info, dimension: validity}
"""
PERSONAL = re.compile(r"mac_address|name|street|city|zip|dob|e?mail|raw")


def data_set(file: RuleFile) -> str:
    return file.dataset


@pytest.fixture(scope="module")
def registered(spark: SparkSession) -> dict[str, Registry]:
    """What the main pipeline with a database, and that of the live alerts, declare."""
    assert spark
    return {
        "fitness_lakehouse": declared(spark, "fitness_lakehouse", DATABASE),
        "live_health_alerts": declared(spark, "live_health_alerts", {"fitness.kafka_bootstrap_servers": "nowhere:9"}),
    }


def declared(spark: SparkSession, pipeline: str, settings: Mapping[str, str]) -> Registry:
    landing = ROOT / "fixtures/landing/2026-04-14"
    spec = load_pipeline(bundle_root=ROOT, pipeline=pipeline, landing=landing, settings=settings)
    with pipeline_environment(spec, spark, None) as dbutils:
        return load_definitions(spec, spark, dbutils)


def expectations(registered: Mapping[str, Registry]) -> dict[tuple[str, str], tuple[str, Action]]:
    return {
        (dataset.name, rule.name): (str(rule.predicate), rule.action)
        for registry in registered.values()
        for dataset in registry.datasets.values()
        for rule in dataset.expectations
    }


def test_what_is_registered_is_in_a_file_and_what_is_in_a_file_is_registered(registered: dict[str, Registry]) -> None:
    wanted = {(rule.dataset, rule.name): (predicate(rule), LOGGED[rule.action]) for rule in BOOK.rules}
    assert expectations(registered) == wanted


def predicate(rule: RuleEntry) -> str:
    """As declared: what rows are judged by once lies in an array of names, and the comment says what it was."""
    if rule.dataset.endswith("_checked"):
        column = {"quarantine": "reasons", "flag": "flags"}[rule.action]
        return f"NOT array_contains({column}, '{rule.name}') /* {rule.sql} */"
    return rule.sql


def test_a_rule_never_mentions_what_would_end_the_comment() -> None:
    assert not [rule for rule in BOOK.rules if "*/" in rule.sql or "/*" in rule.sql or "'" in rule.name]


@pytest.mark.parametrize("file", [file for file in BOOK.files if file.keys], ids=data_set)
def test_samples_show_columns_that_are_there(file: RuleFile, registered: dict[str, Registry]) -> None:
    tables = {name: dataset for registry in registered.values() for name, dataset in registry.datasets.items()}
    columns = column_names(tables[file.samples_from or file.dataset].schema)
    assert set(file.keys) <= columns
    assert not [key for key in file.keys if PERSONAL.search(key)]
    assert not file.samples_from or "reasons" in columns


def column_names(schema: StructType | str | None) -> set[str]:
    parsed = DataType.fromDDL(schema) if isinstance(schema, str) else schema
    assert isinstance(parsed, StructType)
    return set(parsed.names)


@pytest.mark.parametrize("rule", [rule for rule in BOOK.rules if rule.observed], ids=lambda rule: rule.name)
def test_what_samples_show_is_a_number(rule: RuleEntry) -> None:
    """A text of a bad row may be anything, an address too."""
    text = str(rule.observed)
    assert text.startswith("try_cast(") and text.endswith(" AS DOUBLE)") if "raw" in text else not PERSONAL.search(text)


def test_objectives_of_critical_rules_are_red_and_gold_is_exact() -> None:
    objectives = {(rule.dataset, rule.name): rule.objective for rule in BOOK.rules}
    for rule in BOOK.rules:
        objective = objectives[rule.dataset, rule.name]
        assert objective or rule.severity == "info"
        if objective:
            assert (objective.on_breach == "red") == (rule.severity == "critical")
        if rule.dataset.startswith("gold."):
            assert objective
            assert objective.max_failed_rate == 0


@pytest.mark.parametrize("file", JUDGED, ids=data_set)
def test_rows_of_a_judged_table_are_set_aside_or_flagged(file: RuleFile) -> None:
    assert {rule.action for rule in file.rules} <= {"quarantine", "flag"}


def test_every_rule_is_asked_of_lines_or_of_events() -> None:
    """Rows from a database are lines."""
    left_out: dict[str, list[tuple[str, ...]]] = {
        "gym_logins_checked": [EVENTS_AT_DOORS, LINES_AT_DOORS],
        "registered_users_checked": [REGISTRATION_EVENTS],
    }
    for data_set, groups in left_out.items():
        names = [name for group in groups for name in group]
        assert len(names) == len(set(names))
        assert set(names) < set(rules_of(data_set))
    assert not set(rules_of("sql_visits_checked")) & set(EVENTS_AT_DOORS)
    assert not set(rules_of("sql_registrations_checked")) & set(REGISTRATION_EVENTS)


def test_a_database_is_held_to_the_rules_of_the_files() -> None:
    for database, files in (("sql_visits", "gym_logins"), ("sql_registrations", "registered_users")):
        rules, of_files = rules_of(f"{database}_checked"), rules_of(f"{files}_checked")
        other = {name for name, rule in rules.items() if rule != of_files[name]}
        assert other <= {"mac_address_has_six_pairs"}  # a door may name the device instead


def test_rules_about_times_use_the_words_of_the_parser() -> None:
    words = {
        "_has_a_zone": f"coalesce({{}}_doubt <> '{WITHOUT_ZONE}', true)",
        "_occurs_once": f"coalesce({{}}_doubt <> '{TWICE}', true)",
        "_occurs": f"coalesce({{}}_doubt <> '{NEVER}', true)",
    }
    about_times = [(rule, end) for rule in BOOK.rules for end in words if rule.name.endswith(end)]
    assert len(about_times) == 3 * 10
    for rule, end in about_times:
        time = rule.name.removesuffix(end)
        assert rule.sql == words[end].format(time)
        readable = BOOK.rule(rule.dataset, f"{time}_readable")
        assert readable
        assert f"{time}_doubt = '{WITHOUT_ZONE}'" in readable.sql


def test_rules_about_words_use_those_of_the_feeds() -> None:
    assert rules_of(ENVELOPES)["topic_is_known"] == f"topic IN {TOPICS}"
    profiles = rules_of("user_info_checked")
    assert profiles["update_type_is_known"] == f"update_type IN {(*CHANGES, *NO_CHANGES)}"
    assert profiles["changes_a_profile"] == f"coalesce(update_type NOT IN {NO_CHANGES}, true)"
    assert profiles["user_id_is_a_number"] == f"update_type IN {NO_CHANGES} OR (user_id IS NOT NULL)"


def test_every_measure_of_a_day_is_judged() -> None:
    names = {f"{measure}_{fact}" for measure in MEASURES for fact in ("is_a_number", "not_negative", "finite")}
    assert names <= set(rules_of("daily_activity_checked", "quarantine"))


def test_rules_of_a_data_set_by_what_becomes_of_a_row() -> None:
    assert list(rules_of("daily_activity_checked", "flag")) == [
        "active_and_sleep_within_24_hours",
        "some_steps",
    ]
    both = rules_of("daily_activity_checked", "quarantine", "flag")
    assert both == rules_of("daily_activity_checked")


def test_a_data_set_without_rules_is_named_with_the_nearest() -> None:
    expected = r"^/.*/rules has no file with rules of 'bpm_cheked'\. Did you mean 'bpm_checked'\?$"
    with pytest.raises(ValueError, match=expected):
        rules_of("bpm_cheked")


def test_a_bare_name_means_one_data_set() -> None:
    """The validation has all layers in one schema."""
    names = [file.dataset.partition(".")[2] for file in BOOK.files]
    assert len(names) == len(set(names))


@pytest.fixture
def numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A data set with rules that are not known of NULL, and with texts that would end a comment or a text."""
    (tmp_path / "tested.numbers_checked.yml").write_text(NUMBERS, encoding="utf-8")
    monkeypatch.setattr(rule_files, "FOLDER", tmp_path)
    return "numbers_checked"


def test_no_row_is_lost_for_want_of_a_value(numbers: str, spark: SparkSession) -> None:
    values = [None, -1, 0, 1, 7]
    rows = [(number, a, b) for number, (a, b) in enumerate(product(values, values))]
    frame = spark.createDataFrame(rows, "number INT, a INT, b INT")
    position = {name: sf.lit(None).cast("string") for name in ("raw", *INGEST_POSITION)}
    checked = judged(frame.withColumns(position), columns=("number", "a", "b", "flags"), data_set=numbers).cache()
    kept = {row.number for row in valid(checked).collect()}
    assert kept == {number for number, a, b in rows if a is not None and b is not None and a > 0 and b < 5 and a != b}
    assert quarantine(checked).count() == len(rows) - len(kept)
    flagged = {row.number for row in checked.where("array_contains(flags, 'b_is_one')").collect()}
    assert flagged == {number for number, _, b in rows if b != 1}
    # What a log counts is the comment's rule, whatever signs it has.
    counted = {
        name: checked.where(f"NOT coalesce(({rule}), false)").count() for name, rule in as_expectations(numbers).items()
    }
    assert counted == {
        "a_positive": sum(a is None or a <= 0 for _, a, _ in rows),
        "b_below_five": sum(b is None or b >= 5 for _, _, b in rows),
        "they_differ": sum(a is None or b is None or a == b for _, a, b in rows),
        "b_is_one": sum(b != 1 for _, _, b in rows),
    }
    checked.unpersist()
