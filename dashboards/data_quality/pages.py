"""The pages of the data quality dashboard."""

from __future__ import annotations

from dashboards.model import Board, Page, Place
from dashboards.widgets import PERCENT, chart, column, counter, filter_values, mean, table, text, total

_STATUS = {"passed": "#2E7D5B", "failed": "#C9A227", "violated": "#B5302F", "never evaluated": "#8A8F98"}
_CHECK_STATUS = {"passed": "#2E7D5B", "failed": "#B5302F", "not_evaluated": "#8A8F98"}

_VERDICT = Page(
    "verdict",
    "Rules",
    (
        text(
            "about_rules",
            Place(0, 0, 9, 2),
            "## Can the data be trusted?",
            "A rule without a row to judge is neither good nor bad: what was never evaluated is counted on its own.",
        ),
        filter_values("pipeline", Place(9, 0, 3, 2), "Pipeline", "pipeline_name", ("latest_updates", "rules", "trend")),
        counter("evaluated", Place(0, 2, 3, 3), "Rules evaluated", "rules", total("is_evaluated")),
        counter("broken", Place(3, 2, 3, 3), "Rules that some row breaks", "rules", total("is_broken")),
        counter("violated", Place(6, 2, 3, 3), "Rules that stopped an update", "rules", total("is_violated")),
        counter("never", Place(9, 2, 3, 3), "Rules never evaluated", "rules", total("is_never_evaluated")),
        table(
            "updates",
            Place(0, 5, 12, 4),
            "Latest update of each pipeline",
            "latest_updates",
            {
                "pipeline_name": "Pipeline",
                "state": "State",
                "started_at": "Started",
                "ended_at": "Ended",
                "rows_in": "Rows taken in",
                "rows_out": "Rows written",
                "rows_dropped": "Rows dropped",
                "update_id": "Update",
            },
        ),
        chart(
            "pass_rate",
            Place(0, 9, 8, 6),
            "Share of good judgements, by update",
            "trend",
            kind="line",
            x=(column("started_at"), "temporal", "Update"),
            y=(mean("pass_rate"), "Good"),
            color=(column("pipeline_name"), "Pipeline"),
            number=PERCENT,
        ),
        chart(
            "statuses",
            Place(8, 9, 4, 6),
            "Rules by kind of data set",
            "rules",
            kind="bar",
            x=(column("dataset_type"), "categorical", "Kind"),
            y=(total("rule_count"), "Rules"),
            color=(column("status"), "Status"),
            colors=_STATUS,
        ),
        table(
            "rules",
            Place(0, 15, 12, 10),
            "Rules",
            "rules",
            {
                "dataset": "Data set",
                "expectation": "Rule",
                "status": "Status",
                "severity": "Severity",
                "owner": "Owner",
                "latest_status": "In the latest update",
                "failed": "Rows that break it",
                "passed": "Rows that keep it",
                "pass_rate": "Kept by",
                "action": "On violation",
                "dataset_type": "Kind",
                "constraint_sql": "Condition",
                "source_file": "Rule file",
                "source_line": "Line",
                "evaluated_at": "Evaluated",
            },
        ),
    ),
)

_FEEDS = Page(
    "feeds",
    "Feeds",
    (
        text("about_feeds", Place(0, 0, 8, 2), "## What came in", "By the local day on which rows were taken in."),
        filter_values("feed", Place(8, 0, 4, 2), "Feed", "feed", ("rejected_rows",)),
        chart(
            "rejected",
            Place(0, 2, 6, 7),
            "Rejected rows by feed (a row counts once for each rule it breaks)",
            "rejected_rows",
            kind="bar",
            x=(column("date"), "temporal", "Day"),
            y=(total("quarantined"), "Rows"),
            color=(column("feed"), "Feed"),
        ),
        chart(
            "taken_in",
            Place(6, 2, 6, 7),
            "Rows taken in and dropped, by update",
            "rows_by_update",
            kind="line",
            x=(column("started_at"), "temporal", "Update"),
            y=(total("row_count"), "Rows"),
            color=(column("kind"), "Rows"),
        ),
        table(
            "reasons",
            Place(0, 9, 6, 9),
            "Why rows are rejected or flagged",
            "rejected_rows",
            {"feed": "Feed", "rule": "Rule", "date": "Day", "quarantined": "Rejected", "flagged": "Only flagged"},
        ),
        table(
            "freshness",
            Place(6, 9, 6, 9),
            "Freshness",
            "freshness",
            {
                "dataset": "Data set",
                "last_rows_at": "Last rows",
                "last_run_at": "Last run",
                "most_backlog_records": "Longest backlog",
            },
        ),
    ),
)

_DATA_SETS = Page(
    "data_sets",
    "Data sets",
    (
        text(
            "about_data_sets",
            Place(0, 0, 12, 2),
            "## Data sets as a whole",
            "Keys, freshness, volume, spread and schema, after the latest update that was checked. What could not be"
            " evaluated is counted on its own.",
        ),
        counter("checks", Place(0, 2, 4, 3), "Checks", "dataset_checks", total("check_count")),
        counter("failed_checks", Place(4, 2, 4, 3), "Checks that fail", "dataset_checks", total("is_failed")),
        counter("open_checks", Place(8, 2, 4, 3), "Not evaluated", "dataset_checks", total("is_not_evaluated")),
        chart(
            "checks_by_name",
            Place(0, 5, 6, 7),
            "Checks by severity",
            "dataset_checks",
            kind="bar",
            x=(column("severity"), "categorical", "Severity"),
            y=(total("check_count"), "Checks"),
            color=(column("status"), "Status"),
            colors=_CHECK_STATUS,
        ),
        chart(
            "owners",
            Place(6, 5, 6, 7),
            "Rules that some row breaks, by the team that owns the data set",
            "rules",
            kind="bar",
            x=(column("owner"), "categorical", "Owner"),
            y=(total("is_broken"), "Rules"),
            color=(column("severity"), "Severity"),
        ),
        table(
            "dataset_checks",
            Place(0, 12, 12, 9),
            "Checks",
            "dataset_checks",
            {
                "status": "Status",
                "severity": "Severity",
                "dataset": "Data set",
                "check_name": "Check",
                "observed": "Observed",
                "expected_low": "At least",
                "expected_high": "At most",
                "engine": "Asked by",
                "checked_at": "Checked",
            },
        ),
        table(
            "failed_samples",
            Place(0, 21, 12, 9),
            "Rows that break rules, by their keys",
            "failed_samples",
            {
                "dataset": "Data set",
                "expectation": "Rule",
                "observed": "Observed",
                "keys": "Keys",
                "reason": "All rules it breaks",
                "source_file": "File",
                "topic": "Topic",
                "kafka_partition": "Partition",
                "kafka_offset": "Offset",
                "started_at": "Update",
            },
        ),
    ),
)

DATA_QUALITY = Board(
    "data_quality",
    {
        "latest_updates": "Latest updates",
        "rules": "Rules",
        "trend": "Pass rate by update",
        "rows_by_update": "Rows by update",
        "rejected_rows": "Rejected rows",
        "freshness": "Freshness",
        "dataset_checks": "Checks of data sets",
        "failed_samples": "Samples",
    },
    (_VERDICT, _DATA_SETS, _FEEDS),
)
