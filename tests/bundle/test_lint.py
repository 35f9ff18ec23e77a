"""Our bundle has no finding in any target; and the parts of the lint that have rules of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bundle.bundles import written
from tests.bundle.lint.access import no_all_privileges, nothing_for_everybody
from tests.bundle.lint.cron import mistake_in_cron
from tests.bundle.lint.documented import documented_columns
from tests.bundle.lint.page import page
from tests.bundle.lint.paths import declares_something
from tests.bundle.lint.pipelines import value_not_empty
from tests.bundle.lint.queries import Query, mistakes, tables_made
from tests.bundle.lint.rules import AS_WRITTEN, findings
from tests.bundle.lint.strictness import resource_valid
from tests.bundle.lint.sync import matches, uploaded
from tests.bundle.lint.view import Facts, our_facts, view
from tests.bundle.rendering import ROOT, TARGETS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("target", TARGETS)
def test_our_bundle_has_no_mistake(target: str) -> None:
    shown = [str(finding).replace(f"{ROOT}/", "") for finding in findings(ROOT, target, our_facts())]
    assert shown == []


@pytest.mark.parametrize("target", ["staging", "prod"])
def test_the_bundle_of_the_administrator_has_no_mistake(target: str) -> None:
    seen = view(ROOT / "resources/optional", target, Facts({}, frozenset()))
    rules = (*AS_WRITTEN, resource_valid, no_all_privileges, nothing_for_everybody, value_not_empty)
    found = {finding for rule in rules for finding in rule(seen)}
    # Volumes of the lakehouse are no resources of this bundle, so that it can only write their paths.
    assert [str(finding) for finding in found if finding.rule != "literal-catalog"] == []


def test_production_is_given_sources_and_nothing_else() -> None:
    folders = {file.partition("/")[0] for file in uploaded(view(ROOT, "prod", our_facts()))}
    assert folders <= {"databricks.yml", "dlt_pipelines", "jobs"}
    assert "dlt_pipelines" in folders


def test_the_facts_are_those_of_the_code() -> None:
    facts = our_facts()
    assert "user_id" in facts.columns["gold.workout_bpm_summary"]
    assert facts.columns["bronze.gym_logins_bz"] >= {"mac_address", "gym", "login", "logout", "source_file"}
    assert {"fitness.landing_path", "fitness.live_mode"} <= facts.settings


@pytest.mark.parametrize(
    "expression",
    [
        "0 0 * * * ?",
        "0 0/15 6-22 ? * MON-FRI",
        "0 30 6 L * ?",
        "0 0 12 ? JAN,JUL 2#1",
        "0 0 0 1 1 ? 2030",
        "*/5 * * * * ?",
    ],
)
def test_schedules_that_quartz_understands(expression: str) -> None:
    assert mistake_in_cron(expression) == ""


@pytest.mark.parametrize(
    ("expression", "mistake"),
    [
        ("* * * * *", "it has 5 fields"),
        ("0 60 * * * ?", "'60' is no minute"),
        ("0 0 0 32 * ?", "'32' is no day of the month"),
        ("0 0 0 ? * 8", "'8' is no day of the week"),
        ("0 0 0 ? * MONDAY", "'MONDAY' is no day of the week"),
        ("0 0/0 * * * ?", "'0/0' is no minute"),
        ("0 0 1-2-3 * * ?", "'1-2-3' is no hour"),
        ("0 0 0 ? * ?", "exactly one of"),
        ("0 0 0 * * *", "exactly one of"),
    ],
)
def test_schedules_that_quartz_refuses(expression: str, mistake: str) -> None:
    assert mistake_in_cron(expression).startswith(mistake)


@pytest.mark.parametrize(
    ("pattern", "file", "expected"),
    [
        ("tests/**", "tests/bundle/a.py", True),
        ("tests/**", "dlt_local/tests/a.py", False),
        ("*.md", "docs/decisions/x.md", True),
        ("LICENSE", "a/LICENSE", True),
        ("fixtures/*.py", "fixtures/a.py", True),
        ("fixtures/*.py", "fixtures/story/a.py", False),
        ("docs", "docs/a.md", True),
        ("a/**/z.py", "a/z.py", True),
        ("a/**/z.py", "a/b/c/z.py", True),
        (".github/**", ".github/workflows/ci.yml", True),
    ],
)
def test_patterns_are_those_of_gitignore(*, pattern: str, file: str, expected: bool) -> None:
    assert matches(pattern, file) is expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.py", "from pyspark import pipelines as dp\n@dp.table\ndef t(): ...\n", True),
        ("a.py", "import dlt\ndlt.create_streaming_table('t')\n", True),
        ("a.py", "from pyspark import pipelines as dp\n", False),
        ("a.py", "from pyspark.sql import functions as F\nx = F.col('a')\n", False),
        ("a.sql", "-- makes t\nCREATE OR REFRESH MATERIALIZED VIEW t AS SELECT 1\n", True),
        ("a.sql", "SELECT 1\n", False),
    ],
)
def test_files_that_declare_something(tmp_path: Path, *, name: str, text: str, expected: bool) -> None:
    assert declares_something(written(tmp_path, {name: text}) / name) is expected


_TABLES = {"gold.visits": frozenset({"gym", "visits"}), "gold.gyms": frozenset({"gym", "city"})}


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT gym, max(visits) AS most FROM gold.visits GROUP BY gym HAVING most > 1 ORDER BY most", []),
        ("WITH v AS (SELECT gym AS g FROM gold.visits) SELECT g FROM v", []),
        (
            "SELECT v.gym, g.city FROM gold.visits v\nJOIN gold.gyms g ON v.gym = g.gymm",
            [(2, "'g' has no column 'gymm'")],
        ),
        ("SELECT 1\nFROM gold.visit", [(2, "There is no table 'gold.visit'")]),
        ("SELECT (SELECT max(city)\nFROM gold.visits) AS x", [(1, "'visits' has no column 'city'")]),
        ("SELECT x FROM IDENTIFIER(:gold_schema || '.visits')", [(1, "'visits' has no column 'x'")]),
        ("WITH v AS (SELECT gym AS g FROM gold.gyms) SELECT gym FROM gold.visits WHERE gym = (SELECT g FROM v)", []),
        (
            "SELECT v.gym FROM gold.visits v\nWHERE EXISTS (SELECT 1 FROM gold.gyms g WHERE g.gym = v.gim)",
            [(2, "'v' has no column 'gim'")],
        ),
        ("SELECT details FROM IDENTIFIER(:event_log)", []),
        (
            "MERGE INTO gold.visits AS t USING (SELECT gim FROM gold.gyms) AS s\nON true WHEN MATCHED THEN DELETE",
            [(1, "'gyms' has no column 'gim'")],
        ),
    ],
)
def test_names_in_sql(sql: str, found: list[tuple[int, str]]) -> None:
    assert [(line, what) for line, what, _ in mistakes(Query(sql, "x.sql", 1, ""), _TABLES)] == found


def test_tables_that_sql_makes() -> None:
    sql = "CREATE TABLE IF NOT EXISTS IDENTIFIER(:ops_schema || '.dq') (a STRING COMMENT 'A', b BIGINT)\nUSING delta;"
    assert tables_made(sql) == {("ops", "dq"): frozenset({"a", "b"})}


def test_the_page_of_checks_is_up_to_date() -> None:
    committed = (ROOT / "docs/bundle_checks.md").read_text(encoding="utf-8")
    assert page() == committed, "run python -m tests.bundle.lint --page > docs/bundle_checks.md"


def test_documented_columns() -> None:
    page = "### gold.visits\n\n| column | type |\n|---|---|\n| `gym` | string |\n\n### changes\n\n| `x` | string |\n"
    assert documented_columns(page) == {"gold.visits": frozenset({"gym"}), "views.changes": frozenset({"x"})}
