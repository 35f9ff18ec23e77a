"""The ledger against bronze and quarantine: each line has come in, and the rejected ones for their reasons."""

from __future__ import annotations

from simulator.checking.comparison import Check

_FOLDERS = ("kafka_multiplex", "registered_users", "gym_logins", "daily_activity", "gyms")
_FEEDS = (
    "bpm", "workout", "user_info", "gym_logins", "registered_users", "daily_activity", "kafka_multiplex", "gyms",
)  # fmt: skip


def ledger_checks() -> list[Check]:
    """Lines per file in bronze, and rows of each quarantine."""
    return [*(_bronze(folder) for folder in _FOLDERS), *(_quarantine(feed) for feed in _FEEDS)]


def _bronze(folder: str) -> Check:
    return Check(
        f"bronze.{folder}_bz",
        "lines of each file",
        f"""
        SELECT parse_filename(source_file) AS file, count(*) AS lines
        FROM truth.ledger WHERE source_file LIKE '%/{folder}/%' GROUP BY ALL""",
        f"SELECT parse_filename(source_file) AS file, count(*) AS lines FROM bronze.{folder}_bz GROUP BY ALL",
    )


def _quarantine(feed: str) -> Check:
    # What has lost its envelope has lost its place in the topic, too.
    return Check(
        f"silver.{feed}_quarantine",
        "rejected lines with their reasons",
        f"""
        SELECT
          parse_filename(source_file) AS file,
          CASE WHEN fault <> 'cut off envelope' THEN "partition" END AS "partition",
          CASE WHEN fault <> 'cut off envelope' THEN "offset" END AS "offset",
          list_sort(reasons) AS reasons
        FROM truth.ledger WHERE fate = 'quarantine' AND feed = '{feed}'""",
        f"""
        SELECT parse_filename(source_file) AS file, "partition", "offset", list_sort(reasons) AS reasons
        FROM silver.{feed}_quarantine""",
    )
