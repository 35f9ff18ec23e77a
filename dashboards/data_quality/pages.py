"""The page of the data quality dashboard."""

from __future__ import annotations

from dashboards.model import Board, Page, Place
from dashboards.widgets import PERCENT, chart, column, counter, filter_values, mean, table, text, total

_STATUS = {"passed": "#2E7D5B", "failed": "#C9A227", "violated": "#B5302F", "never evaluated": "#8A8F98"}

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
                "latest_status": "In the latest update",
                "failed": "Rows that break it",
                "passed": "Rows that keep it",
                "pass_rate": "Kept by",
                "action": "On violation",
                "dataset_type": "Kind",
                "constraint_sql": "Condition",
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

DATA_QUALITY = Board(
    "data_quality",
    {
        "latest_updates": "Latest updates",
        "rules": "Rules",
        "trend": "Pass rate by update",
        "rows_by_update": "Rows by update",
        "rejected_rows": "Rejected rows",
        "freshness": "Freshness",
    },
    (_VERDICT, _FEEDS),
)
